// Taking in: thread and policy, then event, archive copy, receipt and item in one transaction. docs/spec/envelope.md, "Opening", steps 8 and 9
import { EnvelopeContext, Lane, type Manifest } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { DeskReceipt, DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { encode, toHex } from '../core/encoding.ts'
import { envelopeDigest, sealedDigest } from '../core/envelope/digest.ts'
import type { OpenedMessage } from '../core/envelope/open.ts'
import { type ParsedEnvelope, parseEnvelope, parseRouting } from '../core/envelope/parse.ts'
import { RexError } from '../core/error.ts'
import { checkHandling } from '../core/policy/handling.ts'
import { fromSections, isSectionType, knownCode, unknownCodes } from '../core/referral/index.ts'
import { checkEvent, unknownEventCodes } from '../core/thread/event.ts'
import { type Added, addEvent, openTrack, type Track, type TrackEvent } from '../core/thread/track.ts'
import { type Book, markMessage, type OpenThread, referOf, trackEventOf } from './book.ts'
import { checkSection, guardEvent, knownSections } from './content.ts'
import type { Deliveries } from './deliveries.ts'
import type { Arrival, Intake } from './inbox.ts'
import type { ItemContent } from './items.ts'
import type { Outbox } from './outbox.ts'
import type { DeskStore, DeskWrites, MessageStatus, Verdict } from './store/store.ts'

/** What taking in stands on. */
export interface IntakeOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly book: Book
  readonly outbox: Pick<Outbox, 'wake'>
  readonly deliveries: Deliveries
  /** The desk store of an organisation was restored: it gets again what it may have lost. */
  readonly resumed: (organisation: string, chain: string) => Promise<void>
  readonly now: () => number
  /** Items were committed. */
  readonly wakeItems: () => void
  readonly live: () => void
  readonly log: (message: string, error: RexError) => void
}

/** What a message came to. */
interface Outcome {
  readonly status: MessageStatus
  readonly receipt: Verdict
  readonly items: readonly ItemContent[]
  /** Earlier messages that waited for this one. */
  readonly released: readonly Released[]
}

/** Taking in, and letting go. */
export interface OpenIntake extends Intake {
  /** Inside a commit: an event of this desk lets go what waited in a track. True: there is something for the application. */
  released(write: DeskWrites, thread: OpenThread, change: TrackChange): boolean
}

/** A track before and after an event. */
interface TrackChange {
  readonly before: Track
  readonly after: Track
}

interface Released {
  /** Manifest digest, hex. */
  readonly digest: string
  /** False: its own past refuses it. */
  readonly counts: boolean
}

const RECEIVED = { status: DeskReceiptStatus.RECEIVED, code: '' }
const CONFLICT = { status: DeskReceiptStatus.REFUSED, code: 'ENVELOPE_CONFLICT' }

