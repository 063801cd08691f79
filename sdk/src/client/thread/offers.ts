// When a message that was stored, and that no desk has answered, is offered again. docs/spec/delivery.md, REX-DLV-150
import type { DeliveryRecord } from '../store/store.ts'

const HOUR = 60 * 60_000
/** After what was stored is offered again: 1 h, 4 h, 16 h, then every day. */
export const OFFER = { firstMs: HOUR, factor: 4, mostMs: 24 * HOUR }

/** When a message that was stored now, and sealed again `attempts` times before, is offered again. Unix milliseconds. */
export function offerMsOf({ attempts }: Pick<DeliveryRecord, 'attempts'>, nowMs: number): number {
  return nowMs + Math.min(OFFER.firstMs * OFFER.factor ** attempts, OFFER.mostMs)
}
