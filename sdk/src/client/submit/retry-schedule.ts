// Schedules submissions that the gateway does not accept yet. Each waits separately and does not hold up the rest. docs/spec/mailbox.md, "Submission"
import type { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Cancel, Clock } from '../clock/clock.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const BACKOFF = { firstMs: 1_000, mostMs: MINUTE }

/** Waiting submissions, by their id in the store. The schedule is only in memory, so after a restart the desk tries all submissions immediately. */
export interface RetrySchedule {
  /** Postpones a submission by 1 s, then twice as long each time, up to a minute. If the gateway asks for a longer delay, waits up to an hour. */
  add(id: number, error: RexError): void
  /** Returns whether the submission has to wait. */
  waits(id: number): boolean
  /** Returns the submissions that have fallen due since the last call. */
  due(): number[]
  /** Removes a submission that has ended. */
  forget(id: number): void
  /** Returns the error with which the gateway answered one of the waiting submissions, or undefined if none is waiting. */
  reason(): RexError | undefined
  /** Returns problems of waiting submissions that need a person. */
  problems(): DeskProblem[]
  close(): void
}

interface Entry {
  readonly error: RexError
  readonly tries: number
  /** How far this computer's clock was ahead of the gateway's, in milliseconds. */
  readonly aheadMs: number
  readonly cancel: Cancel
  waits: boolean
}

/** Creates an empty schedule, which calls `wake` when a submission falls due. */
export function createRetrySchedule(clock: Clock, wake: () => void): RetrySchedule {
  const entries = new Map<number, Entry>()
  const again = new Set<number>()

  return {
    add(id, error) {
      const tries = entries.get(id)?.tries ?? 0
      const cancel = clock.after(delayOf(tries, error), () => {
        entry.waits = false
        again.add(id)
        wake()
      })
      const aheadMs = clock.now() - Number(error.metadata.time ?? clock.now())
      const entry: Entry = { error, tries: tries + 1, aheadMs, cancel, waits: true }
      entries.set(id, entry)
    },
    waits: (id) => entries.get(id)?.waits === true,
    due() {
      const ids = [...again]
      again.clear()
      return ids
    },
    forget: (id) => void entries.delete(id),
    reason: () => entries.values().next().value?.error,
    problems() {
      const skewed = [...entries.values()].findLast(({ error }) => error.reason === 'CLOCK_SKEW')
      if (skewed === undefined) return []
      return [{ code: 'clock', severity: 'warning', message: clockMessage(skewed.aheadMs) }]
    },
    close() {
      for (const { cancel } of entries.values()) cancel()
    },
  }
}

function delayOf(tries: number, { metadata }: RexError): number {
  const backoff = Math.min(BACKOFF.firstMs * 2 ** tries, BACKOFF.mostMs)
  return Math.min(Math.max(backoff, Number(metadata.retry_after_ms ?? 0) || 0), HOUR)
}

function clockMessage(aheadMs: number): string {
  if (aheadMs <= LIMITS.skew)
    return 'A message was written while the clock of this computer was ahead. The desk sends it automatically when the time in the message has come.'
  const ahead =
    aheadMs < 2 * HOUR ? `${Math.round(aheadMs / MINUTE)} minutes` : `${Math.round(aheadMs / HOUR)} hours`
  return `The clock of this computer is ${ahead} ahead of the clock of your gateway, so your messages wait. Correct the clock that is wrong.`
}
