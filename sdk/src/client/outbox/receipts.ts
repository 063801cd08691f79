// Batches of desk receipts, one for each organisation. docs/spec/receipts.md, "Desk receipts"
import { Lane } from '@rex/proto/core/v1/envelope'
import { DeskReceipt, DeskReceipts, EventType } from '@rex/proto/core/v1/thread'
import { encode, toHex } from '../../core/encoding/encoding.ts'
import { newMessageId } from '../../core/envelope/id.ts'
import type { SealedMessage } from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import type { ObservedStore } from '../store/observed.ts'
import type { DeskReads, DeskStore, DeskWrites } from '../store/store.ts'
import { enqueue } from './queue.ts'
import { type SealContext, sealMessage } from './seal.ts'
import type { SentReceipts } from './sent-receipts.ts'

const NO_THREAD = new Uint8Array(16)
/** Batches that one transaction queues again. */
const AT_ONCE = 64

/** Dependencies of receipt batches. */
type ReceiptsContext = SealContext & { readonly store: ObservedStore }

/** Seals and queues the waiting receipts, one batch for each organisation (REX-RCP-010). True: several were waiting. */
export async function queueReceipts(desk: ReceiptsContext, sent: SentReceipts): Promise<boolean> {
  const waiting = desk.store.read.receipts(LIMITS.receiptsPerBatch)
  for (const [recipient, entries] of Map.groupBy(waiting, (entry) => entry.recipient)) {
    const ids = entries.map(({ id }) => id)
    const receipts = entries.map(({ receipt }) => DeskReceipt.decode(receipt))
    const sealed = await sealBatch(desk, recipient, receipts)
    await desk.store.commit((write) => {
      write.removeReceipts(ids)
      if (sealed !== undefined) keepSent(write, sealed, receipts)
    })
    if (sealed !== undefined) sent.remember(sealed, receipts)
  }
  return waiting.length > 1
}

/** Inside a commit: queues a batch. Its receipts are kept until its envelope has ended, because nobody else could write them again. */
function keepSent(write: DeskWrites, sealed: SealedMessage, receipts: DeskReceipt[]): void {
  enqueue(write, sealed)
  for (const { envelopeId, organisation: recipient } of sealed.deliveries)
    write.addSentReceipts({
      envelope: toHex(envelopeId),
      recipient,
      createdMs: sealed.manifest.createdMs,
      receipts: encode(DeskReceipts, { receipts }),
    })
}

/** Inside a commit: the receipts of a sent batch wait again. */
export function sendBatchAgain(write: DeskWrites, read: DeskReads, envelopeId: string): void {
  const sent = read.sentReceipts(envelopeId)
  if (sent === undefined) return
  write.removeSentReceipts(envelopeId)
  for (const receipt of DeskReceipts.decode(sent.receipts).receipts)
    write.addReceipt(sent.recipient, encode(DeskReceipt, receipt))
}

/** Sends all batches without an outcome again: the gateway that would report the outcome has forgotten them. */
export async function sendAllBatchesAgain(store: DeskStore): Promise<void> {
  const { read } = store
  while (read.oldestSentReceipts(1).length > 0)
    await store.commit((write) => {
      for (const id of read.oldestSentReceipts(AT_ONCE)) sendBatchAgain(write, read, id)
    })
}

/** A sealed batch; none for an organisation that is no longer paired. */
async function sealBatch(
  desk: SealContext,
  organisation: string,
  receipts: DeskReceipt[],
): Promise<SealedMessage | undefined> {
  const createdMs = desk.clock.now()
  try {
    return await sealMessage(desk, {
      messageId: newMessageId(createdMs, desk.random),
      threadId: NO_THREAD,
      counter: 0,
      heads: [],
      void: [],
      createdMs,
      expiresMs: createdMs + LIMITS.maxLifetime,
      type: EventType.RECEIPT,
      event: { content: { $case: 'receipts', value: { receipts } } },
      confidential: false,
      sections: [],
      testTraffic: false,
      to: [{ organisation, lane: Lane.ROUTINE, sections: [] }],
    })
  } catch (error) {
    if (RexError.is(error, 'UNKNOWN_ORGANISATION')) return undefined
    throw error
  }
}
