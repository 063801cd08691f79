// What becomes of an envelope, and who is told. docs/spec/delivery.md, "Outcomes"

import type { Jws } from '@rex/proto/core/v1/envelope'
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import type { Waiting } from '../store/store.ts'

/** Makes outcomes durable and tells the desk. Every envelope ends in exactly one of stored, refused, expired. */
export interface Outcomes {
  /** The recipient's gateway stored it. @throws RexError EVIDENCE_INVALID if the receipt is not for this envelope */
  stored(envelope: Waiting, receipt: Jws): Promise<void>
  /** The recipient's gateway refused it for good. */
  refused(envelope: Waiting, error: ErrorDetail): Promise<void>
  /** It was not stored before its expiry. */
  expired(envelopes: readonly Waiting[]): Promise<void>
  /** Urgent envelopes are late; the search for them goes on. */
  delayed(envelopes: readonly Waiting[]): Promise<void>
  /** The organisation is not paired any more: all that waits for it ends refused, in batches. */
  unpaired(organisation: string): Promise<void>
  /** Another attempt may work, not before `dueMs`. */
  postponed(envelope: Waiting, error: ErrorDetail, dueMs: number): Promise<void>
  /** What was postponed for a recipient may be tried now. */
  endPostponed(recipient: string): Promise<void>
}
