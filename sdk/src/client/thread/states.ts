// Groups of delivery states. docs/spec/receipts.md, "Desk receipts"
import type { DeliveryState } from '../api/thread.ts'

/** No desk has answered. */
export const UNANSWERED: ReadonlySet<DeliveryState> = new Set(['intended', 'submitted', 'stored'])
/** The recipient's gateway has not stored it yet, as far as this desk knows. */
export const UNSTORED: ReadonlySet<DeliveryState> = new Set(['intended', 'submitted'])
/** It ended without arriving. */
export const FAILED: ReadonlySet<DeliveryState> = new Set(['refused', 'expired'])
/** It may still be refused. */
export const OPEN: ReadonlySet<DeliveryState> = new Set([...UNANSWERED, 'held'])