/** Takes in what the mailbox delivers. */
export function createIntake(options: IntakeOptions): OpenIntake {
  const { organisation, store, book, outbox, deliveries } = options

  return { arrival, giveUp, report: deliveries.report, live: options.live, released }

  async function arrival(arrived: Arrival): Promise<void> {
    const { opened } = arrived
    if (RexError.is(opened)) return refuseUnopened(arrived, opened)
    const { type, sender, threadId, chain } = opened.manifest
    if (type === EventType.RECEIPT) return deliveries.receipts(opened)
    const forApplication = await store.commit(
      (write) => takeIn(write, arrived, opened),
      () => book.reload(toHex(threadId)),
    )
    outbox.wake()
    if (forApplication) options.wakeItems()
    if (type === EventType.RESUMED) await options.resumed(sender, toHex(chain))
  }

  /**
   * Judges and keeps in one transaction, so that nothing is judged by what is not durable (T-078). A repeat gets its first verdict
   * again and has no second effect (T-041, T-042). True: there is something for the application.
   */
  function takeIn(write: DeskWrites, arrived: Arrival, opened: OpenedMessage): boolean {
    const { sender, messageId } = opened.manifest
    const digest = toHex(opened.digest)
    const known = store.read.verdict(sender, toHex(messageId))
    if (known === undefined) return takeMessage(write, arrived, opened)
    addReceipt(write, opened.envelope, known.digest === digest ? known : { ...known, ...CONFLICT })
    return false
  }

  async function refuseUnopened({ bytes }: Arrival, error: RexError): Promise<void> {
    options.log('An envelope was refused.', error)
    const envelope = parsed(bytes)
    if (envelope === undefined) return
    const verdict = {
      digest: '',
      status: DeskReceiptStatus.REFUSED,
      code: error.reason === 'KEY_EXPIRED' ? 'KEY_EXPIRED' : 'UNOPENABLE',
    }
    await store.commit((write) => addReceipt(write, envelope, verdict))
    outbox.wake()
  }

  function takeMessage(write: DeskWrites, arrived: Arrival, opened: OpenedMessage): boolean {
    const { manifest, envelope, event, sections } = opened
    const digest = toHex(opened.digest)
    const messageId = toHex(manifest.messageId)
    const thread = threadOf(opened)
    if (thread === undefined) throw new RexError('NOT_FOUND', 'There is no such thread yet.')
    const { status, receipt, items, released: free } = judge(thread, opened, digest)
    write.addVerdict(manifest.sender, messageId, receipt)
    addReceipt(write, envelope, receipt)
    if (receipt.status === DeskReceiptStatus.REFUSED) return false
    book.keep(thread)
    write.putThread(book.record(thread, options.now()))
    const evidence = evidenceOf(arrived, opened)
    const content = book.sealMessage(thread, evidence)
    const sequence = write.addMessage({ digest, thread: thread.id, status, content })
    thread.messages.push({ sequence, digest, status, manifest, event, sections, evidence })
    const urgent = envelope.routing.lane === Lane.URGENT
    for (const item of items)
      write.addItem({ id: messageId, thread: thread.id, urgent, content: book.seal(thread, item) })
    for (const waited of free) release(write, thread, waited)
    return items.length > 0
  }

  /** After the last try the sender learns that its message is refused (T-045). */
  async function giveUp({ opened }: Arrival, error: RexError): Promise<void> {
    if (RexError.is(opened) || opened.manifest.type === EventType.RECEIPT) return
    const { manifest, envelope, digest } = opened
    const { receipt } = refusal(toHex(digest), error)
    const messageId = toHex(manifest.messageId)
    await store.commit((write) => {
      if (store.read.verdict(manifest.sender, messageId) === undefined)
        write.addVerdict(manifest.sender, messageId, receipt)
      addReceipt(write, envelope, receipt)
    })
    outbox.wake()
  }

  /** What waited for a predecessor has its final verdict now, and the application gets it (T-045). */
  function release(write: DeskWrites, thread: OpenThread, { digest, counts }: Released): void {
    const message = thread.messages.find((candidate) => candidate.digest === digest)
    const envelope = message?.evidence.deliveries[0]
    if (message === undefined || envelope === undefined) return
    const { sender, messageId } = message.manifest
    const verdict = counts
      ? { digest, ...RECEIVED }
      : { digest, status: DeskReceiptStatus.REFUSED, code: 'INVALID_EVENT' }
    const routing = parseRouting(EnvelopeContext.decode(envelope.context).routing)
    write.changeVerdict(sender, toHex(messageId), verdict)
    addReceipt(write, { routing, digest: envelopeDigest(envelope.context, envelope.grant) }, verdict)
    const content = book.seal(thread, { kind: 'event', digest } satisfies ItemContent)
    const urgent = routing.lane === Lane.URGENT
    if (counts) write.addItem({ id: toHex(messageId), thread: thread.id, urgent, content })
    else markMessage(write, thread, digest, 'dropped')
  }

  function released(write: DeskWrites, thread: OpenThread, { before, after }: TrackChange): boolean {
    const free = releasedOf(before.parked, after)
    for (const waited of free) release(write, thread, waited)
    return free.length > 0
  }

  /** The thread of a message: known, or opened by a refer. */
  function threadOf({ manifest, event, envelope }: OpenedMessage): OpenThread | undefined {
    const id = toHex(manifest.threadId)
    const known = book.find(id)
    if (known !== undefined || event.content?.$case !== 'refer') return known
    const summary = {
      kind: event.content.value.kind,
      urgent: envelope.routing.lane === Lane.URGENT,
      referrer: manifest.sender,
      recipients: [organisation],
    }
    return book.create({ id, role: 'recipient', test: manifest.testTraffic, summary })
  }

  /** Step 8: the event against thread and policy, inside a commit. Changes the track in memory. */
  function judge(thread: OpenThread, opened: OpenedMessage, digest: string): Outcome {
    const { manifest, event } = opened
    try {
      checkEvent(event)
      guardEvent(event)
      checkBelongs(thread, manifest, organisation)
      checkDisclosed(thread, opened)
      const held = unknownCode(opened)
      const placing = trackEventOf(thread, manifest, { digest, event, organisation })
      if (held !== undefined) return holding(thread, placing, held)
      const waiting = thread.tracks.get(manifest.sender)?.parked ?? []
      const added = place(thread, manifest.sender, placing)
      return { ...outcomeOf(added, digest, manifest), released: releasedOf(waiting, added.track) }
    } catch (error) {
      const refused = RexError.from(error)
      options.log('A message was refused.', refused)
      return refusal(digest, refused)
    }
  }

  /** What is held waits for a person. A refer opens its track all the same: the person can decide by its verbs (REX-THR-005). */
  function holding(thread: OpenThread, event: TrackEvent, code: string): Outcome {
    const { digest } = event
    if (event.type === EventType.REFER) thread.tracks.set(thread.summary.referrer, openTrack(event))
    return {
      status: 'held',
      receipt: { digest, status: DeskReceiptStatus.HELD, code },
      items: [{ kind: 'alarm', alarm: 'held', digest, recipient: '', detail: code }],
      released: [],
    }
  }

  function place(thread: OpenThread, sender: string, event: TrackEvent): Added {
    const track = thread.tracks.get(sender)
    const added: Added =
      track === undefined
        ? { track: openTrack(event), effect: 'applied', missing: [] }
        : addEvent(track, event)
    thread.tracks.set(sender, added.track)
    return added
  }

  function addReceipt(
    write: DeskWrites,
    { routing, digest }: Pick<ParsedEnvelope, 'routing' | 'digest'>,
    verdict: Verdict,
  ): void {
    const { envelopeId, sender } = routing
    const message = verdict.digest === '' ? new Uint8Array() : Buffer.from(verdict.digest, 'hex')
    const receipt = {
      status: verdict.status as DeskReceiptStatus,
      envelopeId,
      envelopeDigest: digest,
      message,
      timeMs: options.now(),
      code: verdict.code,
    }
    write.addReceipt(sender, encode(DeskReceipt, receipt))
  }
}

