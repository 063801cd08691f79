// Failures of the desk itself, not of what it works at: the work is done again. docs/spec/mailbox.md, REX-MBX-035
import type { RexError } from '../core/error.ts'

const INTERRUPTIONS: ReadonlySet<string> = new Set(['STORE_FAILED', 'STORE_FULL', 'LEASE_LOST', 'CANCELLED'])

/** Whether the desk failed, so that trying later may succeed with the same bytes. */
export function isInterruption({ reason }: RexError): boolean {
  return INTERRUPTIONS.has(reason)
}
