// A partner of the desk: it receives the desk's messages, and sends the messages that a scenario specifies.
// docs/guide/conformance.md
import { randomBytes } from 'node:crypto'
import { Jws } from '@rex/proto/core/v1/envelope'
import { DeskReceiptStatus, Event } from '@rex/proto/core/v1/thread'
import { bytesOf as bytesOfLabel, epochKeys, jwsBytes, signingKey } from '../../generate/bytes/crypto.ts'
import { base64url } from '../../generate/bytes/wire.ts'
import { storedReceipt } from '../../generate/cases/receipts.ts'
import { type Built, build, type Plan, RECEIPT, ROUTINE, URGENT } from '../../generate/message.ts'
import type { Party, PartyName } from '../../generate/party.ts'
import { type Log, minutesFrom, type Seen } from '../log.ts'
import type { Mailbox } from '../mailbox/mailbox.ts'
import type { Submitted } from '../mailbox/submission.ts'
import { contentOf, eventBytes, nameOf, sectionBytes, typeOf } from './content.ts'
import { type Once, type Opened, openAs } from './open.ts'
import { compromisedIn, livePartner, liveStatement, messageKeysIn, recipientIn } from './party.ts'
import { Tracks } from './tracks.ts'

const DAY = 86_400_000

/** A message that a partner sends for a scenario. Times are milliseconds from now. */
export interface Wording {
  readonly type: string
  /** Name of a message in the thread. Default: a new thread. */
  readonly thread?: string
  readonly event?: Readonly<Record<string, unknown>>
  /** Members of each section, by type. Default: `triage` and `handling` in a refer, otherwise no sections. */
  readonly sections?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly created?: number
  readonly lifetime?: number
  readonly lane?: 'routine' | 'urgent'
  readonly suite?: string
  readonly test?: boolean
  /** Digests of the heads, hexadecimal. Default: the heads of the track. */
  readonly heads?: readonly string[]
  readonly void?: readonly string[]
  readonly counter?: number
  /** Whether the message begins a new chain, as after a restore of the partner's desk store. */
  readonly restored?: boolean
  /** Types of sections to which the message commits, and which it does not grant. Default: none. */
  readonly staged?: readonly string[]
  /** A section of an earlier message, in the bytes to which that message committed. It takes the place of `sections`. */
  readonly disclosed?: Uint8Array | undefined
  /** Sections in canonical bytes. They take the place of `sections`. */
  readonly copied?: readonly { readonly type: string; readonly content: Uint8Array }[]
  /** Changes to the parts of the message. */
  readonly plan?: PartnerPlan
}

/** The plan of a partner's envelope. */
export interface PartnerPlan extends Plan {
  /** Whether the envelope is sealed to keys that no desk has. */
  readonly strangeKeys?: boolean
  /** A statement of the desk, to whose last epoch the envelope is sealed. Default: the current epoch of the published statement. */
  readonly lastEpochOf?: string
}

/** A message that a partner sent. */
export interface PartnerMessage {
  readonly built: Built
  readonly thread: string
  readonly digest: string
  readonly envelope: string
  readonly plan: PartnerPlan
}

/** A desk receipt that a partner sends for a scenario. */
export interface Receipt {
  readonly status: string
  readonly envelopeId: Uint8Array
  readonly envelopeDigest: Uint8Array
  readonly message: Uint8Array
  readonly timeMs: number
  readonly code: string
}

/** Actions that a partner performs automatically. */
export interface Habits {
  /** Whether the partner's gateway stores the desk's envelopes. */
  stores: boolean
  /** Whether the partner's desk answers with the receipt `received`. */
  receives: boolean
}

/** Dependencies of a partner. */
export interface PartnerOptions {
  readonly log: () => Log
  readonly mailbox: () => Mailbox
  /** The statement that the desk has published. */
  readonly published: () => string
  readonly once: Once
  /** The partners' statements from the preparation, in which the desk paired with them. */
  readonly statements: ReadonlyMap<PartyName, string>
}

/** A partner organisation of the desk. */
export class Partner {
  readonly party: Party
  readonly statement: string
  readonly habits: Habits = { stores: true, receives: true }
  readonly tracks = new Tracks()
  readonly #options: PartnerOptions
  #chain: Uint8Array = randomBytes(16)

  constructor(name: PartyName, options: PartnerOptions) {
    this.party = livePartner(name)
    this.statement = options.statements.get(name) ?? liveStatement(this.party)
    this.#options = options
  }