function parsed(bytes: Uint8Array): ParsedEnvelope | undefined {
  try {
    return parseEnvelope(bytes)
  } catch {
    return undefined
  }
}

/** A message must come from the other side of its thread, with the thread's test flag (T-047). */
function checkBelongs(thread: OpenThread, manifest: Manifest, organisation: string): void {
  const { referrer, recipients } = thread.summary
  const fits =
    thread.role === 'recipient' ? manifest.sender === referrer : recipients.includes(manifest.sender)
  if (!fits || manifest.sender === organisation)
    throw new RexError('PEER_MISMATCH', 'The sender has no part in this thread.')
  if (manifest.testTraffic !== thread.test)
    throw new RexError('POLICY_REFUSED', 'Rehearsal and real traffic do not mix.', { path: 'test_traffic' })
  const isRefer = manifest.type === EventType.REFER
  if (isRefer === thread.tracks.has(manifest.sender))
    throw new RexError('INVALID_EVENT', 'A thread has exactly one refer.', { metadata: { event: 'refer' } })
}

/** What is disclosed is what the refer committed to, in the same order (REX-THR-030). */
function checkDisclosed(thread: OpenThread, { event: { content }, manifest, sections }: OpenedMessage): void {
  if (content?.$case !== 'disclose') return
  const digestOf = (index: number, { sectionDigests }: Manifest) =>
    toHex(sectionDigests[index] ?? new Uint8Array())
  const refer = referOf(thread)?.manifest
  const given = sections.map(({ index }) => digestOf(index, manifest))
  const committed = content.value.sections.map((index) => refer && digestOf(index, refer))
  if (committed.length === given.length && given.every((digest, i) => digest === committed[i])) return
  throw new RexError('INVALID_EVENT', 'What is disclosed is not what the referral committed to.', {
    path: 'disclose.sections',
    metadata: { event: 'disclose' },
  })
}

