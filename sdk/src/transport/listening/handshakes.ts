// Decides which connections may begin a handshake, which costs the server more than the client. docs/spec/delivery.md, "Connections"

import { createAllowance } from '../limits/allowance.ts'
import type { ListenerLimits, Pace } from '../limits/limits.ts'
import { networkOf } from '../network/network.ts'

const BURST_SECONDS = 5
/** A network counts as new if none of its clients has begun a handshake within this time. */
const LATELY_SECONDS = 60
const MOST_KNOWN = 4096
const ALL = ''

/**
 * Networks from which peers have connected. Clients from all other networks count as strangers, who cannot use up the places of
 * the known networks.
 */
export interface KnownNetworks {
  has(network: string): boolean
  /** Records that a client from the network has proved to be this organisation. */
  prove(network: string, organisation: string): void
}

/** A connection with an unfinished handshake. */
export interface Guest {
  readonly address: string
  /** Whether no byte has arrived yet. */
  readonly isSilent: () => boolean
  /** Closes the connection to free its place. */
  readonly leave: () => void
}

/** Admits connections to the handshake. */
export interface Handshakes {
  /**
   * Begins a handshake. Returns a function that ends the handshake and may be called more than once, or `undefined` if there
   * are too many handshakes.
   */
  begin(guest: Guest): (() => void) | undefined
}

type HandshakeLimits = Pick<ListenerLimits, 'handshakes' | 'handshakesPerNetwork' | 'handshakeLeastMs'>

/** Creates a record of networks that lasts as long as the process. */
export function createKnownNetworks(): KnownNetworks {
  const known = new Set<string>()
  return {
    has: (network) => known.has(network),
    prove(network) {
      if (known.size >= MOST_KNOWN) known.clear()
      known.add(network)
    },
  }
}

/**
 * Limits concurrent handshakes and handshakes per second, for each network and for all strangers together. So neither one attacker nor many can use
 * up the processor or the places of peers (T-065, T-070). When places run out, closes the oldest silent connection (T-132), otherwise the oldest
 * connection whose handshake is overdue (T-065). When the rate is used up, networks that were not seen lately share a second allowance of the same
 * rate (T-133). `now` is monotonic, milliseconds.
 */
export function createHandshakes(
  limits: HandshakeLimits,
  known: KnownNetworks,
  now: () => number = () => performance.now(),
): Handshakes {
  const { handshakeLeastMs: leastMs } = limits
  const networks = createGate({ ...limits.handshakesPerNetwork, leastMs, now })
  const strangers = createGate({ ...limits.handshakes, leastMs, now })
  const newcomers = createGate({ ...limits.handshakes, leastMs, now })
  const lately = createAllowance({ perSecond: 1 / LATELY_SECONDS, burst: 1 }, now)
  return {
    begin(guest) {
      const network = networkOf(guest.address)
      const gates = [{ gate: networks, key: network }]
      if (!known.has(network)) gates.push({ gate: strangers, key: ALL })
      const paced = gates.every(({ gate, key }) => gate.isPaced(key))
      if (!paced && !(lately.spent(network) === 0 && newcomers.isPaced(ALL))) return undefined
      if (!gates.every(({ gate, key }) => gate.makeRoom(key))) return undefined
      const ends = gates.map(({ gate, key }) => gate.begin(key, guest))
      lately.spend(network, 1 - lately.spent(network))
      if (!paced) newcomers.begin(ALL, guest)()
      return () => {
        for (const end of ends.splice(0)) end()
      }
    },
  }
}

interface Gate {
  /** Whether the handshakes of a key (one network, or all networks together) are within their rate. */
  isPaced(key: string): boolean
  /** Whether the key may begin another handshake. If necessary, closes the oldest connection that is silent or slow. */
  makeRoom(key: string): boolean
  begin(key: string, guest: Guest): () => void
}

interface GateOptions extends Pace {
  readonly leastMs: number
  readonly now: () => number
}

function createGate({ atOnce, perSecond, leastMs, now }: GateOptions): Gate {
  const rate = createAllowance({ perSecond, burst: perSecond * BURST_SECONDS }, now)
  /** Start times of the handshakes of each key, oldest first. */
  const guests = new Map<string, Map<Guest, number>>()
  return {
    isPaced: rate.admits,
    makeRoom(key) {
      const present = guests.get(key) ?? new Map<Guest, number>()
      if (present.size < atOnce) return true
      const [oldest] = [...present].filter(([, beganMs]) => now() - beganMs >= leastMs)
      const leaving = [...present.keys()].find((guest) => guest.isSilent()) ?? oldest?.[0]
      leaving?.leave()
      return present.size < atOnce
    },
    begin(key, guest) {
      rate.spend(key, 1)
      const present = guests.get(key) ?? new Map<Guest, number>()
      guests.set(key, present.set(guest, now()))
      return () => {
        present.delete(guest)
        if (present.size === 0 && guests.get(key) === present) guests.delete(key)
      }
    },
  }
}
