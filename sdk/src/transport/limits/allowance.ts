// A spending limit per key: spent amounts are forgiven at a steady rate. docs/spec/delivery.md, "Connections"

const MOST_KEYS = 4096

/** Spending limits of many keys. */
export interface Allowance {
  /** Whether the key is within its limit. */
  admits(key: string): boolean
  /** Time until the key is within its limit again. Milliseconds; 0: it is within it now. */
  waitMs(key: string): number
  /** Amount that the key has spent and that is not yet forgiven. */
  spent(key: string): number
  /** Spends an amount; a negative amount gives it back. */
  spend(key: string, amount: number): void
}

/**
 * Creates an allowance of `burst` at once and `perSecond` over time. Beyond 4096 keys, those that spent longest ago are forgotten. `now` is
 * monotonic, milliseconds.
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
