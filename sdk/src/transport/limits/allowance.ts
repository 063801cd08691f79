// Limits the spending of each key with a token bucket, and the overhead of each owner of connections, in bytes and TLS records.
// docs/spec/delivery.md, "Connections"
import type { ListenerLimits } from './limits.ts'

const MOST_KEYS = 4096

/** A separate spending limit for each key, which refills over time. */
export interface Allowance {
  /** Whether the key is within its limit. */
  admits(key: string): boolean
  /** Returns how long until the key is within its limit again. Milliseconds; 0: it is within its limit now. */
  waitMs(key: string): number
  /** Returns the amount that the key has spent, less what has been refilled since. */
  spent(key: string): number
  /** Spends an amount of the key's limit. A negative amount refunds. */
  spend(key: string, amount: number): void
}

/**
 * Creates an allowance of `burst`, refilled by `perSecond`. Beyond 4096 keys, the keys that spent longest ago are forgotten. `now` is monotonic,
 * milliseconds.
 */
export function createAllowance(
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
  now: () => number = () => performance.now(),
): Allowance {
  const spent = new Map<string, { readonly amount: number; readonly atMs: number }>()
  const level = (key: string): number => {
    const { amount, atMs } = spent.get(key) ?? { amount: 0, atMs: 0 }
    return Math.max(0, amount - ((now() - atMs) / 1000) * perSecond)
  }
  return {
    admits: (key) => level(key) < burst,
    spent: level,
    waitMs: (key) => Math.max(0, ((level(key) - burst) / perSecond) * 1000),
    spend(key, amount) {
      const left = Math.max(0, level(key) + amount)
      spent.delete(key)
      if (left > 0) spent.set(key, { amount: left, atMs: now() })
      const [oldest] = spent.keys()
      if (oldest !== undefined && spent.size > MOST_KEYS) spent.delete(oldest)
    },
  }
}

/** Bytes and records that arrived on a connection. */
export interface Traffic {
  readonly bytes: number
  /** TLS records, not counting those that answer what this side wrote. */
  readonly records: number
}

/** The limits on the overhead of one owner of connections. */
export type OverheadLimits = Pick<ListenerLimits, 'overheadPerSecond' | 'overheadBurst' | 'records'>

/** Counts the overhead of each owner of connections. A reconnect does not reset the count. */
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

  /** Charges the owner for traffic that arrived. Negative traffic refunds, for example the bytes of messages that were read. */
  spend(owner: string, { bytes, records }: Traffic): void {
    this.#bytes.spend(owner, bytes)
    this.#records.spend(owner, records)
  }
}

/** Returns the traffic between two measurements. */
export function difference(after: Traffic, before: Traffic): Traffic {
  return { bytes: after.bytes - before.bytes, records: after.records - before.records }
}

/** No traffic. */
export const NONE: Traffic = { bytes: 0, records: 0 }
