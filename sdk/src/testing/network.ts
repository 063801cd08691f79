// Organisations in one process: real desks, real sealing and signing, gateways in memory, and time that the test advances.
// docs/guide/testing.md
import type { Desk, DeskLogEntry } from '../client/api/desk.ts'
import { openDesk } from '../client/desk.ts'
import { openSqliteDeskStore } from '../client/store/sqlite.ts'
import type { Needs } from '../core/referral/index.ts'
import { type Faults, planFaults } from './gateway/faults.ts'
import { openGateway } from './gateway/gateway.ts'
import { openWire } from './gateway/wire.ts'
import { testKeys } from './parties/keys.ts'
import { type ScriptedPeer, scriptPeer } from './peer.ts'
import { createActivity } from './time/activity.ts'
import { type VirtualClock, virtualClock } from './time/clock.ts'
import { watchItems, watchStore } from './watch.ts'

/** The day of the example referrals. */
const START = Date.UTC(2026, 10, 23, 12)

/** Settings of a test network. */
export interface TestNetworkOptions<Name extends string> {
  /** Start time. Unix milliseconds. Default: 2026-11-23T12:00Z, the day of the example referrals. */
  readonly now?: number
  /** Requirements that organisations publish for referrals sent to them. Default: none. */
  readonly needs?: { readonly [N in Name]?: Needs }
  /** Receives the log entries of the desks. Default: entries are discarded. */
  readonly log?: (name: Name, entry: DeskLogEntry) => void
}

/** Organisations in one process, all paired with each other. Disposing of the network closes their desks. */
export interface TestNetwork<Name extends string = string> extends AsyncDisposable {
  /** Open desks by name. The name `hotline` stands for the organisation `https://hotline.example`. */
  readonly desks: Readonly<Record<Name, Desk>>
  readonly clock: VirtualClock
  readonly faults: Faults<Name>
  /** Makes an organisation answer by script. From then on, nothing else may read its desk. */
  peer(name: Name): ScriptedPeer
  /**
   * Waits until the network is idle: nothing more can happen until the clock advances, and every reader of a desk has settled
   * its items. Do not call it while holding an item. @throws the error of a scripted peer's answer
   */
  settle(): Promise<void>
}

/**
 * Creates a test network. It does not listen on a port, write to disk or wait for real time. Keys are derived from the names, so never use them for
 * real. @throws RexError MALFORMED for a name that cannot be part of a host name
 */
export async function testNetwork<const Name extends string>(
  names: readonly Name[],
  { now = START, needs, log = () => {} }: TestNetworkOptions<Name> = {},
): Promise<TestNetwork<Name>> {
  const activity = createActivity()
  const open = new Set<Desk>()
  const failures: unknown[] = []
  const clock = virtualClock(now, settle)
  const { faults, nextFault } = planFaults<Name>()
  const wire = openWire({ clock, activity, nextFault })

  async function settle(): Promise<void> {
    let begun: number
    do {
      begun = activity.begun()
      await Promise.all([...open].map((desk) => desk.drain()))
      await activity.idle()
      await new Promise(setImmediate)
    } while (activity.begun() !== begun)
    if (failures.length > 0) throw failures.shift()
  }

  async function openDeskOf(name: Name): Promise<Desk> {
    const desk = await openDesk({
      keys: testKeys(name, now),
      store: watchStore(openSqliteDeskStore(':memory:', { durable: false }), activity),
      link: openGateway({ name, clock, activity, wire }),
      needs: needs?.[name],
      clock,
      gatherMs: 0,
      log: (entry) => log(name, entry),
    })
    open.add(desk)
    return {
      ...desk,
      receive: (options) => watchItems(desk.receive(options), activity),
      async [Symbol.asyncDispose]() {
        open.delete(desk)
        await desk[Symbol.asyncDispose]()
      },
    }
  }

  const opened = await Promise.all(names.map(async (name) => [name, await openDeskOf(name)] as const))
  const desks = Object.fromEntries(opened) as Record<Name, Desk>
  await pairAll([...open])
  await settle()
  const failed = (error: unknown) => void failures.push(error)
  const scripts = new Map(opened.map(([name, desk]) => [name, scriptPeer(desk, failed)]))

  return {
    desks,
    clock: { now: clock.now, advance: clock.advance },
    faults,
    peer: (name) => scripts.get(name) as ScriptedPeer,
    settle,
    async [Symbol.asyncDispose]() {
      await Promise.all([...open].map((desk) => desk[Symbol.asyncDispose]()))
    },
  }
}

async function pairAll(desks: readonly Desk[]): Promise<void> {
  await Promise.all(desks.map((desk) => desk.caughtUp()))
  for (const inviting of desks) {
    const { invite } = await inviting.invite()
    for (const desk of desks) if (desk !== inviting) await desk.pair(invite)
  }
}
