// Failures of the desk itself, not of what it works at: the work is done again. docs/spec/mailbox.md, REX-MBX-035
import type { RexError } from '../core/error.ts'

const LASTING: ReadonlySet<string> = new Set(['STORE_FAILED', 'LEASE_LOST'])
const INTERRUPTIONS: ReadonlySet<string> = new Set([...LASTING, 'STORE_FULL', 'CANCELLED'])

/** Whether the desk failed, so that trying later may succeed with the same bytes. */
export function isInterruption({ reason }: RexError): boolean {
  return INTERRUPTIONS.has(reason)
}

/** Whether the desk can neither send nor receive any more until it is opened anew. `holds`: asks whether it still has the mailbox. */
export async function isLasting({ reason }: RexError, holds: () => Promise<boolean>): Promise<boolean> {
  return LASTING.has(reason) && !(reason === 'LEASE_LOST' && (await holds()))
}
