// Order of senders: start-time fair queueing by bytes. docs/spec/mailbox.md, "Feed"

/** Minimum cost of an item in bytes: small items take work, too. */
export const LEAST_COST = 8192

/** Gives each sender its share of service while several have items waiting (REX-MBX-063). */
interface FairOrder {
  /** The next of these senders: the one served least for its share. Undefined if none is waiting. Takes one step for each sender. */
  next(waiting: Iterable<string>): string | undefined
  /** Charges a sender for served bytes. `share` is its fraction of a full share, more than 0 and at most 1. */
  charge(sender: string, bytes: number, share: number): void
}

/**
 * Starts with no sender served. Each item has a start and an end in a virtual time that advances with the bytes served. An item starts
 * where its sender's previous item ended, but not before the item being served. The earliest start is next. A sender that was idle is
 * therefore next at once, but has accumulated no credit. (Goyal, Vin, Cheng: Start-time Fair Queuing, SIGCOMM 1996.)
 */
export function createFairOrder(): FairOrder {
  /** End of each sender's last item; a missing sender's ended long ago. */
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

  /** Among senders that could start now, the one whose last item ended earlier goes first. */
  function isBefore(one: string, other: string): boolean {
    const ahead = startOf(one) - startOf(other)
    return ahead < 0 || (ahead === 0 && (ends.get(one) ?? 0) < (ends.get(other) ?? 0))
  }
}
