// How senders stand with a mailbox: their share of it, and their budget of urgent mail. docs/spec/mailbox.md, "Feed"
import { LIMITS } from '../limits.ts'

const LEAST_SHARE = 1 / 4
/** So much of its share a sender loses with each envelope that cannot be opened. */
const LOSS = 1 / 32

/** How senders stand. Times are of a clock that never leaps, in milliseconds. */
export interface Standing {
  /** The part of a full share that a sender has: 1/4 to 1 (REX-MBX-066). */
  share(sender: string, nowMs: number): number
  /** An envelope of the sender could not be opened. */
  unopenable(sender: string, nowMs: number): void
  /** How many urgent items of a sender still come before routine ones (REX-MBX-064). */
  budget(sender: string, nowMs: number): number
  /** One of them has come. */
  spend(sender: string, nowMs: number): void
}

/** All have a full share and a full budget. What is known of senders ends with the process. */
export function createStanding(): Standing {
  const lost = new Map<string, Level>()
  const spent = new Map<string, Level>()
  const loss = (sender: string, nowMs: number) => levelAt(lost.get(sender), RECOVERY, nowMs)
  const expense = (sender: string, nowMs: number) => levelAt(spent.get(sender), REFILL, nowMs)

  return {
    share: (sender, nowMs) => 1 - loss(sender, nowMs),
    unopenable(sender, nowMs) {
      lost.set(sender, { level: Math.min(loss(sender, nowMs) + LOSS, 1 - LEAST_SHARE), atMs: nowMs })
    },
    budget: (sender, nowMs) => LIMITS.urgentBudget - expense(sender, nowMs),
    spend(sender, nowMs) {
      spent.set(sender, { level: Math.min(expense(sender, nowMs) + 1, LIMITS.urgentBudget), atMs: nowMs })
    },
  }
}

/** Something that was raised, and sinks by itself. */
interface Level {
  readonly level: number
  readonly atMs: number
}

/** What sinks in a millisecond. */
const RECOVERY = (1 - LEAST_SHARE) / LIMITS.shareRecovery
const REFILL = 1 / LIMITS.urgentRefill

function levelAt(known: Level | undefined, sinks: number, nowMs: number): number {
  return known === undefined ? 0 : Math.max(0, known.level - (nowMs - known.atMs) * sinks)
}
