// Failures of the desk itself rather than of a message: the work is retried. docs/spec/mailbox.md, REX-MBX-035
import { RexError } from '../../core/error.ts'
import { refusalIn } from '../../transport/network/refusal.ts'

const LASTING: ReadonlySet<string> = new Set(['STORE_FAILED', 'LEASE_LOST'])
const INTERRUPTIONS: ReadonlySet<string> = new Set([...LASTING, 'STORE_FULL', 'CANCELLED'])

/** One damaged record is not a failure of the store: work on other records continues (T-080). */
function isOfRecord({ metadata }: RexError): boolean {
  return metadata.damaged === 'record'
}

/** Whether the desk failed, so that a later attempt with the same bytes may succeed. */
export function isInterruption(error: RexError): boolean {
  return INTERRUPTIONS.has(error.reason) && !isOfRecord(error)
}

/**
 * Whether the sender is to blame for an envelope that cannot be opened. The sender is to blame if the key was never made here, but not if
 * it was deleted, nor for a failure of this desk (REX-MBX-061).
 */
export function isSendersFault(error: RexError): boolean {
  if (error.reason === 'KEY_EXPIRED') return RexError.is(error.cause, 'KEY_INVALID')
  return (
    error.reason === 'UNOPENABLE' &&
    !causes(error).some((cause) => RexError.is(cause) && INTERRUPTIONS.has(cause.reason))
  )
}

/** The organisation could not be asked for a key that is not known here, so that the same bytes may be opened later (REX-ID-014). */
export function waitsForKey(error: RexError): RexError | undefined {
  return causes(error).find((cause): cause is RexError => RexError.is(cause, 'UNAVAILABLE'))
}

function causes({ cause }: Error): Error[] {
  return cause instanceof Error ? [cause, ...causes(cause)] : []
}

/** Whether the desk cannot send or receive again until it is reopened. `holds`: asks whether it still has the mailbox. */
export async function isLasting(error: RexError, holds: () => Promise<boolean>): Promise<boolean> {
  const { reason } = error
  // A revocation is for ever (REX-MBX-102); a desk that enrols again is opened again.
  if (refusalIn(error) === 'revoked') return true
  return LASTING.has(reason) && !isOfRecord(error) && !(reason === 'LEASE_LOST' && (await holds()))
}
