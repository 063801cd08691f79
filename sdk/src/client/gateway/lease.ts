// Holds the mailbox lease, which lets one desk store at a time use the mailbox. docs/spec/mailbox.md, "Lease"
import type { AcquireLeaseRequest, AcquireLeaseResponse } from '@rex/proto/mailbox/v1/mailbox'
import { RexError } from '../../core/error.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Cancel, Clock } from '../clock/clock.ts'
import { explained, type MailboxLink } from './link.ts'
import type { Publisher } from './publisher.ts'

const RETRY_MS = 1000

/** A lease that renews itself automatically. */
export interface LeaseHolder {
  /** Returns the fencing token. Acquires the lease if it is not held. @throws RexError LEASE_LOST, UNAVAILABLE */
  fence(): Promise<number>
  /**
   * Asks for the lease again after the gateway refused the fencing token, because the gateway may have lost its memory.
   * Resolves with false if another desk store has the lease.
   */
  holds(): Promise<boolean>
  close(): void
}

/**
 * The desk from which the lease may be taken. Text: the desk whose credential begins with the text, or `none` if the
 * refusal states no credential. `true`: any desk, because this desk was restored. Undefined: no desk.
 */
export type TakeOver = string | true | undefined

/** The text in place of a missing credential. */
const NO_DESK = 'none'

/**
 * Asks for the lease without taking it over. If `takeOver` names the desk that holds the lease, takes the lease from
 * that desk (REX-MBX-084). @throws RexError LEASE_LOST
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

/** The options of `holdLease`. */
export interface LeaseOptions {
  readonly chain: Uint8Array
  readonly takeOver: TakeOver
  readonly clock: Clock
  /** Returns the last submission of this chain that the gateway has confirmed, as stored by this desk. */
  readonly known: () => Pick<AcquireLeaseRequest, 'confirmed' | 'incarnation'>
  /** Handles the gateway's answer when it grants the lease. The desk uses the lease only after the promise has resolved. */
  readonly met: (answer: AcquireLeaseResponse) => Promise<void>
  /** Handles the gateway's refusal of the lease, or the failure of the request. */
  readonly failed: (error: RexError) => void
}

/** Holds the mailbox lease for the desk store `chain`. */
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

/**
 * Returns the lease for a restored desk. The desk publishes its new keys before it sends, because recipients seal their
 * answers to these keys (REX-ID-035). If its message key was revoked, the desk signs again the messages that it signed with
 * that key (REX-ID-073). `informed` resolves once the desk has written the messages that inform the other organisations of
 * its new chain.
 */
export function leaseOfRestored({
  lease,
  publisher,
  redate,
  informed: { promise: informed },
}: {
  readonly lease: LeaseHolder
  readonly publisher: Pick<Publisher, 'hasPublished' | 'statement'>
  readonly redate: { leaveFormerKeys(): Promise<unknown> }
  readonly informed: Pick<PromiseWithResolvers<void>, 'promise'>
}): Pick<LeaseHolder, 'fence' | 'holds'> {
  informed.catch(() => {})
  let hasLeft = false
  return {
    holds: lease.holds,
    async fence() {
      const fence = await lease.fence()
      if (!publisher.hasPublished) await publisher.statement()
      await informed
      if (!hasLeft) await redate.leaveFormerKeys()
      hasLeft = true
      return fence
    },
  }
}

/** Returns a problem if this desk was stopped because another desk store has the mailbox. */
export function leaseProblems({ reason }: AbortSignal): DeskProblem[] {
  if (!RexError.is(reason, 'LEASE_LOST')) return []
  const message = `${reason.message} This desk neither sends nor receives. If nobody at your organisation opened another desk, call the operator of your gateway at once.`
  return [{ code: 'mailbox-lost', severity: 'critical', message }]
}
