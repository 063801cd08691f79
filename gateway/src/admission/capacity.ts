// How large the store may grow: the configured size, or as far as the disk allows. docs/spec/delivery.md, "Shares of the store"
import { statfsSync } from 'node:fs'
import type { Clock } from '../clock/clock.ts'
import type { Space } from '../store/space.ts'

/** How long a measurement of the disk is reused. */
const KNOWN_MS = 1000

/** Dependencies of a capacity. */
interface CapacityOptions {
  /** Directory of the store. */
  readonly directory: string
  /** Largest size of the store. Absent: limited only by the disk. */
  readonly storeBytes?: number | undefined
  readonly space: Pick<Space, 'used'>
  readonly clock: Clock
}

/** Bytes available to the store: its present size plus the free disk space, at most `storeBytes`. */
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
