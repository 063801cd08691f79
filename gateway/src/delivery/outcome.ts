// Outcomes of envelopes, and who learns of them. docs/spec/delivery.md, "Outcomes"

import type { Jws } from '@rex/proto/core/v1/envelope'
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import type { Waiting } from '../store/outbox.ts'

/** Makes outcomes durable and reports them to the desk. Every envelope ends as exactly one of stored, refused, expired. */
export interface Outcomes {
  /** The recipient's gateway stored it. @throws RexError EVIDENCE_INVALID if the receipt is not for this envelope */
  stored(envelope: Waiting, receipt: Jws): Promise<void>
  /** The recipient's gateway refused it permanently. */
  refused(envelope: Waiting, error: ErrorDetail): Promise<void>
  /** It was not stored before its expiry. */
  expired(envelopes: readonly Waiting[]): Promise<void>
  /** Reports urgent envelopes that are late; delivery continues. */
  delayed(envelopes: readonly Waiting[]): Promise<void>
  /** Ends all envelopes that wait for an unpaired organisation as refused, in batches. */
  unpaired(organisation: string): Promise<void>
  /** A retry may succeed, but not before `dueMs`. */
  postponed(envelope: Waiting, error: ErrorDetail, dueMs: number): Promise<void>
  /** Makes all postponed envelopes of a recipient due now. */
  endPostponed(recipient: string): Promise<void>
}
