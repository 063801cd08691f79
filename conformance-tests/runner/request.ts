// Makes the request of a case. docs/guide/conformance.md
import type { PinnedKey, Seal, ThreadMessage } from '@rex/proto/conformance/v1/codec'
import type { ConformanceRequest } from '@rex/proto/conformance/v1/conformance'
import type { Case, Parties } from '../suite/case.ts'
import { BadFile } from '../suite/read.ts'
import { repeated } from '../suite/repeat.ts'

type Request = NonNullable<ConformanceRequest['operation']>

/** Makes the request of a case. @throws BadFile if the input lacks a member or names an unknown organisation */
export function requestOf(given: Case, parties: Parties): ConformanceRequest {
  return { case: given.name, operation: operationOf(given, parties) }
}

function operationOf(given: Case, parties: Parties): Request {
  const read = new Input(given, parties)
  switch (given.operation) {
    case 'parse-envelope':
      return { $case: 'parseEnvelope', value: { envelope: read.bytes('envelope') } }
    case 'open-envelope': {
      const { organisation, epoch, seed } = read.party('recipient')
      const configurations = read.configurations('configurations')
      const opener = { recipient: organisation, epoch, seed: Buffer.from(seed, 'base64url') }
      const envelope = read.bytes('envelope')
      return {
        $case: 'openEnvelope',
        value: { envelope, ...opener, storedMs: read.number('storedMs'), configurations },
      }
    }
    case 'verify-stored':
      return {
        $case: 'verifyStored',
        value: {
          receipt: read.bytes('receipt'),
          configuration: read.configuration('configuration'),
          envelopeId: read.bytes('envelopeId'),
          envelopeDigest: read.bytes('envelopeDigest'),
          sender: read.party('sender').organisation,
          recipient: read.party('recipient').organisation,
        },
      }
    case 'verify-evidence': {
      const configurations = read.configurations('configurations')
      const pins = read.list('pins').map((name) => pinOf(read.named(name)))
      return { $case: 'verifyEvidence', value: { bundle: read.bytes('bundle'), pins, configurations } }
    }
    case 'verify-configuration': {
      const times = { nowMs: read.number('nowMs'), seenMs: read.number('seenMs') }
      const pin = pinOf(read.party('pin'))
      return {
        $case: 'verifyConfiguration',
        value: { configuration: read.text('configuration'), pin, ...times },
      }
    }
    case 'judge-thread': {
      const organisations = {
        organisation: read.party('organisation').organisation,
        referrer: read.party('referrer').organisation,
        recipient: read.party('recipient').organisation,
      }
      const messages = read.entries('messages').flatMap(messagesOf)
      return { $case: 'judgeThread', value: { ...organisations, messages } }
    }
    case 'check-section':
      return { $case: 'checkSection', value: { type: read.text('type'), content: read.bytes('content') } }
    case 'check-referral':
      return { $case: 'checkReferral', value: { referral: Buffer.from(read.text('referral')) } }
    case 'seal':
      return { $case: 'seal', value: sealOf(read) }
    case 'sign-stored': {
      const receiptKey = Buffer.from(read.party('signer').receiptKey, 'base64url')
      return { $case: 'signStored', value: { receipt: read.bytes('receipt'), receiptKey } }
    }
    case 'verify-invite':
      return { $case: 'verifyInvite', value: { invite: read.text('invite'), nowMs: read.number('nowMs') } }
  }
}

function sealOf(read: Input): Seal {
  const { organisation: sender, messageKey } = read.party('sender')
  return {
    sender,
    messageKey: Buffer.from(messageKey, 'base64url'),
    threadId: read.bytes('threadId'),
    chain: read.bytes('chain'),
    counter: read.number('counter'),
    heads: read.list('heads').map((head) => Buffer.from(head, 'base64url')),
    void: read.list('void').map((digest) => Buffer.from(digest, 'base64url')),
    nowMs: read.number('nowMs'),
    expiresMs: read.number('expiresMs'),
    event: read.bytes('event'),
    testTraffic: !read.has('real'),
    sections: read
      .entries('sections')
      .map((given) => ({ type: given.text('type'), content: given.bytes('content') })),
    recipients: read.entries('recipients').map((given) => ({
      configuration: given.configuration('configuration'),
      sections: given.numbers('sections'),
      urgent: given.has('urgent'),
    })),
    minimumSuite: read.has('minimumSuite') ? read.text('minimumSuite') : '',
  }
}

function messagesOf(read: Input): ThreadMessage[] {
  const message = messageOf(read)
  if (!read.has('repeat')) return [message]
  return Array.from(repeated(message.manifest, read.number('repeat')), ({ manifest }) => ({
    ...message,
    manifest,
  }))
}

function messageOf(read: Input): ThreadMessage {
  const sections = read.has('sections') ? read.entries('sections') : []
  return {
    manifest: read.bytes('manifest'),
    event: read.has('event') ? read.bytes('event') : new Uint8Array(),
    sections: sections.map((given) => ({ index: given.number('index'), section: given.bytes('section') })),
    ended: read.has('ended'),
  }
}

type PartyEntry = Parties['parties'][string]

function pinOf({ organisation, entityKey }: PartyEntry): PinnedKey {
  return { organisation, key: Buffer.from(entityKey, 'base64url') }
}

/** A reader for the members of an input, or of an entry in one of its lists. */
class Input {
  readonly #name: string
  readonly #members: Case['input']
  readonly #all: Parties

  constructor({ name, input }: Pick<Case, 'name' | 'input'>, all: Parties) {
    this.#name = name
    this.#members = input
    this.#all = all
  }

  has(key: string): boolean {
    return this.#members[key] !== undefined
  }

  text(key: string): string {
    return this.#member(key, (value) => typeof value === 'string')
  }

  bytes(key: string): Uint8Array {
    return Buffer.from(this.text(key), 'base64url')
  }

  number(key: string): number {
    return this.#member(key, Number.isSafeInteger)
  }

  list(key: string): readonly string[] {
    return this.#member(key, Array.isArray)
  }

  numbers(key: string): number[] {
    return this.#member(key, (value) => Array.isArray(value) && value.every(Number.isSafeInteger))
  }

  entries(key: string): Input[] {
    const entries = this.#member<readonly Case['input'][]>(key, Array.isArray)
    return entries.map((input) => new Input({ name: this.#name, input }, this.#all))
  }

  named(party: string): PartyEntry {
    return this.#known(this.#all.parties, party)
  }

  party(key: string): PartyEntry {
    return this.named(this.text(key))
  }

  configuration(key: string): string {
    return this.#known(this.#all.configurations, this.text(key))
  }

  configurations(key: string): string[] {
    return this.list(key).map((entry) => this.#known(this.#all.configurations, entry))
  }

  #member<T>(key: string, is: (value: unknown) => boolean): T {
    if (!is(this.#members[key]))
      throw new BadFile(`${this.#name}.json: input.${key} is missing or of another type.`)
    return this.#members[key] as T
  }

  #known<T>(table: Readonly<Record<string, T>>, entry: string): T {
    const found = table[entry]
    if (found === undefined) throw new BadFile(`${this.#name}.json: parties.json has no ${entry}.`)
    return found
  }
}
