// Groups of delivery states. docs/spec/receipts.md, "Desk receipts"
import type { DeliveryState } from '../api/thread.ts'

/** States in which no desk has answered. */
export const UNANSWERED: ReadonlySet<DeliveryState> = new Set(['intended', 'submitted', 'stored'])
/** States in which, as far as this desk knows, the recipient's gateway has not stored the message. */
export const UNSTORED: ReadonlySet<DeliveryState> = new Set(['intended', 'submitted'])
/** States in which the delivery ended without arriving. */
export const FAILED: ReadonlySet<DeliveryState> = new Set(['refused', 'expired'])
/** States in which the message may still be refused. */
export const OPEN: ReadonlySet<DeliveryState> = new Set([...UNANSWERED, 'held'])
