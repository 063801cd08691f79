// When a message that was stored, and that no desk has answered, is offered again. docs/spec/delivery.md, REX-DLV-150
import type { DeliveryRecord } from '../store/store.ts'

const HOUR = 60 * 60_000
/**
 * After what was stored is offered again: 1 h, 4 h, 16 h, then every day. What is urgent begins after 5 min: before anybody is alarmed
 * that no desk has received it (REX-THR-052).
 */
export const OFFER = { firstMs: HOUR, urgentMs: 5 * 60_000, factor: 4, mostMs: 24 * HOUR }

/** When a message that was stored now, and sealed again `attempts` times before, is offered again. Unix milliseconds. */
export function offerMsOf(
  { attempts, urgent }: Pick<DeliveryRecord, 'attempts' | 'urgent'>,
  nowMs: number,
): number {
  const firstMs = urgent ? OFFER.urgentMs : OFFER.firstMs
  return nowMs + Math.min(firstMs * OFFER.factor ** attempts, OFFER.mostMs)
}