/** Decodes the sections, guards them, and names the first unknown code that a decision hangs on. */
function unknownCode({ event, sections, manifest }: OpenedMessage): string | undefined {
  const content = fromSections(knownSections(sections).map(checkSection))
  if (manifest.type === EventType.REFER) {
    checkTriage(sections)
    checkHandling({ referral: content, action: 'receive', now: manifest.createdMs })
  }
  const inEvent = unknownEventCodes(event, (list, code) => knownCode(list as never, code)).filter(
    ({ decisive }) => decisive,
  )
  const inContent = unknownCodes(content).filter(({ decisionBearing }) => decisionBearing)
  const strange = sections.filter(({ type }) => !isSectionType(type))
  const inTypes = strange.map(({ type }) => ({ path: 'section.type', code: type }))
  const [first] = [...inEvent, ...inTypes, ...inContent]
  return first && `${first.path}=${first.code}`.slice(0, 200)
}

/** Every recipient of a refer gets its one triage section, the first of the message (REX-REF-022). */
function checkTriage(sections: OpenedMessage['sections']): void {
  const [first, ...others] = sections
  const stands = first?.type === 'triage' && first.index <= 1 && others.every(({ type }) => type !== 'triage')
  if (!stands) throw new RexError('INVALID_REFERRAL', 'triage is not the first section.', { path: 'triage' })
}

function releasedOf(waiting: readonly TrackEvent[], { parked, events }: Track): Released[] {
  return waiting
    .filter((event) => !parked.includes(event))
    .map(({ digest }) => ({ digest, counts: events.has(digest) }))
}

function outcomeOf(
  { effect, missing }: Added,
  digest: string,
  { type }: Manifest,
): Omit<Outcome, 'released'> {
  const kind = type === EventType.REFER ? 'referral' : 'event'
  if (effect === 'forked') {
    return {
      status: 'forked',
      receipt: { digest, status: DeskReceiptStatus.HELD, code: 'fork' },
      items: [{ kind: 'alarm', alarm: 'fork', digest, recipient: '' }],
    }
  }
  if (effect === 'parked') {
    const receipt = { digest, status: DeskReceiptStatus.HELD, code: `gap:${missing[0]}` }
    return { status: 'counted', receipt, items: [{ kind: 'alarm', alarm: 'gap', digest, recipient: '' }] }
  }
  return { status: 'counted', receipt: { digest, ...RECEIVED }, items: [{ kind, digest }] }
}

function refusal(digest: string, error: RexError): Outcome {
  return {
    status: 'dropped',
    receipt: { digest, status: DeskReceiptStatus.REFUSED, code: error.reason },
    items: [],
    released: [],
  }
}

/** The archived form of a received message. */
function evidenceOf(
  { receipt }: Arrival,
  { signed, sections, eventSection, envelope, commitmentSalt, granted }: OpenedMessage,
): EvidenceMessage {
  const { recipient, lane } = envelope.routing
  return {
    manifest: signed,
    sections: [...(eventSection === undefined ? [] : [eventSection]), ...sections.map(({ bytes }) => bytes)],
    deliveries: [
      {
        context: envelope.context,
        grant: sealedDigest(envelope.envelope.grant as never),
        commitment: { salt: commitmentSalt, recipient, lane, sections: [...granted] },
        stored: receipt,
        receipts: [],
      },
    ],
  }
}
