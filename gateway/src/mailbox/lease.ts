// The lease: one desk store holds the mailbox at a time, with a fencing token. docs/spec/mailbox.md, "Lease"
import { equal, RexError } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { LeaseState, Store, Writes } from '../store/store.ts'

/** How long a lease holds without being renewed. */
export const LEASE_MS = 60_000

/** A lease as its holder sees it. */
export interface Held {
  readonly fence: number
  /** Milliseconds until it must be renewed. */
  readonly ttlMs: number
  /** The gateway's clock. Unix milliseconds. */
  readonly timeMs: number
  /** Which memory this is (REX-MBX-014). */
  readonly incarnation: Uint8Array
  /** The gateway's trusted time (REX-DLV-140). Unix milliseconds; 0: none. */
  readonly trustedMs: number
  /** Clocks of other gateways minus this one's, the median, milliseconds. Absent: none has greeted. */
  readonly peersAheadMs: number | undefined
}

/** The mailbox lease. */
export interface Leases {
  /** Takes or renews the lease for a desk store. @throws RexError LEASE_LOST while another holds it */
  acquire(chain: Uint8Array, takeOver: boolean): Promise<Held>
  /** A signal that is aborted, with the error as its reason, when the fence is outdated. @throws RexError LEASE_LOST if it is */
  hold(fence: number): AbortSignal
}

/** Dependencies of the lease. */
export interface LeaseOptions {
  readonly store: Pick<Store, 'read' | 'commit' | 'incarnation'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'now' | 'peersAheadMs'>
}

/** Reads the lease from the store. A holder from before a restart has one lease time to come back. */
export function openLeases({ store, clock, time }: LeaseOptions): Leases {
  let state = store.read.lease.get()
  let renewedMs = clock.steady()
  let held = new AbortController()

  /** A desk store that was shut out on purpose does not slip back in when its successor is closed for a minute. */
  function take(write: Pick<Writes, 'lease'>, chain: Uint8Array, takeOver: boolean): LeaseState {
    const before = write.lease.get()
    if (before !== undefined && equal(before.chain, chain)) return before
    const taken = before !== undefined && clock.steady() - renewedMs < LEASE_MS
    if (!takeOver && (taken || write.lease.isShutOut(chain))) throw leaseLost()
    if (takeOver && before !== undefined) write.lease.shutOut(before.chain)
    write.lease.admit(chain)
    const next = { chain, fence: (before?.fence ?? 0) + 1 }
    write.lease.put(next)
    return next
  }

  return {
    async acquire(chain, takeOver) {
      if (chain.length !== 16) throw new RexError('MALFORMED', 'A chain id has 16 bytes.', { path: 'chain' })
      const next = await store.commit((write) => take(write, chain, takeOver))
      renewedMs = clock.steady()
      if (next.fence > (state?.fence ?? 0)) {
        state = next
        held.abort(leaseLost())
        held = new AbortController()
      }
      const { incarnation } = store
      const confirmed = { trustedMs: time.now(), peersAheadMs: time.peersAheadMs() }
      return { fence: next.fence, ttlMs: LEASE_MS, timeMs: clock.now(), incarnation, ...confirmed }
    },
    hold(fence) {
      if (fence !== state?.fence) throw leaseLost()
      return held.signal
    },
  }
}

/** The refusal of an outdated fence. */
export function leaseLost(): RexError {
  return new RexError('LEASE_LOST', 'Another desk store holds the mailbox.')
}
