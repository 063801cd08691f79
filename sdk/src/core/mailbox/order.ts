// Whose turn it is: start-time fair queueing by bytes. docs/spec/mailbox.md, "Feed"

/** An item costs at least so many bytes: a small one is work, too. */
export const LEAST_COST = 8192

/** Gives each sender its share of what is served while several have something waiting (REX-MBX-063). */
export interface FairOrder {
  /** Who of these is next: who was served least for its share. Undefined: there is nobody. Costs a step for each sender. */
  next(waiting: Iterable<string>): string | undefined
  /** Charges a sender for what it was served; `share` is the part of a full share that it has, more than 0 and at most 1. */
  charge(sender: string, bytes: number, share: number): void
}

/**
 * Starts with nobody served. Each item has a start and an end in a virtual time, which runs by the bytes served: it starts where its
 * sender's item before ended, but not before the item that is being served. The earliest start is next. Who was idle is so next at once,
 * and has saved nothing up. (Goyal, Vin, Cheng: Start-time Fair Queuing, SIGCOMM 1996.)
 */
export function createFairOrder(): FairOrder {
  /** Where the last item of each sender ended; who is not there ended long ago. */
  const ends = new Map<string, number>()
  let now = 0

  const startOf = (sender: string) => Math.max(ends.get(sender) ?? 0, now)

  return {
    next(waiting) {
      let first: string | undefined
      for (const sender of waiting) if (first === undefined || isBefore(sender, first)) first = sender
      return first
    },
    charge(sender, bytes, share) {
      now = startOf(sender)
      ends.set(sender, now + Math.max(bytes, LEAST_COST) / share)
    },
  }

  /** Of two that could start now, who waits longer. */
  function isBefore(one: string, other: string): boolean {
    const ahead = startOf(one) - startOf(other)
    return ahead < 0 || (ahead === 0 && (ends.get(one) ?? 0) < (ends.get(other) ?? 0))
  }
}
