// Cheap checks on the unencrypted routing of an envelope, before anything is stored. docs/spec/delivery.md, "Admission"
import type { Routing } from '@rex/proto/core/v1/envelope'
import { LIMITS, RexError } from '@rex/sdk/core'

/**
 * Checks that the connected peer has sent the envelope, and that it is for the organisation served
 * (REX-DLV-020, T-029).
 * @throws RexError PEER_MISMATCH, WRONG_RECIPIENT
 */
export function checkHop(
  routing: Routing,
  hop: { readonly sender: string; readonly recipient?: string },
): void {
  if (routing.sender !== hop.sender) {
    throw new RexError(
      'PEER_MISMATCH',
      "The sender of the envelope is not the organisation of this connection's certificate.",
    )
  }
  if (hop.recipient !== undefined && routing.recipient !== hop.recipient) {
    throw new RexError('WRONG_RECIPIENT', 'This gateway does not serve the recipient.')
  }
}

/**
 * Checks creation and expiry (REX-DLV-021). An envelope that expires by `floorMs` is refused, because it may repeat an envelope whose ledger entry
 * has already been deleted (T-044).
 * @throws RexError EXPIRED, CLOCK_SKEW
 */
export function checkTimes(
  routing: Routing,
  time: {
    readonly nowMs: number
    readonly floorMs: number
    /** The trusted time (REX-DLV-141). */
    readonly trustedMs: number
  },
): void {
  if (routing.createdMs > time.nowMs + LIMITS.skew) {
    throw new RexError('CLOCK_SKEW', 'By the clock of this gateway, the envelope is dated in the future.', {
      metadata: { time: String(time.nowMs) },
    })
  }
  if (routing.expiresMs <= time.floorMs) throw new RexError('EXPIRED', 'The envelope has expired.')
  if (routing.expiresMs > time.nowMs) return
  if (routing.expiresMs <= time.trustedMs) throw new RexError('EXPIRED', 'The envelope has expired.')
  throw new RexError(
    'CLOCK_SKEW',
    'The envelope has expired by the clock of this gateway, which nobody has confirmed.',
    {
      metadata: { time: String(time.nowMs) },
    },
  )
}
