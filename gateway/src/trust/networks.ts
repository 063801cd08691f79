// Stores from which networks peers have connected. The gateway reserves connection slots for these networks,
// also after a restart. docs/spec/delivery.md, "Connections"
import type { KnownNetworks } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import type { Store } from '../store/store.ts'

/** Maximum number of networks kept per organisation. */
const MOST = 8
const DAY = 86_400_000
/** How long a network is kept. */
const KEPT_MS = 30 * DAY

/** The networks from which paired organisations have connected. */
interface PeerNetworks extends KnownNetworks {
  /** Rereads the stored networks. Call it after a change of pairings, which deletes the networks of unpaired organisations. */
  reread(): void
}

/** Reads the networks from the store. Writes them at most once a day, so that connecting costs no transaction. */
export function openNetworks({
  store,
  clock,
}: {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
}): PeerNetworks {
  let known = read()

  /** Reads when each organisation was last seen in each network. */
  function read(): Map<string, Map<string, number>> {
    const list = store.read.networks.list()
    const byNetwork = Map.groupBy(list, ({ network }) => network)
    return new Map(
      [...byNetwork].map(([network, of]) => [
        network,
        new Map(of.map(({ organisation, seenMs }) => [organisation, seenMs])),
      ]),
    )
  }

  return {
    has(network) {
      const seen = known.get(network)
      return seen !== undefined && [...seen.values()].some((seenMs) => clock.now() - seenMs < KEPT_MS + DAY)
    },
    prove(network, organisation) {
      const seenMs = clock.now()
      if (Math.abs(seenMs - (known.get(network)?.get(organisation) ?? 0)) < DAY) return
      known.set(network, (known.get(network) ?? new Map()).set(organisation, seenMs))
      const write = store.commit(({ networks }) => {
        networks.put({ organisation, network, seenMs }, MOST)
        networks.forget(seenMs - KEPT_MS)
      })
      write.then(() => (known = read())).catch(() => {})
    },
    reread() {
      known = read()
    },
  }
}
