// Seals desk receipts in batches, one for each organisation. docs/spec/receipts.md, "Desk receipts"
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
/** Number of batches to queue again in one transaction. */
const AT_ONCE = 64

/** The dependencies of receipt batches. */
type ReceiptsContext = SealContext & { readonly store: ObservedStore }

/** Seals and queues the waiting receipts, one batch for each organisation (REX-RCP-010). Resolves with true if more than one receipt was waiting. */
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

/** Queues a batch. Keeps its receipts until its envelope has ended, because nothing else in the store can recreate them. Call it inside a commit. */
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

/** Puts the receipts of a sent batch back among the waiting receipts. Call it inside a commit. */
export function sendBatchAgain(write: DeskWrites, read: DeskReads, envelopeId: string): void {
  const sent = read.sentReceipts(envelopeId)
  if (sent === undefined) return
  write.removeSentReceipts(envelopeId)
  for (const receipt of DeskReceipts.decode(sent.receipts).receipts)
    write.addReceipt(sent.recipient, encode(DeskReceipt, receipt))
}

/** Sends all batches without an outcome again, because the gateway that should report their outcome has lost its memory. */
export async function sendAllBatchesAgain(store: DeskStore): Promise<void> {
  const { read } = store
  while (read.oldestSentReceipts(1).length > 0)
    await store.commit((write) => {
      for (const id of read.oldestSentReceipts(AT_ONCE)) sendBatchAgain(write, read, id)
    })
}

/** Seals a batch. Resolves with undefined if the organisation is no longer paired. */
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
