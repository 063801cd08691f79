// Reads a bounded number of a desk's settlements at a time. docs/spec/mailbox.md, "Feed"
import type { ReceiveRequest, Settle } from '@rex/proto/mailbox/v1/mailbox'
import { RexError } from '@rex/sdk/core'

/**
 * Maximum settlements of a stream that wait for the store. Each contains at most as many cursors as a request
 * may contain numbers (REX-ENC-007).
 */
export const SETTLEMENTS_AT_ONCE = 64

/**
 * Reads settlements until the stream ends. Reading pauses while too many wait for the store, so a desk that settles faster
 * than the disk writes cannot fill the memory (T-129). @throws RexError MALFORMED, and errors of `settle`
 */
export async function readSettlements(
  requests: AsyncIterator<ReceiveRequest>,
  settle: (settle: Settle) => Promise<void>,
): Promise<void> {
  const failed = Promise.withResolvers<never>()
  await Promise.race([failed.promise, readAll(requests, settle, failed.reject)])
}

async function readAll(
  requests: AsyncIterator<ReceiveRequest>,
  settle: (settle: Settle) => Promise<void>,
  fail: (error: unknown) => void,
): Promise<void> {
  const waiting = new Set<Promise<void>>()
  for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
    const settling = settle(settlementOf(next.value))
      .catch(fail)
      .finally(() => waiting.delete(settling))
    waiting.add(settling)
    if (waiting.size >= SETTLEMENTS_AT_ONCE) await Promise.race(waiting)
  }
  await Promise.all(waiting)
}

function settlementOf({ content }: ReceiveRequest): Settle {
  if (content?.$case === 'settle') return content.value
  throw new RexError('MALFORMED', 'Only settlements may follow the opening.', { path: 'content' })
}
