// How much each of many may spend over time: what was spent is forgiven at a steady rate. docs/spec/delivery.md, "Connections"

const MOST_KEYS = 4096

/** What many may spend, each by its key. */
export interface Allowance {
  /** Whether the key has not spent more than it may. */
  admits(key: string): boolean
  /** How long until the key has not spent more than it may. Milliseconds; 0: it has not. */
  waitMs(key: string): number
  /** What the key has spent and was not forgiven. */
  spent(key: string): number
  /** Spends; less than nothing gives back. */
  spend(key: string, amount: number): void
}

/**
 * Makes an allowance of `burst` at once and `perSecond` over time. Of more than 4096 keys, those that spent longest ago are
 * forgotten. `now` is monotonic, milliseconds.
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
