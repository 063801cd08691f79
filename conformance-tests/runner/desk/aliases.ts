// The names that a scenario gives to messages and threads.
import type { Seen } from '../../peer/log.ts'
import type { Opened } from '../../peer/partner/open.ts'
import type { PartnerMessage } from '../../peer/partner/partner.ts'
import { BadFile } from '../../suite/read.ts'

/** A message or thread to which a scenario has given a name. */
export interface Named {
  /** Thread id, hexadecimal. */
  readonly thread: string
  /** Digest of the message, hexadecimal. */
  readonly digest?: string
  /** Id of the message's envelope, hexadecimal. */
  readonly envelope?: string
  /** The message, if a partner sent it. */
  readonly said?: PartnerMessage
  /** The message, if the desk sent it. */
  readonly opened?: Opened
}

/** The names in a case. */
export class Aliases {
  readonly #named = new Map<string, Named>()

  set(name: unknown, named: Named): void {
    if (typeof name === 'string') this.#named.set(name, named)
  }

  /** Returns the message or thread with this name. @throws BadFile if no earlier step gave the name */
  get(name: unknown): Named {
    const found = this.#named.get(String(name))
    if (found === undefined) throw new BadFile(`Nothing is named ${JSON.stringify(name)} yet.`)
    return found
  }

  /** Returns the partner's message with this name. @throws BadFile */
  said(name: unknown): PartnerMessage {
    const { said } = this.get(name)
    if (said === undefined) throw new BadFile(`${String(name)} is no message of a partner.`)
    return said
  }

  /** Returns the desk's message with this name. @throws BadFile */
  opened(name: unknown): Opened {
    const { opened } = this.get(name)
    if (opened === undefined) throw new BadFile(`${String(name)} is no message of the desk.`)
    return opened
  }

  /** Returns the digest of the message with this name. @throws BadFile */
  digest(name: unknown): string {
    const { digest } = this.get(name)
    if (digest === undefined) throw new BadFile(`${String(name)} is no message.`)
    return digest
  }
}

/** Returns the desk's message that a log entry describes. */
export function namedIn({ thread, about, opened }: Seen): Named {
  const [envelope = '', digest = ''] = about ?? []
  return { thread: String(thread), envelope, digest, opened: opened as Opened }
}
