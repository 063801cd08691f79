// Intake of a message: stores event, archive copy, receipt and item in one transaction. docs/spec/envelope.md, "Opening", steps 8 and 9
import type { Jws } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { toHex } from '../../core/encoding/encoding.ts'
import { sealedDigest } from '../../core/envelope/digest.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { type ParsedEnvelope, parseEnvelope } from '../../core/envelope/parse.ts'
import { RexError } from '../../core/error.ts'
import type { DeskContext } from '../context.ts'
import { noteReceipts } from '../deliveries/receipts.ts'
import type { SentReceipts } from '../outbox/sent-receipts.ts'
import type { LostMemory } from '../recovery/lost-memory.ts'
import type { DeskWrites } from '../store/store.ts'
import { alarmId, alarmOf, type ItemContent } from '../thread/item.ts'
import { type OpenThread, summaryOf } from '../thread/repository/open-thread.ts'
import { addReceipt, carryOut, refusalOf } from '../thread/verdicts.ts'
import { judge } from './judge.ts'

/** An envelope from the mailbox, whether or not it could be opened. */
export interface ReceivedEnvelope {
  readonly bytes: Uint8Array
  /** The stored receipt from this desk's gateway. */
  readonly receipt: Jws
  readonly opened: OpenedMessage | RexError
}

/** The parts of the desk that a received message may affect. */
export interface Sending {
  readonly sent: Pick<SentReceipts, 'refused'>
  readonly lostMemory: Pick<LostMemory, 'heardFrom'>
}

const CONFLICT = { status: DeskReceiptStatus.REFUSED, code: 'ENVELOPE_CONFLICT' }

/**
 * Takes in an envelope from the mailbox. Resolves when the result is durable.
 * @throws RexError NOT_FOUND if the refer of its thread has not arrived yet
 */
export async function takeIn(
  desk: DeskContext,
  received: ReceivedEnvelope,
  { sent, lostMemory }: Sending,
): Promise<void> {
  const { opened } = received
  if (RexError.is(opened)) return refuseUnopened(desk, received, opened)
  const { type, sender, threadId, chain } = opened.manifest
  const taking =
    type === EventType.RECEIPT
      ? noteReceipts(desk, opened, sent)
      : desk.store.commit(
          (write) => takeInOnce(write, desk, { received, opened }),
          () => {
            for (const id of [toHex(threadId), threadOfFirst(desk, opened)])
              if (id !== undefined) desk.threads.reload(id)
          },
        )
  const failure = await taking.then(
    () => undefined,
    (error: unknown) => error,
  )
  // Even a message that cannot be stored yet, for example because this desk has lost the thread, may show that the sender's
  // desk was restored.
  await lostMemory.heardFrom(sender, toHex(chain), type === EventType.RESUMED)
  if (failure !== undefined) throw failure
}

/** Gives up on an item after its last attempt. The sender gets a receipt that refuses the message (T-045), and a notice informs people here. */
export async function giveUp(
  desk: DeskContext,
  received: ReceivedEnvelope | undefined,
  error: RexError,
): Promise<void> {
  const opened = received?.opened
  const isOpen = opened !== undefined && !RexError.is(opened)
  const organisation = isOpen ? opened.manifest.sender : ''
  const notice = {
    kind: 'mail-refused',
    organisation,
    detail: error.reason,
    noticedMs: desk.time.date(),
  } as const
  if (!isOpen || opened.manifest.type === EventType.RECEIPT)
    return desk.store.commit((write) => write.putNotice(notice))
  const { manifest, envelope, digest } = opened
  const { receipt } = refusalOf(toHex(digest), error)
  const messageId = toHex(manifest.messageId)
  await desk.store.commit((write) => {
    write.putNotice(notice)
    const known = desk.store.read.verdict(manifest.sender, messageId)
    if (known === undefined) write.addVerdict(manifest.sender, messageId, receipt)
    addReceipt(write, desk, { ...envelope, verdict: known?.digest === receipt.digest ? known : receipt })
  })
}

interface Taking {
  readonly received: ReceivedEnvelope
  readonly opened: OpenedMessage
}

/**
 * Judges and stores a message in one transaction, so that a verdict relies only on durable data (T-078). A repeated
 * message gets its first verdict again and has no second effect (T-041, T-042).
 */
function takeInOnce(write: DeskWrites, desk: DeskContext, taking: Taking): void {
  const { manifest, digest, envelope } = taking.opened
  const known = desk.store.read.verdict(manifest.sender, toHex(manifest.messageId))
  if (known === undefined) keepMessage(write, desk, taking)
  else if (known.digest !== toHex(digest)) refuseConflict(write, desk, taking)
  else addReceipt(write, desk, { ...envelope, verdict: known })
}

