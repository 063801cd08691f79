// The mailbox lease: one desk store is active at a time. docs/spec/mailbox.md, "Lease"
import type { AcquireLeaseRequest, AcquireLeaseResponse } from '@rex/proto/mailbox/v1/mailbox'
import { RexError } from '../../core/error.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Cancel, Clock } from '../clock/clock.ts'
import type { MailboxLink } from './link.ts'

const RETRY_MS = 1000

/** A lease that renews itself. */
export interface LeaseHolder {
  /** The fencing token. Acquires the lease if it is not held. @throws RexError LEASE_LOST, UNAVAILABLE */
  fence(): Promise<number>
  /**
   * The fence was refused, perhaps by a gateway that lost its memory: asks for the lease again. False: another desk
   * store has it.
   */
  holds(): Promise<boolean>
  close(): void
}

/** Options of a lease. */
export interface LeaseOptions {
  readonly chain: Uint8Array
  readonly takeOver: boolean
  readonly clock: Clock
  /** Confirmations of the gateway to this chain. */
  readonly known: () => Pick<AcquireLeaseRequest, 'confirmed' | 'incarnation'>
  /** Receives the gateway's answer to a granted lease. The lease counts when this resolves. */
  readonly met: (answer: AcquireLeaseResponse) => Promise<void>
  /** The gateway refused the lease. */
  readonly failed: (error: RexError) => void
}

/** Holds the lease of a mailbox for the desk store `chain`. */
export function holdLease(link: MailboxLink, options: LeaseOptions): LeaseHolder {
  const { chain, takeOver, clock, met, failed } = options
  let held: Promise<number> | undefined
  let cancel: Cancel = () => {}
  let closed = false
  let first = takeOver

  async function acquire(): Promise<number> {
    const answer = await link.mailbox.acquireLease({ chain, takeOver: first, ...options.known() })
    first = false
    again(answer.ttlMs / 2)
    await met(answer)
    return answer.fence
  }

  function renew(): void {
    held = acquire()
    held.catch((error: unknown) => {
      held = undefined
      failed(RexError.from(error))
      if (!RexError.is(error, 'LEASE_LOST') && !RexError.is(error, 'STORE_FAILED')) again(RETRY_MS)
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
    holds() {
      renew()
      const asked = held ?? Promise.resolve()
      return asked.then(
        () => true,
        (error: unknown) => !RexError.is(error, 'LEASE_LOST'),
      )
    },
    close() {
      closed = true
      cancel()
    },
  }
}

/** The problem that another desk store has the mailbox, from the signal that stopped this desk. */
export function leaseProblems({ reason }: AbortSignal): DeskProblem[] {
  if (!RexError.is(reason, 'LEASE_LOST')) return []
  const message = `${reason.message} This desk neither sends nor receives. If nobody of yours opened another one, call the operator of your gateway at once.`
  return [{ code: 'mailbox-lost', severity: 'critical', message }]
}