  /** Opens and logs an envelope of the desk, and answers it as the habits require. */
  take({ id, bytes }: Submitted): void {
    const log = this.#options.log()
    let opened: Opened
    try {
      opened = openAs(this.party, bytes, messageKeysIn(this.#options.published()), this.#options.once)
    } catch (error) {
      log.fault(`${this.party.organisation} must refuse what the desk sent: ${(error as Error).message}.`)
      return
    }
    const { manifest, event, routing } = opened
    const about = [id, hex(opened.digest)]
    const thread = hex(manifest.threadId)
    if (this.habits.stores) this.report(opened)
    if (event.content?.$case === 'receipts') {
      this.#receipts(event, { about, opened, minutes: minutesFrom(manifest.createdMs) })
      return
    }
    this.tracks.add(thread, { digest: hex(opened.digest), heads: manifest.heads.map(hex), own: false })
    log.add({
      what: 'message',
      to: this.party.organisation,
      type: nameOf(manifest.type),
      thread,
      about,
      opened,
      chain: hex(manifest.chain),
      counter: manifest.counter,
      heads: manifest.heads.map(hex),
      void: manifest.void.map(hex),
      lane: routing.lane === URGENT ? 'urgent' : 'routine',
      minutes: minutesFrom(manifest.createdMs),
      messageId: hex(manifest.messageId),
      envelope: id,
      compromised: compromisedIn(this.#options.published()).includes(base64url(manifest.senderKey)),
      suite: opened.suite,
      test: manifest.testTraffic,
      sections: opened.sections.map(({ type }) => type),
      contents: Object.fromEntries(opened.sections.map(({ type, content }) => [type, contentOf(content)])),
      inManifest: opened.inManifest,
      content: event.content?.value,
    })
    if (this.habits.receives) this.answer([receiptFor(opened, 'received')])
  }

  /** Reports to the desk that the envelope is stored. */
  report({ routing, envelopeDigest }: Opened, plan: Parameters<typeof storedReceipt>[1] = {}): void {
    const { envelopeId, sender, recipient } = routing
    const stored = { envelopeId, envelopeDigest, sender, recipient, storedMs: Date.now() }
    const { receipt } = this.party
    const jws = storedReceipt(stored, { signer: receipt, kid: receipt.thumbprint, ...plan })
    const outcome = { $case: 'stored', value: Jws.decode(jwsBytes(jws)) } as const
    this.#options
      .mailbox()
      .put({ $case: 'report', value: { envelopeId, recipient, outcome } }, [hex(envelopeId)])
  }

  /** Sends desk receipts. `plan`: changes to the batch. */
  answer(receipts: readonly Receipt[], plan: PartnerPlan = {}): PartnerMessage {
    const entries = receipts.map(({ status, ...rest }) => ({ status: statusOf(status), ...rest }))
    const event = Event.encode({ content: { $case: 'receipts', value: { receipts: entries } } }).finish()
    return this.#send(
      {
        type: RECEIPT,
        threadId: new Uint8Array(16),
        counter: 0,
        heads: [],
        void: [],
        event,
        testTraffic: false,
      },
      { sections: [], ...plan },
    )
  }

  /** Makes a message, and puts it into the desk's mailbox unless `keep` is true. */
  say(saying: Wording, keep = false): PartnerMessage {
    const { type, created = 0, lifetime = 3 * DAY } = saying
    const threadId = saying.thread === undefined ? randomBytes(16) : Buffer.from(saying.thread, 'hex')
    const thread = hex(threadId)
    if (saying.restored) this.#chain = randomBytes(16)
    const chain = hex(this.#chain)
    const isFirst = type === 'refer'
    const createdMs = Date.now() + created
    const said = this.#send(
      {
        type: typeOf(type),
        threadId,
        chain: this.#chain,
        counter: saying.counter ?? this.tracks.counter(thread, chain),
        heads: isFirst ? [] : bytesOf(saying.heads ?? this.tracks.heads(thread)),
        void: bytesOf(saying.void ?? []),
        event: eventBytes(type, saying.event),
        createdMs,
        expiresMs: createdMs + lifetime,
        testTraffic: saying.test ?? true,
      },
      {
        lane: saying.lane === 'urgent' ? URGENT : ROUTINE,
        suite: saying.suite ?? 'REX-2',
        ...sectionsOf(saying),
        ...saying.plan,
      },
      keep,
    )
    const heads = said.built.manifest.heads.map(hex)
    this.tracks.add(thread, { digest: said.digest, heads, own: true, chain })
    return said
  }

  /** Seals the same message in a new envelope (REX-ENV-060). */
  reseal({ plan }: PartnerMessage, change: PartnerPlan = {}): PartnerMessage {
    const label = plan.label ?? ''
    const id = randomBytes(16)
    const routing = (part: Built['routing']) => ({ ...part, envelopeId: id, createdMs: Date.now() })
    return this.#built({ ...plan, label, routing, ...change })
  }

  /** Makes another message with the same id. */
  twin({ plan, built }: PartnerMessage): PartnerMessage {
    const { messageId, createdMs } = built.manifest
    const said = { ...plan.said, messageId, createdMs: createdMs + 1 }
    return this.#built({ ...plan, label: hex(randomBytes(8)), said })
  }

  /** Puts an envelope into the desk's mailbox. */
  deliver(
    { built, envelope, digest }: PartnerMessage,
    { storedMs = Date.now(), bytes = built.bytes } = {},
  ): void {
    const { envelopeDigest, routing } = built
    const { envelopeId, sender, recipient } = routing
    const key = signingKey('desk receipt')
    const stored = { envelopeId, envelopeDigest, sender, recipient, storedMs }
    const receipt = Jws.decode(jwsBytes(storedReceipt(stored, { signer: key, kid: key.thumbprint })))
    this.#options.mailbox().put({ $case: 'stored', value: { envelope: bytes, receipt } }, [envelope, digest])
  }

  #receipts({ content }: Event, batch: Pick<Seen, 'about' | 'opened' | 'minutes'>): void {
    if (content?.$case !== 'receipts') return
    const { receipts } = content.value
    const log = this.#options.log()
    log.add({ what: 'batch', to: this.party.organisation, ...batch })
    if (receipts.length < 1 || receipts.length > 256)
      log.fault(`A batch has ${receipts.length} receipts (REX-RCP-010).`)
    for (const { status, code, envelopeId, message, timeMs } of receipts) {
      const about = [hex(envelopeId), ...(message.length > 0 ? [hex(message)] : [])]
      log.add({
        what: 'receipt',
        to: this.party.organisation,
        status: statusName(status),
        code,
        about,
        timeMs,
      })
    }
  }

  #send(manifest: NonNullable<Plan['said']>, plan: PartnerPlan, keep = false): PartnerMessage {
    const createdMs = manifest.createdMs ?? Date.now()
    const said = {
      messageId: randomBytes(16),
      createdMs,
      expiresMs: createdMs + 14 * DAY,
      chain: this.#chain,
      ...manifest,
    }
    const message = this.#built({ label: hex(randomBytes(8)), said, ...plan })
    if (!keep) this.deliver(message)
    return message
  }

