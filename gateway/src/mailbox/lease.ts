// Grants the mailbox lease, with a fencing token, to one desk store at a time. docs/spec/mailbox.md, "Lease"
import { Notice } from '@rex/proto/mailbox/v1/mailbox'
import { encode, equal, RexError } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { Damage } from '../store/damage.ts'
import type { LeaseState, TakeOver } from '../store/lease.ts'
import { type NewItem, REPORTS } from '../store/mailbox.ts'
import type { Store, Writes } from '../store/store.ts'
import { damageNotice } from './damage.ts'

/** How long a lease lasts without renewal. */
export const LEASE_MS = 60_000
/** Number of fingerprint digits that desks show to people. */
const SHORT = 16
const NOBODY = { chain: new Uint8Array(), credential: '' }

/** A lease as its holder sees it. */
interface Lease {
  readonly fence: number
  /** Milliseconds until renewal is due. */
  readonly ttlMs: number
  /** Time of the gateway's clock. Unix milliseconds. */
  readonly timeMs: number
  /** Incarnation of this store (REX-MBX-014). */
  readonly incarnation: Uint8Array
  /** The gateway's trusted time (REX-DLV-140). Unix milliseconds; 0 if there is none. */
  readonly trustedMs: number
  /** The gateway's agreed time. Unix milliseconds; 0 if there is none. */
  readonly agreedMs: number
  /** The median of how far other gateways' clocks are ahead of this gateway's, milliseconds. Absent if none has greeted. */
  readonly peersAheadMs: number | undefined
  /** The greatest submission number received from the chain. */
  readonly seen: number
}

/** A desk store's request for the lease. */
export interface Asking {
  /** Chain id of the desk store. */
  readonly chain: Uint8Array
  /** Whether to take the lease from another holder. */
  readonly takeOver: boolean
  /** Fingerprint of the calling desk's credential. */
  readonly credential: string
  /** Highest submission number that a gateway has confirmed to this desk store. Default: 0 (none). */
  readonly confirmed?: number | undefined
  /** Incarnation of the gateway when it confirmed that number. */
  readonly incarnation?: Uint8Array | undefined
}

interface Taken {
  readonly next: LeaseState
  readonly takeOver?: TakeOver
}

/** The mailbox lease. */
export interface Leases {
  /** Takes or renews the lease for a desk store. @throws RexError LEASE_LOST while another desk store has it */
  acquire(asking: Asking): Promise<Lease>
  /** Commits `also`, and ends the lease in the same transaction if the desk with this credential has the lease (REX-MBX-102). */
  release(credential: string, also: (write: Writes) => void): Promise<void>
  /** A signal that is aborted, with the error as its reason, when the fence becomes outdated. @throws RexError LEASE_LOST if the fence already is outdated */
  hold(fence: number): AbortSignal
}

/** Dependencies of the lease. */
export interface LeaseOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'passed' | 'agreed' | 'peersAheadMs'>
  /** Called when a desk store has taken the mailbox over from another. */
  readonly taken?: (takeOver: TakeOver) => void
}

/**
 * Reads the lease from the store. After a restart, the last holder keeps the lease for one lease period, during which the holder can renew the lease.
 */
