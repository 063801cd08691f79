// Orders senders by start-time fair queueing over bytes. docs/spec/mailbox.md, "Feed"

/** Minimum cost of an item in bytes, because even small items cause work. */
export const LEAST_COST = 8192

/** An order that gives each sender its share of service while several senders have items waiting (REX-MBX-063). */
interface FairOrder {
  /**
   * Returns the waiting sender that has been served least in proportion to its share. Undefined if none is waiting. The time is linear in
   * the number of senders.
   */
  next(waiting: Iterable<string>): string | undefined
  /** Charges a sender for served bytes. `share` is its fraction of a full share, more than 0 and at most 1. */
  charge(sender: string, bytes: number, share: number): void
}

/**
 * Creates a fair order in which no sender has been served yet. Each item has a start and an end in a virtual time that advances with the
 * bytes served. An item starts where its sender's previous item ended, but not before the item being served. The item with the earliest
 * start is next. Therefore a sender that was idle is served promptly but has accumulated no credit. (Goyal, Vin, Cheng: Start-time Fair
 * Queuing, SIGCOMM 1996.)
 */
export function createFairOrder(): FairOrder {
  /** Virtual end of each sender's last item. An absent sender counts as one whose last item ended long ago. */
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

  /** Whether `one` goes before `other`. Among senders that could start now, the sender whose last item ended earlier goes first. */
  function isBefore(one: string, other: string): boolean {
    const ahead = startOf(one) - startOf(other)
    return ahead < 0 || (ahead === 0 && (ends.get(one) ?? 0) < (ends.get(other) ?? 0))
  }
}
