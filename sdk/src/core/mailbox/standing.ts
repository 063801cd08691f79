// Share and urgent budget of each sender in a mailbox. docs/spec/mailbox.md, "Feed"
import { LIMITS } from '../limits.ts'

const LEAST_SHARE = 1 / 4
/** Fraction of a full share that a sender loses with each envelope that cannot be opened. */
const LOSS = 1 / 32

/** The share and budget of each sender. Times are from a monotonic clock, in milliseconds. */
export interface Standing {
  /** Returns a sender's fraction of a full share, from 1/4 to 1 (REX-MBX-066). */
  share(sender: string, nowMs: number): number
  /** Records an envelope of the sender that could not be opened. */
  unopenable(sender: string, nowMs: number): void
  /** Returns how many more urgent items of a sender come before routine items (REX-MBX-064). */
  budget(sender: string, nowMs: number): number
  /** Uses up one urgent item of a sender's budget. */
  spend(sender: string, nowMs: number): void
}

/** Creates the standing of all senders, who start with a full share and a full budget. The state is lost when the process ends. */
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

/** A level that is raised by events and decays over time. */
interface Level {
  readonly level: number
  readonly atMs: number
}

/** Decay of a lost share, per millisecond. */
const RECOVERY = (1 - LEAST_SHARE) / LIMITS.shareRecovery
const REFILL = 1 / LIMITS.urgentRefill

function levelAt(known: Level | undefined, sinks: number, nowMs: number): number {
  return known === undefined ? 0 : Math.max(0, known.level - (nowMs - known.atMs) * sinks)
}
