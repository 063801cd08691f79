// A link to the gateway of a paired organisation, as delivery needs it. docs/spec/delivery.md, "Deliver stream"

import type { Jws } from '@rex/proto/core/v1/envelope'
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import type { RexError } from '@rex/sdk/core'

/** Answer of the other gateway to an envelope. */
export type Answer =
  | { readonly kind: 'stored'; readonly receipt: Jws }
  | { readonly kind: 'refused'; readonly error: ErrorDetail }

/** An open `Deliver` stream after both greetings. */
export interface PeerLink {
  /** Address in use, `host:port`. */
  readonly endpoint: string
  /** Maximum number of unanswered envelopes that the other side accepts. */
  readonly window: number
  /** Largest envelope that the other side accepts. */
  readonly maxEnvelopeBytes: number
  /** Incarnation of the other side's store (REX-DLV-090). */
  readonly incarnation: Uint8Array
  /** Time of the other side's clock at the greeting. Unix milliseconds. */
  readonly timeMs: number
  /** Sends an envelope and resolves with its answer. Rejects if the link ends first. */
  deliver(envelope: Uint8Array): Promise<Answer>
  /** Resolves with the cause when the link ends. */
  readonly ended: Promise<RexError>
  /** Ends the link. */
  close(): void
}

/** Opens a link. @throws RexError UNAVAILABLE, DEADLINE_EXCEEDED, UNAUTHENTICATED, UNKNOWN_ORGANISATION, UNSUPPORTED_VERSION and others */
export type Dial = (organisation: string, signal: AbortSignal) => Promise<PeerLink>
