// What an owner of connections sends beside its messages: bytes, and TLS records. docs/spec/delivery.md, "Connections"
import { type Allowance, createAllowance } from './allowance.ts'
import type { ListenerLimits } from './limits.ts'

/** What arrived on a connection. */
export interface Traffic {
  readonly bytes: number
  /** TLS records in addition to those that answer what was written. */
  readonly records: number
}

/** Limits of overhead. */
export type OverheadLimits = Pick<ListenerLimits, 'overheadPerSecond' | 'overheadBurst' | 'records'>

/** The overhead of many owners. It outlives their connections. */
export class Overhead {
  readonly #bytes: Allowance
  readonly #records: Allowance

  /** `now` is monotonic, milliseconds. */
  constructor({ overheadPerSecond, overheadBurst, records }: OverheadLimits, now?: () => number) {
    this.#bytes = createAllowance({ perSecond: overheadPerSecond, burst: overheadBurst }, now)
    this.#records = createAllowance(records, now)
  }

  /** Whether the owner is within its limits. */
  admits(owner: string): boolean {
    return this.#bytes.admits(owner) && this.#records.admits(owner)
  }

  /** Charges the owner for what arrived; negative traffic gives back what belongs to messages. */
  spend(owner: string, { bytes, records }: Traffic): void {
    this.#bytes.spend(owner, bytes)
    this.#records.spend(owner, records)
  }
}

/** The traffic between two measurements. */
export function difference(after: Traffic, before: Traffic): Traffic {
  return { bytes: after.bytes - before.bytes, records: after.records - before.records }
}

/** No traffic. */
export const NONE: Traffic = { bytes: 0, records: 0 }
