// Taking in: thread and policy, then event, archive copy, receipt and item in one transaction. docs/spec/envelope.md, "Opening", steps 8 and 9
import { EnvelopeContext, Lane, type Manifest } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { DeskReceipt, DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { encode, toHex } from '../../core/encoding/encoding.ts'
import { envelopeDigest, sealedDigest } from '../../core/envelope/digest.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { type ParsedEnvelope, parseEnvelope, parseRouting } from '../../core/envelope/parse.ts'
import { RexError } from '../../core/error.ts'
import { checkHandling } from '../../core/referral/handling/check.ts'
import { fromSections, isSectionType, knownCode, unknownCodes } from '../../core/referral/index.ts'
import { checkEvent, unknownEventCodes } from '../../core/thread/event.ts'
import { type Added, addEvent, openTrack, type Track, type TrackEvent } from '../../core/thread/track.ts'
import { INITIAL } from '../../core/thread/transitions.ts'
import { dueFrom } from '../../core/thread/view.ts'
import type { Thread } from '../api/api.ts'
import { alarmId, type ItemContent } from '../feed/items.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { DeskStore, DeskWrites, MessageStatus, Verdict } from '../store/store.ts'
import {
  type Book,
  isHeldRefer,
  markMessage,
  type OpenThread,
  readable,
  referOf,
  type ThreadMessage,
  trackEventOf,
} from '../thread/book.ts'
import { checkSection, guardEvent, knownSections } from '../thread/content.ts'
import { noteDue } from '../thread/dues.ts'
import type { Deliveries } from './deliveries.ts'
import type { Arrival, Intake } from './inbox.ts'

/** What taking in stands on. */
export interface IntakeOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly book: Book
  readonly outbox: Pick<Outbox, 'wake'>
  readonly deliveries: Deliveries
  /** A chain of an organisation has spoken. One that is new, or says so, was restored: it gets again what it may have lost. */
  readonly heardFrom: (organisation: string, chain: string, saysSo: boolean) => Promise<void>
  readonly now: () => number
  /** Items were committed. */
  readonly wakeItems: () => void
  readonly live: () => void
  readonly notice: Intake['notice']
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
  /** Judges again what is held, by the code lists of this version (REX-THR-062). */
  judgeHeld(): Promise<void>
  /** A person decides on a held message (REX-THR-062). @throws RexError NOT_FOUND, INVALID_EVENT, LIMIT_EXCEEDED */
  resolve(
    thread: OpenThread,
    digest: string,
    what: { readonly decision: HeldDecision; readonly also?: (write: DeskWrites) => void },
  ): Promise<void>
}

/** Whether a message that is not understood is taken in as it is, or does not count. */
type HeldDecision = Parameters<Thread['resolve']>[1]

