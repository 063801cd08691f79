// The mailbox lease: one desk store is active at a time. docs/spec/mailbox.md, "Lease"
import { RexError } from '../core/error.ts'
import type { MailboxLink } from './link.ts'

/** A lease that renews itself. */
export interface LeaseHolder {
  /** The fencing token; takes the lease if it is not held. @throws RexError LEASE_LOST, UNAVAILABLE */
  fence(): Promise<number>
  close(): void
}

/** Holds the lease of a mailbox for the desk store `chain`. */
export function holdLease(
  link: MailboxLink,
  { chain, takeOver }: { chain: Uint8Array; takeOver: boolean },
): LeaseHolder {
  let held: Promise<number> | undefined
  let timer: NodeJS.Timeout | undefined
  let first = takeOver

  async function acquire(): Promise<number> {
    const { fence, ttlMs } = await link.mailbox.acquireLease({ chain, takeOver: first })
    first = false
    clearTimeout(timer)
    timer = setTimeout(renew, ttlMs / 2)
    timer.unref()
    return fence
  }

  function renew(): void {
    held = acquire()
    held.catch((error: unknown) => {
      held = undefined
      if (!RexError.is(error, 'LEASE_LOST')) timer = setTimeout(renew, 1000).unref()
    })
  }

  return {
    fence() {
      if (held === undefined) renew()
      return held as Promise<number>
    },
    close: () => clearTimeout(timer),
  }
}
