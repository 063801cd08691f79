// Names that a scenario gives to messages and threads.
import type { Seen } from '../../peer/log.ts'
import type { Opened } from '../../peer/partner/open.ts'
import type { PartnerMessage } from '../../peer/partner/partner.ts'
import { BadFile } from '../../suite/read.ts'

/** What a name stands for. */
export interface Named {
  /** Thread id, hexadecimal. */
  readonly thread: string
  /** Digest of the message, hexadecimal. */
  readonly digest?: string
  /** Id of its envelope, hexadecimal. */
  readonly envelope?: string
  /** A partner's message. */
  readonly said?: PartnerMessage
  /** A message of the desk. */
  readonly opened?: Opened
}

/** The names of a case. */
export class Aliases {
  readonly #named = new Map<string, Named>()

  set(name: unknown, named: Named): void {
    if (typeof name === 'string') this.#named.set(name, named)
  }

  /** @throws BadFile if nothing has this name yet */
  get(name: unknown): Named {
    const found = this.#named.get(String(name))
    if (found === undefined) throw new BadFile(`Nothing is named ${JSON.stringify(name)} yet.`)
    return found
  }

  /** A partner's message. @throws BadFile */
  said(name: unknown): PartnerMessage {
    const { said } = this.get(name)
    if (said === undefined) throw new BadFile(`${String(name)} is no message of a partner.`)
    return said
  }

  /** A message of the desk. @throws BadFile */
  opened(name: unknown): Opened {
    const { opened } = this.get(name)
    if (opened === undefined) throw new BadFile(`${String(name)} is no message of the desk.`)
    return opened
  }

  /** Digest of a message. @throws BadFile */
  digest(name: unknown): string {
    const { digest } = this.get(name)
    if (digest === undefined) throw new BadFile(`${String(name)} is no message.`)
    return digest
  }
}

/** A message of the desk, from what was seen. */
export function namedIn({ thread, about, opened }: Seen): Named {
  const [envelope = '', digest = ''] = about ?? []
  return { thread: String(thread), envelope, digest, opened: opened as Opened }
}
