// Erases threads when their retention period is over in trusted time. docs/guide/desk.md, "Retention"
import { setImmediate as otherWork } from 'node:timers/promises'
import { RexError } from '../../core/error.ts'
import { STATES } from '../../core/thread/transitions.ts'
import type { ConnectOptions } from '../api/desk.ts'
import type { RetainedThread } from '../api/erasure.ts'
import type { DeskContext } from '../context.ts'
import { keepMsOf, type RetentionRules, shortestMsOf } from '../retention-rules.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'
import { readable } from '../thread/repository/repository.ts'
import type { Eraser } from './erase.ts'
import { owedIn } from './owed.ts'

const DAY = 24 * 60 * 60_000
/**
 * Pause between recording that a retention period is over and erasing the thread. During it, people can object; after it,
 * the clock is read again.
 */
const AGAIN_MS = 7 * DAY
const PAGE = 64
/** How far into the future the preview looks. */
const AHEAD_MS = 30 * DAY

/** Dependencies of `Retention`. */
export interface RetentionOptions {
  readonly eraser: Eraser
  /** The retention rules. Default: none, so everything is kept. */
  readonly rules?: RetentionRules | undefined
  readonly log: NonNullable<ConnectOptions['log']>
  /** Aborted when the desk closes. */
  readonly signal: AbortSignal
}

/** Applies the retention rules of a desk. */
export class Retention {
  readonly #desk: DeskContext
  readonly #options: RetentionOptions
  #lastMs: number | undefined

  constructor(desk: DeskContext, options: RetentionOptions) {
    this.#desk = desk
    this.#options = options
  }

  /** Returns the threads that will be erased within 30 days, longest unchanged first, at most `limit`. */
  async preview(limit: number): Promise<RetainedThread[]> {
    const found: RetainedThread[] = []
    for await (const { thread, overMs, endedMs, keepMs } of this.#quiet(AHEAD_MS)) {
      const [state = ''] = statesOf(thread)
      const keptBy = owedIn(this.#desk, thread)
      const keepUntilMs = endedMs + keepMs
      found.push({
        id: thread.id,
        ...(thread.summary.ref !== undefined && { ref: thread.summary.ref }),
        ...{ kind: thread.summary.kind, state, endedMs, keepUntilMs },
        eraseMs: Math.max(keepUntilMs, (overMs ?? Math.max(keepUntilMs, this.#desk.time.now())) + AGAIN_MS),
        ...(keptBy !== undefined && { keptBy }),
      })
      if (found.length >= limit) break
    }
    return found
  }

  /** Runs once a day. Records the threads whose period is over, and erases those whose period was already over seven days earlier. */
  async run(): Promise<void> {
    const { clock, store, time } = this.#desk
    if (this.#lastMs !== undefined && clock.steady() < this.#lastMs + DAY) return
    this.#lastMs = clock.steady()
    const nowMs = time.now()
    let due: OpenThread[] = []
    for await (const { thread, overMs, endedMs, keepMs } of this.#quiet(0)) {
      if (this.#options.signal.aborted) return
      if (due.length >= PAGE) {
        await this.#eraseAll(due)
        due = []
      }
      const isOver = endedMs + keepMs <= nowMs && owedIn(this.#desk, thread) === undefined
      if (isOver && overMs !== null && overMs + AGAIN_MS <= nowMs) due.push(thread)
      else if (!isOver && overMs !== null) await store.commit((write) => write.putOver(thread.id, undefined))
      else if (isOver && (overMs === null || overMs > nowMs))
        await store.commit((write) => write.putOver(thread.id, nowMs))
    }
    await this.#eraseAll(due)
  }

  /** Erases the threads together, so that the key database is compacted only once. */
  async #eraseAll(due: readonly OpenThread[]): Promise<void> {
    await Promise.all(due.map((thread) => this.#erase(thread)))
  }

  async #erase(thread: OpenThread): Promise<void> {
    try {
      await this.#options.eraser.erase(thread, { reason: 'retention' })
      const message = 'A referral was erased: its retention period is over.'
      this.#options.log({ level: 'info', message, fields: { thread: thread.id } })
    } catch (error) {
      if (!RexError.is(error, 'INVALID_EVENT')) throw error
    }
  }

  /**
   * Yields the threads whose retention period will be over within `aheadMs` milliseconds or was recorded as over, with
   * their times.
   */
  async *#quiet(aheadMs: number) {
    const { store, threads, time, warn } = this.#desk
    const { rules = new Map() } = this.#options
    const shortestMs = shortestMsOf(rules)
    const nowMs = time.now()
    // Without a confirmed time nothing may be erased.
    if (shortestMs === undefined || nowMs === 0) return
    const untilMs = nowMs + aheadMs
    let page = store.read.quiet(untilMs - shortestMs, PAGE)
    while (page.length > 0) {
      for (const { id, ms, overMs } of page) {
        const thread = readable(threads, id, warn)
        const keepMs = thread && keepOf(thread, rules)
        if (thread === undefined || keepMs === undefined) continue
        const endedMs = Math.max(ms, ...thread.messages.map(({ manifest }) => manifest.createdMs))
        if (endedMs + keepMs <= untilMs || overMs !== null) yield { thread, overMs, endedMs, keepMs }
      }
      page = store.read.quiet(untilMs - shortestMs, PAGE, page.at(-1))
      await otherWork()
    }
  }
}

/** Returns the longest retention time of all tracks, or undefined if a track has not ended or is kept forever. */
function keepOf(thread: OpenThread, rules: RetentionRules): number | undefined {
  const all = [...thread.tracks.values()].map(({ state }) =>
    STATES[state].terminal ? keepMsOf(rules, thread.summary.kind, state) : undefined,
  )
  return all.includes(undefined) || all.length === 0 ? undefined : Math.max(...(all as number[]))
}

function statesOf({ tracks }: OpenThread): string[] {
  return [...new Set([...tracks.values()].map(({ state }) => state))]
}
