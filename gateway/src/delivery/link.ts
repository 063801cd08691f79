// A link to the gateway of a paired organisation, as delivery needs it. docs/spec/delivery.md, "Deliver stream"

import type { Jws } from '@rex/proto/core/v1/envelope'
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import type { RexError } from '@rex/sdk/core'

/** What the other gateway answers. */
export type Answer =
  | { readonly kind: 'stored'; readonly receipt: Jws }
  | { readonly kind: 'refused'; readonly error: ErrorDetail }

/** An open `Deliver` stream after both greetings. */
export interface PeerLink {
  /** Address in use, `host:port`. */
  readonly endpoint: string
  /** How many envelopes the other side takes unanswered. */
  readonly window: number
  /** Largest envelope the other side takes. */
  readonly maxEnvelopeBytes: number
  /** Which memory the other side has (REX-DLV-090). */
  readonly incarnation: Uint8Array
  /** What the other side's clock said at the greeting. Unix milliseconds. */
  readonly timeMs: number
  /** Sends an envelope and resolves with its answer; rejects when the link ends before. */
  deliver(envelope: Uint8Array): Promise<Answer>
  /** Resolves with the cause when the link has ended. */
  readonly ended: Promise<RexError>
  /** Ends the link. */
  close(): void
}

/** Opens a link. @throws RexError UNAVAILABLE, DEADLINE_EXCEEDED, UNAUTHENTICATED, UNKNOWN_ORGANISATION, UNSUPPORTED_VERSION and others */
export type Dial = (organisation: string, signal: AbortSignal) => Promise<PeerLink>
