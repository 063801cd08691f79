// Failures of the desk itself, not of what it works at: the work is done again. docs/spec/mailbox.md, REX-MBX-035
import { RexError } from '../../core/error.ts'

const LASTING: ReadonlySet<string> = new Set(['STORE_FAILED', 'LEASE_LOST'])
const INTERRUPTIONS: ReadonlySet<string> = new Set([...LASTING, 'STORE_FULL', 'CANCELLED'])

/** One damaged record is no failure of the store: what concerns others goes on (T-080). */
function isOfRecord({ metadata }: RexError): boolean {
  return metadata.damaged === 'record'
}

/** Whether the desk failed, so that trying later may succeed with the same bytes. */
export function isInterruption(error: RexError): boolean {
  return INTERRUPTIONS.has(error.reason) && !isOfRecord(error)
}

/**
 * Whether the sender is to blame for an envelope that cannot be opened: not for a key that is gone (KEY_EXPIRED), nor for what failed
 * here meanwhile (REX-MBX-061).
 */
export function isSendersFault(error: RexError): boolean {
  return (
    error.reason === 'UNOPENABLE' &&
    !causes(error).some((cause) => RexError.is(cause) && INTERRUPTIONS.has(cause.reason))
  )
}

function causes({ cause }: Error): Error[] {
  return cause instanceof Error ? [cause, ...causes(cause)] : []
}

/** Whether the desk can neither send nor receive any more until it is opened anew. `holds`: asks whether it still has the mailbox. */
export async function isLasting(error: RexError, holds: () => Promise<boolean>): Promise<boolean> {
  const { reason } = error
  return LASTING.has(reason) && !isOfRecord(error) && !(reason === 'LEASE_LOST' && (await holds()))
}