  #built(plan: PartnerPlan): PartnerMessage {
    const desk = recipientIn(plan.lastEpochOf ?? this.#options.published(), plan.lastEpochOf !== undefined)
    const recipient = plan.strangeKeys ? { ...desk, keys: epochKeys(bytesOfLabel('nobody has it')) } : desk
    const whole: PartnerPlan = { suite: 'REX-2', sender: this.party, ...plan, recipient }
    const built = build(whole)
    return {
      built,
      plan: whole,
      thread: hex(built.manifest.threadId),
      digest: hex(built.digest),
      envelope: hex(built.routing.envelopeId),
    }
  }
}

/** Returns the sections of a message, and which of them it grants. */
function sectionsOf({
  type,
  sections = type === 'refer' ? { triage: {}, handling: {} } : {},
  staged = [],
  disclosed,
  copied,
}: Wording): Pick<PartnerPlan, 'sections' | 'granted' | 'sectionBytes'> {
  if (disclosed !== undefined)
    return { sections: [{ type: 'disclosed', content: disclosed }], sectionBytes: () => disclosed }
  const entries = Object.entries(sections)
  const made = entries.map(([name, members]) => ({ type: name, content: sectionBytes(name, members) }))
  if (staged.length === 0) return { sections: copied ?? made }
  return { sections: made, granted: entries.flatMap(([name], i) => (staged.includes(name) ? [] : [i])) }
}

/** Makes the desk receipt for an opened message. */
export function receiptFor({ routing, envelopeDigest, digest }: Opened, status: string, code = ''): Receipt {
  return { status, envelopeId: routing.envelopeId, envelopeDigest, message: digest, timeMs: Date.now(), code }
}

function statusOf(name: string): DeskReceiptStatus {
  return DeskReceiptStatus[name.toUpperCase() as keyof typeof DeskReceiptStatus]
}

function statusName(status: number): string {
  return (
    Object.entries(DeskReceiptStatus).find(([, number]) => number === status)?.[0] ?? String(status)
  ).toLowerCase()
}

function bytesOf(digests: readonly string[]): Uint8Array[] {
  return digests.map((digest) => Buffer.from(digest, 'hex')).sort(Buffer.compare)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