export function openLeases({ store, clock, time, taken = () => {} }: LeaseOptions): Leases {
  let state = store.read.lease.get()
  let renewedMs = clock.steady()
  let tenure = new AbortController()

  /**
   * Takes the lease. A desk store that was deliberately shut out cannot return just because the desk that replaced it is closed for a
   * minute.
   */
  function take(write: Writes, { chain, takeOver, credential }: Asking): Taken {
    const before = write.lease.get() ?? { ...NOBODY, fence: 0, sinceMs: 0 }
    const same = equal(before.chain, chain)
    if (same && before.credential === credential) return { next: before }
    const other = !same && before.chain.length > 0
    const isTaken = other && clock.steady() - renewedMs < LEASE_MS
    if (!takeOver && (isTaken || write.lease.isShutOut(chain))) throw leaseLost(before)
    if (takeOver && other) write.lease.shutOut(before.chain)
    write.lease.admit(chain)
    const next = { chain, credential, fence: before.fence + 1, sinceMs: clock.now() }
    write.lease.put(next)
    write.desks.hold(credential, chain)
    return other ? { next, takeOver: tell(write, next, before) } : { next }
  }

  function advance(next: LeaseState): void {
    if (next.fence <= (state?.fence ?? 0)) return
    state = next
    tenure.abort(leaseLost(next))
    tenure = new AbortController()
  }

  return {
    async acquire(asking) {
      if (asking.chain.length !== 16)
        throw new RexError('MALFORMED', 'A chain id must have 16 bytes.', { path: 'chain' })
      const { next, takeOver } = await store.commit((write) => {
        if (hasForgotten(write, asking)) beginAnew(write, clock.now())
        return take(write, asking)
      })
      renewedMs = clock.steady()
      advance(next)
      if (takeOver !== undefined) taken(takeOver)
      const incarnation = store.read.incarnations.own()
      const seen = store.read.lease.place(asking.chain)
      const times = {
        timeMs: clock.now(),
        trustedMs: time.passed(),
        agreedMs: time.agreed(),
        peersAheadMs: time.peersAheadMs(),
      }
      return { fence: next.fence, ttlMs: LEASE_MS, incarnation, seen, ...times }
    },
    async release(credential, also) {
      const next = await store.commit((write) => {
        also(write)
        const before = write.lease.get()
        if (before?.credential !== credential) return undefined
        const free = { ...NOBODY, fence: before.fence + 1, sinceMs: clock.now() }
        write.lease.put(free)
        return free
      })
      if (next !== undefined) advance(next)
    },
    hold(fence) {
      checkFence(state, fence)
      return tenure.signal
    },
  }
}

/** Returns the holder of the lease with this fence. @throws RexError LEASE_LOST if the fence is outdated */
export function checkFence(holder: LeaseState | undefined, fence: number): LeaseState {
  if (holder === undefined || fence !== holder.fence) throw leaseLost(holder)
  return holder
}

/** Returns the error that states which desk holds the mailbox (REX-MBX-104). */
function leaseLost(holder: LeaseState | undefined): RexError {
  if (holder === undefined || holder.credential === '')
    return new RexError('LEASE_LOST', 'This desk store does not hold the mailbox.')
  const credential = holder.credential.slice(0, SHORT)
  const since = new Date(holder.sinceMs).toISOString().slice(0, 16).replace('T', ' ')
  return new RexError(
    'LEASE_LOST',
    `The desk with credential ${credential} has held the mailbox since ${since} UTC.`,
    {
      metadata: { credential, since: String(holder.sinceMs) },
    },
  )
}

/** Adds a notice of the take-over to the mailbox. Replaces an earlier notice, so that there is never more than one. */
function tell(write: Writes, holder: LeaseState, before: LeaseState): TakeOver {
  const last = write.lease.lastTakeOver()
  if (last !== undefined) write.mailbox.remove(last.cursor)
  const { credential, sinceMs: takenMs } = holder
  const takeOver = {
    credential: credential.slice(0, SHORT),
    from: before.credential.slice(0, SHORT),
    takenMs,
  }
  const cursor = write.mailbox.add(noticeOf(takeOver))
  write.lease.putTakeOver({ ...takeOver, cursor })
  return { ...takeOver, cursor }
}

function noticeOf(value: Omit<TakeOver, 'cursor'>): NewItem {
  const content = encode(Notice, { organisation: '', subject: { $case: 'leaseTaken', value } })
  return { ...REPORTS, kind: 'notice', content }
}

/** Returns whether this store lacks submissions that it has confirmed to a desk, and is therefore an older copy (REX-MBX-091). */
function hasForgotten(write: Writes, { chain, confirmed = 0, incarnation }: Asking): boolean {
  return (
    incarnation !== undefined &&
    equal(incarnation, write.incarnations.own()) &&
    confirmed > write.lease.place(chain)
  )
}

function beginAnew(write: Writes, nowMs: number): void {
  const damage: Damage = { kind: 'forgot', foundMs: nowMs }
  write.incarnations.renew()
  write.lease.forget()
  write.damage.add(damage)
  write.mailbox.add(damageNotice(damage))
}
