// Distinguishes failures of the desk itself, after which work is retried, from failures of a message. docs/spec/mailbox.md, REX-MBX-035
import { RexError } from '../../core/error.ts'
import { refusalIn } from '../../transport/network/refusal.ts'

const LASTING: ReadonlySet<string> = new Set(['STORE_FAILED', 'LEASE_LOST'])
const INTERRUPTIONS: ReadonlySet<string> = new Set([...LASTING, 'STORE_FULL', 'CANCELLED'])

/** Returns whether only a single record is damaged. If so, work on other records continues (T-080). */
function isOfRecord({ metadata }: RexError): boolean {
  return metadata.damaged === 'record'
}

/** Returns whether the desk itself failed, so that a later attempt with the same bytes may succeed. */
export function isInterruption(error: RexError): boolean {
  return INTERRUPTIONS.has(error.reason) && !isOfRecord(error)
}

/**
 * Returns whether the sender is to blame for an envelope that cannot be opened. The sender is to blame if this desk
 * never made the key to which the envelope is sealed, but not if the desk has destroyed that key or failed
 * (REX-MBX-061).
 */
export function isSendersFault(error: RexError): boolean {
  if (error.reason === 'KEY_EXPIRED') return RexError.is(error.cause, 'KEY_INVALID')
  return (
    error.reason === 'UNOPENABLE' &&
    !causes(error).some((cause) => RexError.is(cause) && INTERRUPTIONS.has(cause.reason))
  )
}

/**
 * If an envelope was not opened because a key was unknown and could not be requested, returns the error of the request. In
 * that case, the desk may be able to open the envelope later (REX-ID-014). Otherwise returns undefined.
 */
export function waitsForKey(error: RexError): RexError | undefined {
  return causes(error).find((cause): cause is RexError => RexError.is(cause, 'UNAVAILABLE'))
}

function causes({ cause }: Error): Error[] {
  return cause instanceof Error ? [cause, ...causes(cause)] : []
}

/** Returns whether the desk cannot send or receive until it is reopened. `holds` asks whether the desk still has the mailbox. */
export async function isLasting(error: RexError, holds: () => Promise<boolean>): Promise<boolean> {
  const { reason } = error
  // A revocation is permanent (REX-MBX-102): the desk must enrol again and be reopened.
  if (refusalIn(error) === 'revoked') return true
  return LASTING.has(reason) && !isOfRecord(error) && !(reason === 'LEASE_LOST' && (await holds()))
}
