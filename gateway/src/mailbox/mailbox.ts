// The mailbox, the gateway's interface to its desk. It has one feed at a time, which is opened under the lease. docs/spec/mailbox.md
import { createStanding, RexError, type Standing } from '@rex/sdk/core'
import { Feed } from './feed.ts'
import { type LeaseOptions, type Leases, openLeases } from './lease.ts'
import { createNotifier } from './notifier.ts'

/** Largest window that a desk may request. */
const MAX_WINDOW = 1024

/** The mailbox of the organisation served. */
export interface Mailbox {
  readonly leases: Leases
  /** How much each sender has used of its fair share, across feeds. */
  readonly standing: Standing
  /** Notifies the feed that an item was added. */
  wake(): void
  /** Records a call by the desk. */
  sawDesk(): void
  /** Returns when the desk last called. Unix milliseconds; 0 if not since this gateway started. */
  seenMs(): number
  /**
   * Opens the feed. The feed ends when `signal` aborts, when the fence becomes outdated (LEASE_LOST), and when a newer feed replaces this one
   * (CANCELLED).
   * @throws RexError LEASE_LOST, MALFORMED
   */
  open(options: {
    readonly fence: number
    readonly window: number
    readonly signal: AbortSignal
  }): Promise<Feed>
}

export function openMailbox(options: LeaseOptions): Mailbox {
  const { store, clock } = options
  const notifier = createNotifier(clock)
  const leases = openLeases(options)
  const standing = createStanding()
  let seenMs = 0
  let replaceCurrent = async () => {}

  return {
    leases,
    standing,
    wake: notifier.notify,
    sawDesk() {
      seenMs = clock.now()
    },
    seenMs: () => seenMs,
    async open({ fence, window, signal }) {
      if (!(window >= 1 && window <= MAX_WINDOW)) {
        throw new RexError('MALFORMED', `The window must be 1 to ${MAX_WINDOW}.`, { path: 'open.window' })
      }
      const lease = leases.hold(fence)
      const replaced = new AbortController()
      const all = AbortSignal.any([lease, replaced.signal, signal])
      const feed = new Feed({ store, clock, notifier, standing, window, signal: all })
      const ready = replaceCurrent()
      // Return the items of the previous feed now. The call of that feed may still be open although its desk
      // has disconnected (T-090).
      replaceCurrent = async () => {
        replaced.abort(new RexError('CANCELLED', 'A newer receiving stream has replaced this one.'))
        await ready
        await feed.giveBack().catch(() => {})
      }
      await ready
      return feed
    },
  }
}
