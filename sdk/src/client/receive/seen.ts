// Queues receipts for messages that a person has seen. docs/spec/receipts.md, "Desk receipts"
import { EnvelopeContext } from '@rex/proto/core/v1/envelope'
import { DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { encode, fromHex, toHex } from '../../core/encoding/encoding.ts'
import { envelopeDigest } from '../../core/envelope/digest.ts'
import { parseRouting } from '../../core/envelope/parse.ts'
import { checkUsable, type DeskContext } from '../context.ts'
import type { DeskWrites } from '../store/store.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'

/**
 * Queues `seen` receipts for the messages of these organisations: one for each message, and only if the message was
 * answered with `received` (REX-RCP-017).
 */
export async function markSeen(
  desk: DeskContext,
  thread: OpenThread,
  { senders, also }: { readonly senders: readonly string[]; readonly also: (write: DeskWrites) => void },
): Promise<void> {
  checkUsable(desk)
  const { store, clock } = desk
  const received = thread.messages.filter(({ manifest }) => senders.includes(manifest.sender))
  await store.commit((write) => {
    also(write)
    for (const { digest, manifest, evidence } of received) {
      const envelope = evidence.deliveries[0]
      const messageId = toHex(manifest.messageId)
      const verdict = store.read.verdict(manifest.sender, messageId)
      if (envelope === undefined || verdict?.status !== DeskReceiptStatus.RECEIVED) continue
      write.changeVerdict(manifest.sender, messageId, { ...verdict, status: DeskReceiptStatus.SEEN })
      const { envelopeId } = parseRouting(EnvelopeContext.decode(envelope.context).routing)
      const receipt = {
        status: DeskReceiptStatus.SEEN,
        envelopeId,
        envelopeDigest: envelopeDigest(envelope.context, envelope.grant),
        message: fromHex(digest, 'digest'),
        timeMs: clock.now(),
        code: '',
      }
      write.addReceipt(manifest.sender, encode(DeskReceipt, receipt))
    }
  })
}
