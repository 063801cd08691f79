// The mailbox lease: one desk store is active at a time. docs/spec/mailbox.md, "Lease"
import type { AcquireLeaseRequest, AcquireLeaseResponse } from '@rex/proto/mailbox/v1/mailbox'
import { RexError } from '../../core/error.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Cancel, Clock } from '../clock/clock.ts'
import { explained, type MailboxLink } from './link.ts'

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

/**
 * From whom the lease may be taken. A text: from the desk whose credential begins with it, or `none` if the refusal names no desk. `true`:
 * from anybody, for a desk that was restored. Undefined: from nobody.
 */
export type TakeOver = string | true | undefined

/** The credential that stands for no desk. */
const NO_DESK = 'none'

/**
 * Asks for the lease without taking it from anybody, and then takes it from the desk that the refusal names, if that
 * is the given one (REX-MBX-084). @throws RexError LEASE_LOST
 */
export async function askLease(
  { mailbox }: Pick<MailboxLink, 'mailbox'>,
  request: Omit<AcquireLeaseRequest, 'takeOver' | 'confirmed' | 'incarnation'> & Partial<AcquireLeaseRequest>,
  takeOver: TakeOver,
  how: { readonly signal?: AbortSignal } = {},
): Promise<AcquireLeaseResponse> {
  try {
    return await mailbox.acquireLease({ ...request, takeOver: takeOver === true }, how)
  } catch (error) {
    if (typeof takeOver !== 'string' || !RexError.is(error, 'LEASE_LOST')) throw error
    const { credential = NO_DESK } = error.metadata
    if (credential.startsWith(takeOver) || (credential !== NO_DESK && takeOver.startsWith(credential)))
      return await mailbox.acquireLease({ ...request, takeOver: true }, how)
    throw error
  }
}

/** Options of a lease. */
export interface LeaseOptions {
  readonly chain: Uint8Array
  readonly takeOver: TakeOver
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
  let leased: Promise<number> | undefined
  let cancel: Cancel = () => {}
  let closed = false
  let first = takeOver

  async function acquire(): Promise<number> {
    const answer = await askLease(link, { chain, ...options.known() }, first).catch(async (error) => {
      throw await explained(error, link)
    })
    first = undefined
    again(answer.ttlMs / 2)
    await met(answer)
    return answer.fence
  }

  function renew(): void {
    leased = acquire()
    leased.catch((error: unknown) => {
      leased = undefined
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
      if (leased === undefined) renew()
      return leased as Promise<number>
    },
    holds() {
      renew()
      const asked = leased ?? Promise.resolve()
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
  const message = `${reason.message} This desk neither sends nor receives. If none of your people opened another desk, call the operator of your gateway at once.`
  return [{ code: 'mailbox-lost', severity: 'critical', message }]
}
