// Batches of desk receipts, one for each organisation. docs/spec/receipts.md, "Desk receipts"
import { Lane } from '@rex/proto/core/v1/envelope'
import { DeskReceipt, EventType } from '@rex/proto/core/v1/thread'
import { newMessageId } from '../../core/envelope/id.ts'
import type { SealedMessage } from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import type { ObservedStore } from '../store/observed.ts'
import { enqueue } from './queue.ts'
import { type SealContext, sealMessage } from './seal.ts'
import type { SentReceipts } from './sent-receipts.ts'

const NO_THREAD = new Uint8Array(16)

/** Dependencies of receipt batches. */
export type ReceiptsContext = SealContext & { readonly store: ObservedStore }

/** Seals and queues the waiting receipts, one batch for each organisation (REX-RCP-010). True: several were waiting. */
export async function queueReceipts(desk: ReceiptsContext, sent: SentReceipts): Promise<boolean> {
  const waiting = desk.store.read.receipts(LIMITS.receiptsPerBatch)
  for (const [recipient, entries] of Map.groupBy(waiting, (entry) => entry.recipient)) {
    const ids = entries.map(({ id }) => id)
    const receipts = entries.map(({ receipt }) => DeskReceipt.decode(receipt))
    const sealed = await sealBatch(desk, recipient, receipts)
    await desk.store.commit((write) => {
      write.removeReceipts(ids)
      if (sealed !== undefined) enqueue(write, sealed)
    })
    if (sealed !== undefined) sent.remember(sealed, receipts)
  }
  return waiting.length > 1
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
