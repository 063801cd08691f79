// Organisations in one process: real desks, real sealing and signing, gateways in memory, time that the test moves. docs/guide/testing.md
import type { Desk, DeskLogEntry } from '../client/api.ts'
import { openDesk } from '../client/desk.ts'
import type { Keys } from '../client/keystore.ts'
import { openSqliteDeskStore } from '../client/store/sqlite.ts'
import type { DeskStore } from '../client/store/store.ts'
import { RexError } from '../core/error.ts'
import { epochAt } from '../core/identity/epoch.ts'
import { type Activity, createActivity } from './activity.ts'
import { TEST_CERTIFICATE } from './certificate.ts'
import { type VirtualClock, virtualClock } from './clock.ts'
import { type Faults, planFaults } from './faults.ts'
import { openGateway, type TestGateway } from './gateway.ts'
import { organisationOf, testSeed } from './party.ts'
import { type ScriptedPeer, scriptPeer } from './peer.ts'
import { watchReading } from './reading.ts'
import { openWire } from './wire.ts'

/** The day of the example referrals. */
const START = Date.UTC(2026, 10, 23, 12)

/** How to make a test network. */
export interface TestNetworkOptions<Name extends string> {
  /** When it begins. Unix milliseconds. Default: 2026-11-23T12:00Z, the day of the example referrals. */
  readonly now?: number
  /** Gets what the desks log. Default: nothing. */
  readonly log?: (name: Name, entry: DeskLogEntry) => void
}

/** Organisations in one process, all paired with each other. Disposing of it closes their desks. */
export interface TestNetwork<Name extends string = string> extends AsyncDisposable {
  /** Open desks by name. The organisation `hotline` is `https://hotline.example`. */
  readonly desks: Readonly<Record<Name, Desk>>
  readonly clock: VirtualClock
  readonly faults: Faults<Name>
  /** Lets an organisation answer by itself. Nobody else may read its desk then. */
  peer(name: Name): ScriptedPeer
  /**
   * Waits until nothing moves any more: everything sent has come as far as it can without time passing, and every reader of a
   * desk has settled what it got. Do not wait for it with an item in hand. @throws what the answer of a scripted peer threw
   */
  settle(): Promise<void>
}

/**
 * Makes a test network: nothing listens, nothing is written to disk, nothing waits for real time. Keys follow from the names: never for
 * real use. @throws RexError MALFORMED for a name that is no part of a host name
 */
export async function testNetwork<const Name extends string>(
  names: readonly Name[],
  { now = START, log = () => {} }: TestNetworkOptions<Name> = {},
): Promise<TestNetwork<Name>> {
  const activity = createActivity()
  const open = new Map<Name, Desk>()
  const failures: unknown[] = []
  const clock = virtualClock(now, settle)
  const { faults, next: nextFault } = planFaults<Name>()
  const gateways = new Map<string, TestGateway>()
  const carry = openWire({ clock, activity, nextFault, gatewayOf })
  const statements = new Map<string, string>()

  function gatewayOf(organisation: string): TestGateway {
    const gateway = gateways.get(organisation)
    if (gateway === undefined) throw new RexError('UNAVAILABLE', 'The organisation is not in this network.')
    return gateway
  }

  async function settle(): Promise<void> {
    let begun: number
    do {
      begun = activity.begun()
      await Promise.all([...open.values()].map((desk) => desk.drain()))
      await activity.idle()
      await new Promise(setImmediate)
    } while (activity.begun() !== begun)
    if (failures.length > 0) throw failures.shift()
  }

  async function join(name: Name): Promise<Desk> {
    const gateway = openGateway({ name, clock, activity, carry, statements })
    gateways.set(organisationOf(name), gateway)
    const desk = await openDesk({
      keys: keysOf(name, now),
      store: watchCommits(openSqliteDeskStore(':memory:', { durable: false }), activity),
      link: gateway.link,
      clock,
      gatherMs: 0,
      log: (entry) => log(name, entry),
    })
    open.set(name, desk)
    return {
      ...watchReading(desk, activity),
      async [Symbol.asyncDispose]() {
        open.delete(name)
        await desk[Symbol.asyncDispose]()
      },
    }
  }

  const joined = await Promise.all(names.map(async (name) => [name, await join(name)] as const))
  const desks = Object.fromEntries(joined) as Record<Name, Desk>
  await pairAll([...open.values()])
  await settle()
  const peers = new Map<Name, ScriptedPeer>()

  return {
    desks,
    clock: { now: clock.now, advance: clock.advance },
    faults,
    settle,
    peer(name) {
      const peer = peers.get(name) ?? scriptPeer(desks[name], (error) => failures.push(error))
      peers.set(name, peer)
      return peer
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...open.values()].map((desk) => desk[Symbol.asyncDispose]()))
    },
  }
}

function keysOf(name: string, now: number): Keys {
  const seed = (use: string) => testSeed(name, use)
  return {
    organisation: organisationOf(name),
    name: `${name} (test)`,
    entitySeed: seed('entity'),
    messageSeed: seed('message'),
    messageKeyMs: now,
    archiveKey: seed('archive'),
    gateway: `gateway.${name}.example:443`,
    chain: seed('chain').subarray(0, 16),
    epochs: { epoch: epochAt(now), seed: seed('epoch') },
    tls: { certificate: TEST_CERTIFICATE, authority: TEST_CERTIFICATE, privateKey: '' },
  }
}

function watchCommits(store: DeskStore, activity: Activity): DeskStore {
  return {
    read: store.read,
    commit: (work) => activity.track(store.commit(work)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

async function pairAll(desks: readonly Desk[]): Promise<void> {
  await Promise.all(desks.map((desk) => desk.caughtUp()))
  for (const { organisation, ...inviting } of desks) {
    const { invite } = await inviting.invite()
    for (const desk of desks) if (desk.organisation !== organisation) await desk.pair(invite)
  }
}
