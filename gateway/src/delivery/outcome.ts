// Interface to record and report the outcomes of envelopes. docs/spec/delivery.md, "Outcomes"

import type { Jws } from '@rex/proto/core/v1/envelope'
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import type { Waiting } from '../store/outbox.ts'

/** Records outcomes durably and reports them to the desk. Every envelope has exactly one outcome: stored, refused or expired. */
export interface Outcomes {
  /** Records that the recipient's gateway has stored an envelope. @throws RexError EVIDENCE_INVALID if the receipt is not for this envelope */
  stored(envelope: Waiting, receipt: Jws): Promise<void>
  /** Records that the recipient's gateway has refused an envelope permanently. */
  refused(envelope: Waiting, error: ErrorDetail): Promise<void>
  /** Records that envelopes were not stored before their expiry. */
  expired(envelopes: readonly Waiting[]): Promise<void>
  /** Reports urgent envelopes that are late; delivery continues. */
  delayed(envelopes: readonly Waiting[]): Promise<void>
  /** Records, in batches, that all envelopes that wait for an unpaired organisation are refused. */
  unpaired(organisation: string): Promise<void>
  /** Postpones an envelope until `dueMs`, because a later attempt may succeed. */
  postponed(envelope: Waiting, error: ErrorDetail, dueMs: number): Promise<void>
  /** Makes all postponed envelopes of a recipient due now. */
  endPostponed(recipient: string): Promise<void>
}
