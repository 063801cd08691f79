// The mailbox lease: one desk store is active at a time. docs/spec/mailbox.md, "Lease"
import { RexError } from '../core/error.ts'
import type { Cancel, Clock } from './clock.ts'
import type { MailboxLink } from './link.ts'

const RETRY_MS = 1000

/** A lease that renews itself. */
export interface LeaseHolder {
  /** The fencing token; takes the lease if it is not held. @throws RexError LEASE_LOST, UNAVAILABLE */
  fence(): Promise<number>
  close(): void
}

/** Holds the lease of a mailbox for the desk store `chain`. */
export function holdLease(
  link: MailboxLink,
  { chain, takeOver, clock }: { chain: Uint8Array; takeOver: boolean; clock: Clock },
): LeaseHolder {
  let held: Promise<number> | undefined
  let cancel: Cancel = () => {}
  let closed = false
  let first = takeOver

  async function acquire(): Promise<number> {
    const { fence, ttlMs } = await link.mailbox.acquireLease({ chain, takeOver: first })
    first = false
    again(ttlMs / 2)
    return fence
  }

  function renew(): void {
    held = acquire()
    held.catch((error: unknown) => {
      held = undefined
      if (!RexError.is(error, 'LEASE_LOST')) again(RETRY_MS)
    })
  }

  function again(ms: number): void {
    cancel()
    if (!closed) cancel = clock.after(ms, renew)
  }

  return {
    fence() {
      if (held === undefined) renew()
      return held as Promise<number>
    },
    close() {
      closed = true
      cancel()
    },
  }
}
