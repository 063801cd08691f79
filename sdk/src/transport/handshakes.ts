// Which connections may begin a handshake, which costs the server more than the client. docs/spec/delivery.md, "Connections"
import { networkOf } from './address.ts'
import { createAllowance } from './allowance.ts'
import type { ListenerLimits, Pace } from './limits.ts'

const BURST_SECONDS = 5
const MOST_KNOWN = 4096
const ALL = ''

/** Admits connections to the handshake. */
export interface Handshakes {
  /** Begins a handshake from an address: the function that ends it, to be called once or more; `undefined` if there are too many. */
  begin(address: string): (() => void) | undefined
  /** Whoever connected from the address is a peer: its network holds no strangers. */
  prove(address: string): void
}

/**
 * Bounds handshakes at a time and in a second, from each network and from all strangers together, so that neither one
 * attacker nor many use up the processor or the places of peers (T-065, T-070). `now` is monotonic, milliseconds.
 */
export function createHandshakes(
  limits: Pick<ListenerLimits, 'handshakes' | 'handshakesPerNetwork'>,
  now?: () => number,
): Handshakes {
  const networks = createGate(limits.handshakesPerNetwork, now)
  const strangers = createGate(limits.handshakes, now)
  const known = new Set<string>()
  return {
    begin(address) {
      const network = networkOf(address)
      const stranger = !known.has(network)
      if (!networks.admits(network) || (stranger && !strangers.admits(ALL))) return undefined
      const ends = [networks.begin(network), ...(stranger ? [strangers.begin(ALL)] : [])]
      return () => {
        for (const end of ends.splice(0)) end()
      }
    },
    prove(address) {
      if (known.size >= MOST_KNOWN) known.clear()
      known.add(networkOf(address))
    },
  }
}

interface Gate {
  admits(key: string): boolean
  begin(key: string): () => void
}

function createGate({ atOnce, perSecond }: Pace, now?: () => number): Gate {
  const rate = createAllowance({ perSecond, burst: perSecond * BURST_SECONDS }, now)
  const open = new Map<string, number>()
  const count = (key: string, change: number) => {
    const total = (open.get(key) ?? 0) + change
    if (total > 0) open.set(key, total)
    else open.delete(key)
  }
  return {
    admits: (key) => (open.get(key) ?? 0) < atOnce && rate.admits(key),
    begin(key) {
      rate.spend(key, 1)
      count(key, 1)
      return () => count(key, -1)
    },
  }
}