/** A message on its way into its track. */
type Placing = Pick<ThreadMessage, 'digest' | 'manifest' | 'event' | 'sections'>

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

  return {
    arrival,
    giveUp,
    report: deliveries.report,
    notice: options.notice,
    live: options.live,
    released,
    judgeHeld,
    resolve,
  }

  async function arrival(arrived: Arrival): Promise<void> {
    const { opened } = arrived
    if (RexError.is(opened)) return refuseUnopened(arrived, opened)
    const { type, sender, threadId, chain } = opened.manifest
    if (type === EventType.RECEIPT) {
      await deliveries.receipts(opened)
      return options.heardFrom(sender, toHex(chain), false)
    }
    const forApplication = await store.commit(
      (write) => takeIn(write, arrived, opened),
      () => {
        for (const id of [toHex(threadId), threadOfFirst(opened)]) if (id !== undefined) book.reload(id)
      },
    )
    outbox.wake()
    if (forApplication) options.wakeItems()
    await options.heardFrom(sender, toHex(chain), type === EventType.RESUMED)
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
    if (known.digest !== digest) return refuseConflict(write, arrived, opened)
    addReceipt(write, opened.envelope, known)
    return false
  }

  /**
   * Another message under a known id: refused, and kept beside the first, once, as proof that the sender signed both (T-043).
   * True: an alarm.
   */
  function refuseConflict(write: DeskWrites, arrived: Arrival, opened: OpenedMessage): boolean {
    const { manifest, event, sections, envelope } = opened
    const digest = toHex(opened.digest)
    const messageId = toHex(manifest.messageId)
    options.log('Another message came under a known id.', new RexError('ENVELOPE_CONFLICT', 'Refused.'))
    addReceipt(write, envelope, { digest, ...CONFLICT })
    const first = threadOfFirst(opened)
    const thread = first === undefined ? undefined : book.find(first)
    if (thread === undefined || thread.conflicts.some((one) => toHex(one.manifest.messageId) === messageId))
      return false
    const evidence = evidenceOf(arrived, opened)
    const status = 'conflict'
    const content = book.sealMessage(thread, evidence)
    const sequence = write.addMessage({ digest, thread: thread.id, status, content })
    thread.conflicts.push({ sequence, digest, status, manifest, event, sections, evidence })
    const alarm: ItemContent = { kind: 'alarm', alarm: 'conflict', digest, recipient: organisation }
    const item = { id: alarmId('conflict', messageId), thread: thread.id, urgent: true }
    write.addItem({ ...item, content: book.seal(thread, alarm) })
    return true
  }

  /** The thread of the first message under this one's id. */
  function threadOfFirst({ manifest }: OpenedMessage): string | undefined {
    const first = store.read.verdict(manifest.sender, toHex(manifest.messageId))
    return first && store.read.message(first.digest)?.thread
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
    const outcome = judge(thread, opened, digest)
    const { status, receipt } = outcome
    write.addVerdict(manifest.sender, messageId, receipt)
    addReceipt(write, envelope, receipt)
    if (receipt.status === DeskReceiptStatus.REFUSED) return false
    book.keep(thread)
    write.putThread(book.record(thread, options.now()))
    const evidence = evidenceOf(arrived, opened)
    const content = book.sealMessage(thread, evidence)
    const sequence = write.addMessage({ digest, thread: thread.id, status, content })
    thread.messages.push({ sequence, digest, status, manifest, event, sections, evidence })
    return follow(write, thread, { outcome, manifest, event, lane: envelope.routing.lane })
  }

  /** What follows from an outcome: items for the application, and what waited for the message. */
  function follow(
    write: DeskWrites,
    thread: OpenThread,
    {
      outcome,
      manifest,
      event,
      lane,
    }: Pick<ThreadMessage, 'manifest' | 'event'> & { outcome: Outcome; lane: Lane },
  ): boolean {
    const urgent = lane === Lane.URGENT
    const messageId = toHex(manifest.messageId)
    const soonestMs = dueFrom(event, { startMs: manifest.createdMs, urgent: thread.summary.urgent })
    noteDue(write, thread, { read: store.read, soonestMs })
    for (const item of outcome.items) {
      const id = item.kind === 'alarm' ? alarmId(item.alarm, messageId) : messageId
      write.addItem({ id, thread: thread.id, urgent, content: book.seal(thread, item) })
    }
    for (const waited of outcome.released) release(write, thread, waited)
    return outcome.items.length > 0
  }

  /** After the last try the sender learns that its message is refused (T-045). */
  async function giveUp({ opened }: Arrival, error: RexError): Promise<void> {
    if (RexError.is(opened) || opened.manifest.type === EventType.RECEIPT) return
    const { manifest, envelope, digest } = opened
    const { receipt } = refusal(toHex(digest), error)
    const messageId = toHex(manifest.messageId)
    await store.commit((write) => {
      const known = store.read.verdict(manifest.sender, messageId)
      if (known === undefined) write.addVerdict(manifest.sender, messageId, receipt)
      addReceipt(write, envelope, known?.digest === receipt.digest ? known : receipt)
    })
    outbox.wake()
  }

  /** What waited for a predecessor has its final verdict now, and the application gets it (T-045). */
  function release(write: DeskWrites, thread: OpenThread, { digest, counts }: Released): void {
    const message = thread.messages.find((candidate) => candidate.digest === digest)
    if (message === undefined) return
    const invalid = new RexError('INVALID_EVENT', 'Its own past refuses it.')
    const outcome = counts ? { ...receivedOf(message), released: [] } : refusal(digest, invalid)
    settle(write, thread, { message, outcome })
  }

  /** A message that was held back has another verdict: its sender is told. True: there is something for the application. */
  function settle(
    write: DeskWrites,
    thread: OpenThread,
    { message, outcome }: { message: ThreadMessage; outcome: Outcome },
  ): boolean {
    const { digest, manifest, event, evidence } = message
    const { context = new Uint8Array(), grant = new Uint8Array() } = evidence.deliveries[0] ?? {}
    const routing = parseRouting(EnvelopeContext.decode(context).routing)
    write.changeVerdict(manifest.sender, toHex(manifest.messageId), outcome.receipt)
    addReceipt(write, { routing, digest: envelopeDigest(context, grant) }, outcome.receipt)
    markMessage(write, thread, digest, outcome.status)
    return follow(write, thread, { outcome, manifest, event, lane: routing.lane })
  }

  async function judgeHeld(): Promise<void> {
    for (const id of store.read.heldThreads()) {
      const thread = readable(book, id, options.log)
      if (thread === undefined) continue
      await settleHeld(thread, (write) => {
        for (const message of thread.messages.filter(({ status }) => status === 'held')) {
          const outcome = judgeAgain(thread, message)
          if (outcome !== undefined) settle(write, thread, { message, outcome })
        }
      })
    }
  }

  /** Undefined: it is still not understood. */
  function judgeAgain(thread: OpenThread, message: ThreadMessage): Outcome | undefined {
    try {
      return unknownCode(message) === undefined ? placeHeld(thread, message) : undefined
    } catch (error) {
      return refusal(message.digest, RexError.from(error))
    }
  }

  async function resolve(
    thread: OpenThread,
    digest: string,
    { decision, also }: Parameters<OpenIntake['resolve']>[2],
  ): Promise<void> {
    await settleHeld(thread, (write) => {
      also?.(write)
      const message = thread.messages.find((held) => held.digest === digest && held.status === 'held')
      if (message === undefined)
        throw new RexError('NOT_FOUND', 'No such message is held.', { hint: '`view().held` lists what is.' })
      const outcome = decision === 'place' ? placeHeld(thread, message) : refuseHeld(message)
      settle(write, thread, { message, outcome })
    })
  }

  async function settleHeld(thread: OpenThread, work: (write: DeskWrites) => void): Promise<void> {
    await store.commit(work, () => book.reload(thread.id))
    outbox.wake()
    options.wakeItems()
  }

  /** A held message as if it came now and were understood; a refer stands in its track already. @throws RexError INVALID_EVENT, LIMIT_EXCEEDED */
  function placeHeld(thread: OpenThread, message: ThreadMessage): Outcome {
    if (!isHeldRefer(message)) return placed(thread, message)
    const received = { ...receivedOf(message), released: [] }
    return thread.tracks.get(message.manifest.sender)?.state === INITIAL
      ? received
      : { ...received, items: [] }
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
    const { manifest, event, sections } = opened
    try {
      checkEvent(event)
      guardEvent(event)
      checkBelongs(thread, manifest, organisation)
      checkDisclosed(thread, opened)
      const held = unknownCode(opened)
      const message = { digest, manifest, event, sections }
      return held === undefined ? placed(thread, message) : holding(thread, message, held)
    } catch (error) {
      const refused = RexError.from(error)
      options.log('A message was refused.', refused)
      return refusal(digest, refused)
    }
  }

  /** What is held waits for a person. A refer opens its track all the same: the person can decide by its verbs (REX-THR-005). */
  function holding(thread: OpenThread, message: Placing, code: string): Outcome {
    const { digest, manifest } = message
    if (manifest.type === EventType.REFER)
      thread.tracks.set(manifest.sender, openTrack(eventIn(thread, message)))
    return {
      status: 'held',
      receipt: { digest, status: DeskReceiptStatus.HELD, code },
      items: [{ kind: 'alarm', alarm: 'held', digest, recipient: organisation, detail: code }],
      released: [],
    }
  }

  function placed(thread: OpenThread, message: Placing): Outcome {
    const { sender } = message.manifest
    const before = thread.tracks.get(sender)
    const event = eventIn(thread, message)
    const added: Added =
      before === undefined
        ? { track: openTrack(event), effect: 'applied', missing: [] }
        : addEvent(before, event)
    thread.tracks.set(sender, added.track)
    return {
      ...outcomeOf(added, message, organisation),
      released: releasedOf(before?.parked ?? [], added.track),
    }
  }

  function eventIn(thread: OpenThread, message: Placing): TrackEvent {
    return trackEventOf(thread, message.manifest, { ...message, organisation })
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
function unknownCode({
  event,
  sections,
  manifest,
}: Pick<OpenedMessage, 'event' | 'sections' | 'manifest'>): string | undefined {
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
  message: Placing,
  recipient: string,
): Omit<Outcome, 'released'> {
  const { digest } = message
  if (effect === 'forked') {
    return {
      status: 'forked',
      receipt: { digest, status: DeskReceiptStatus.HELD, code: 'fork' },
      items: [{ kind: 'alarm', alarm: 'fork', digest, recipient }],
    }
  }
  if (effect === 'parked') {
    const receipt = { digest, status: DeskReceiptStatus.HELD, code: `gap:${missing[0]}` }
    return { status: 'counted', receipt, items: [{ kind: 'alarm', alarm: 'gap', digest, recipient }] }
  }
  return receivedOf(message)
}

function receivedOf({ digest, manifest }: Placing): Omit<Outcome, 'released'> {
  const kind = manifest.type === EventType.REFER ? 'referral' : 'event'
  return { status: 'counted', receipt: { digest, ...RECEIVED }, items: [{ kind, digest }] }
}

/** A person refuses what is not understood. @throws RexError INVALID_EVENT for a refer: that is answered in its thread */
function refuseHeld(message: ThreadMessage): Outcome {
  if (isHeldRefer(message))
    throw new RexError('INVALID_EVENT', 'A referral is not refused but declined.', {
      metadata: { event: 'refer' },
      hint: 'Decline it: its sender then knows why.',
    })
  return refusal(message.digest, new RexError('UNKNOWN_CODE', 'A person refused what is not understood.'))
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
