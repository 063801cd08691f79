// Computes when a stored message that no desk has answered is offered again. docs/spec/delivery.md, REX-DLV-150
import type { DeliveryRecord } from '../store/store.ts'

const HOUR = 60 * 60_000
/**
 * Intervals after which a stored message is offered again: 1 h, 4 h, 16 h, then every day. An urgent message is first
 * offered again after 5 min, before the alarm that no desk has received it (REX-THR-052).
 */
export const OFFER = { firstMs: HOUR, urgentMs: 5 * 60_000, factor: 4, mostMs: 24 * HOUR }

/**
 * Returns when a message that was just stored is offered again, in Unix milliseconds. `attempts`: number of earlier resealings.
 */
export function offerMsOf(
  { attempts, urgent }: Pick<DeliveryRecord, 'attempts' | 'urgent'>,
  nowMs: number,
): number {
  const firstMs = urgent ? OFFER.urgentMs : OFFER.firstMs
  return nowMs + Math.min(firstMs * OFFER.factor ** attempts, OFFER.mostMs)
}
