// Which connections may begin a handshake, which costs the server more than the client. docs/spec/delivery.md, "Connections"
import { networkOf } from './address.ts'
import { createAllowance } from './allowance.ts'
import type { ListenerLimits, Pace } from './limits.ts'

const BURST_SECONDS = 5
/** For so long a network is not new. */
const LATELY_SECONDS = 60
const MOST_KNOWN = 4096
const ALL = ''

/** Networks from which peers have come: strangers take no places there. */
export interface KnownNetworks {
  has(network: string): boolean
  /** Whoever connected from the network is this organisation. */
  prove(network: string, organisation: string): void
}

/** A connection whose handshake is not done. */
export interface Guest {
  readonly address: string
  /** Whether it has said nothing yet. */
  readonly isSilent: () => boolean
  /** Closes it, to make room. */
  readonly leave: () => void
}

/** Admits connections to the handshake. */
export interface Handshakes {
  /** Begins a handshake: the function that ends it, to be called once or more; `undefined` if there are too many. */
  begin(guest: Guest): (() => void) | undefined
}

/** Remembers networks as long as the process runs. */
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
 * Bounds handshakes at a time and in a second, from each network and from all strangers together, so that neither one
 * attacker nor many use up the processor or the places of peers (T-065, T-070). Where places run out, the oldest that has said
 * nothing goes (T-132); where those of a second run out, networks that have not come lately have as many again (T-133).
 * `now` is monotonic, milliseconds.
 */
export function createHandshakes(
  limits: Pick<ListenerLimits, 'handshakes' | 'handshakesPerNetwork'>,
  known: KnownNetworks,
  now?: () => number,
): Handshakes {
  const networks = createGate(limits.handshakesPerNetwork, now)
  const strangers = createGate(limits.handshakes, now)
  const newcomers = createGate(limits.handshakes, now)
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
  /** Whether the key keeps its pace. */
  isPaced(key: string): boolean
  /** Whether there is a place for the key, if need be that of the oldest guest that is silent. */
  makeRoom(key: string): boolean
  begin(key: string, guest: Guest): () => void
}

function createGate({ atOnce, perSecond }: Pace, now?: () => number): Gate {
  const rate = createAllowance({ perSecond, burst: perSecond * BURST_SECONDS }, now)
  const guests = new Map<string, Set<Guest>>()
  return {
    isPaced: rate.admits,
    makeRoom(key) {
      const present = guests.get(key) ?? new Set()
      if (present.size < atOnce) return true
      const silent = [...present].find((guest) => guest.isSilent())
      silent?.leave()
      return present.size < atOnce
    },
    begin(key, guest) {
      rate.spend(key, 1)
      const present = guests.get(key) ?? new Set()
      guests.set(key, present.add(guest))
      return () => {
        present.delete(guest)
        if (present.size === 0 && guests.get(key) === present) guests.delete(key)
      }
    },
  }
}
