// How large the store may become: as configured, or as the disk allows. docs/spec/delivery.md, "Shares of the store"
import { statfsSync } from 'node:fs'
import type { Clock } from '../clock/clock.ts'
import type { Space } from '../store/store.ts'

/** The disk is asked again after this time. */
const KNOWN_MS = 1000

/** Dependencies of a capacity. */
export interface CapacityOptions {
  /** Directory of the store. */
  readonly directory: string
  /** Largest size of the store. Absent: what the disk allows. */
  readonly storeBytes?: number | undefined
  readonly space: Pick<Space, 'used'>
  readonly clock: Clock
}

/** How many bytes the store may have: what it has, and what is free on the disk, up to its largest size. */
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