function keepMessage(write: DeskWrites, desk: DeskContext, { received, opened }: Taking): void {
  const { threads, clock } = desk
  const { manifest, envelope, event, sections } = opened
  const digest = toHex(opened.digest)
  const thread = threadOf(desk, opened)
  if (thread === undefined) throw new RexError('NOT_FOUND', 'There is no such thread yet.')
  const judgement = judge(desk, thread, opened)
  const { status, receipt } = judgement
  write.addVerdict(manifest.sender, toHex(manifest.messageId), receipt)
  addReceipt(write, desk, { ...envelope, verdict: receipt })
  if (receipt.status === DeskReceiptStatus.REFUSED) return
  const follow = manifest.type === EventType.REFER && desk.store.read.messages(thread.id).length > 0
  threads.keep(thread)
  write.putThread(threads.record(thread, clock.now()))
  const evidence = evidenceOf(received, opened)
  const content = threads.sealMessage(thread, evidence)
  const sequence = write.addMessage({ digest, thread: thread.id, status, content })
  thread.messages.push({ sequence, digest, status, manifest, event, sections, evidence })
  carryOut(write, desk, { thread, judgement, manifest, event, lane: envelope.routing.lane })
  // This desk had lost the refer of the thread: reload, so that the later events take their places after the refer.
  if (follow) threads.reload(thread.id)
}

/** Refuses a second message with a known id. Stores one such message next to the first, as proof that the sender signed both (T-043). */
function refuseConflict(write: DeskWrites, desk: DeskContext, { received, opened }: Taking): void {
  const { threads, organisation, warn } = desk
  const { manifest, event, sections, envelope } = opened
  const digest = toHex(opened.digest)
  const messageId = toHex(manifest.messageId)
  warn('Another message has the id of a known one.', new RexError('ENVELOPE_CONFLICT', 'Refused.'))
  addReceipt(write, desk, { ...envelope, verdict: { digest, ...CONFLICT } })
  const first = threadOfFirst(desk, opened)
  const thread = first === undefined ? undefined : threads.find(first)
  if (
    thread === undefined ||
    thread.erased !== undefined ||
    thread.conflicts.some((one) => toHex(one.manifest.messageId) === messageId)
  )
    return
  const evidence = evidenceOf(received, opened)
  const status = 'conflict'
  const content = threads.sealMessage(thread, evidence)
  const sequence = write.addMessage({ digest, thread: thread.id, status, content })
  thread.conflicts.push({ sequence, digest, status, manifest, event, sections, evidence })
  const alarm: ItemContent = { kind: 'alarm', alarm: 'conflict', digest, recipient: organisation }
  const item = { id: alarmId('conflict', messageId), thread: thread.id, urgent: true }
  write.addItem({ ...item, content: threads.seal(thread, alarm), alarm: alarmOf(alarm) })
}

/** Returns the id of the thread that contains the first message with the same message id. */
function threadOfFirst({ store }: DeskContext, { manifest }: OpenedMessage): string | undefined {
  const first = store.read.verdict(manifest.sender, toHex(manifest.messageId))
  return first && store.read.message(first.digest)?.thread
}

async function refuseUnopened(
  desk: DeskContext,
  { bytes }: ReceivedEnvelope,
  error: RexError,
): Promise<void> {
  desk.warn('An envelope was refused.', error)
  const envelope = parsed(bytes)
  if (envelope === undefined) return
  const verdict = {
    digest: '',
    status: DeskReceiptStatus.REFUSED,
    code: error.reason === 'KEY_EXPIRED' ? 'KEY_EXPIRED' : 'UNOPENABLE',
  }
  await desk.store.commit((write) => addReceipt(write, desk, { ...envelope, verdict }))
}

function parsed(bytes: Uint8Array): ParsedEnvelope | undefined {
  try {
    return parseEnvelope(bytes)
  } catch {
    return undefined
  }
}

/** Returns the thread of a message: an existing thread, or a new thread if the message is a refer. */
function threadOf(
  { threads, organisation }: DeskContext,
  { manifest, event, envelope }: OpenedMessage,
): OpenThread | undefined {
  const id = toHex(manifest.threadId)
  if (event.content?.$case !== 'refer') return threads.find(id)
  const known = threads.findForRefer(id)
  if (known !== undefined) return known
  const summary = summaryOf({ manifest, event }, { organisation, lane: envelope.routing.lane })
  return threads.create({ id, role: 'recipient', test: manifest.testTraffic, summary })
}

/** Returns the archived form of a received message. */
function evidenceOf(
  { receipt }: ReceivedEnvelope,
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
