// Measures the space in the store: how much each organisation may use, and how much is used. docs/spec/delivery.md, "Shares of the store"
import { statfsSync } from 'node:fs'
import type { Clock } from '../clock/clock.ts'
import type { Config } from '../config/config.ts'
import type { Space } from '../store/space.ts'
import type { Store } from '../store/store.ts'
import type { Directory } from '../trust/directory.ts'
import { createShares, type Shares } from './share.ts'

/** How long a measurement of the disk is reused. Milliseconds. */
const KNOWN_MS = 1000

/** Dependencies of `openRoom`. */
interface RoomOptions {
  readonly config: Pick<Config, 'dataDir' | 'limits'>
  readonly store: Pick<Store, 'read'>
  readonly clock: Clock
  readonly directory: Pick<Directory, 'peers'>
}

/** The space in a store: the shares of organisations, and the usage. */
export interface Room {
  readonly shares: Shares
  /** Store usage now. Sizes in bytes. */
  filling(): {
    readonly capacity: number
    readonly used: number
    readonly holdings: readonly { readonly organisation: string; readonly bytes: number }[]
    readonly refused: readonly string[]
  }
}

/** Creates the shares and the measurement for the store of a configured gateway. */
export function openRoom({ config, store, clock, directory }: RoomOptions): Room {
  const { space } = store.read
  const { storeBytes } = config.limits
  const capacity = createCapacity({ directory: config.dataDir, storeBytes, space, clock })
  const peers = () => directory.peers().map(({ organisation }) => organisation)
  const shares = createShares({ space, clock, capacity, peers })
  return {
    shares,
    filling: () => ({
      capacity: capacity(),
      used: space.used(),
      holdings: space.holdings(),
      refused: shares.refused(),
    }),
  }
}

/** Dependencies of a capacity. */
interface CapacityOptions {
  /** Directory of the store. */
  readonly directory: string
  /** Maximum size of the store. If absent, only the disk limits it. */
  readonly storeBytes?: number | undefined
  readonly space: Pick<Space, 'used'>
  readonly clock: Clock
}

/** Returns a function that measures the bytes available to the store: its size plus the free disk space, at most `storeBytes`. */
export function createCapacity({ directory, storeBytes, space, clock }: CapacityOptions): () => number {
  const most = storeBytes ?? Number.POSITIVE_INFINITY
  let known = { bytes: 0, untilMs: Number.NEGATIVE_INFINITY }
  return () => {
    if (clock.steady() < known.untilMs) return known.bytes
    const { bavail, bsize } = statfsSync(directory)
    known = { bytes: Math.min(most, space.used() + bavail * bsize), untilMs: clock.steady() + KNOWN_MS }
    return known.bytes
  }
}
