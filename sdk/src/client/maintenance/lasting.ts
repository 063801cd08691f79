// Records as changes when each problem of the desk begins and ends, so that readers of changes learn of it once. docs/guide/desk.md, "Changes"
import { RexError } from '../../core/error.ts'
import type { Severity } from '../../core/problem.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Cancel } from '../clock/clock.ts'
import type { DeskContext } from '../context.ts'
import type { ProblemRecord } from '../store/others.ts'

/**
 * Delay between a call of `changed` and the reading of the problems. A problem that ends within this time, for example during a restart of the
 * gateway, causes no change. Milliseconds.
 */
const DELAY_MS = 90_000

/** The dependencies of `LastingProblems`. */
interface LastingOptions {
  readonly desk: Pick<DeskContext, 'store' | 'clock' | 'warn'>
  /** Returns all problems of the desk. */
  readonly read: () => Promise<readonly DeskProblem[]>
}

/** Keeps the record of lasting problems. */
export class LastingProblems {
  readonly #options: LastingOptions
  #cancel: Cancel | undefined
  #work: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: LastingOptions) {
    this.#options = options
  }

  /** Reads the problems in 90 s. Call this when they may have changed. */
  readonly changed = (): void => {
    if (this.#closed || this.#cancel !== undefined) return
    this.#cancel = this.#options.desk.clock.after(DELAY_MS, () => {
      this.#cancel = undefined
      return this.now()
    })
  }

  /** Reads the problems immediately, because the desk is closing. */
  now(): Promise<void> {
    const { warn } = this.#options.desk
    this.#work = this.#work.then(() =>
      this.#record().catch((error) =>
        warn('Problems could not be recorded as changes.', RexError.from(error)),
      ),
    )
    return this.#work
  }

  /** Stops recording problems. Resolves when nothing is being recorded. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    await this.#work
  }

  async #record(): Promise<void> {
    const { store } = this.#options.desk
    if (!store.isUsable()) return
    const now = gravest(await this.#options.read())
    const before = new Map(store.read.lastingProblems().map((problem) => [keyOf(problem), problem]))
    const others = [...now].filter(([key, { severity }]) => before.get(key)?.severity !== severity)
    const ended = [...before].filter(([key]) => !now.has(key))
    if (others.length === 0 && ended.length === 0) return
    await store.commit((write) => {
      for (const [, problem] of others) write.putProblem(problem)
      for (const [, problem] of ended) write.removeProblem(problem)
    })
  }
}

const keyOf = ({ code, organisation }: ProblemRecord): string => `${code} ${organisation}`

/** Returns one record for each code and organisation, with the highest severity. */
function gravest(problems: readonly DeskProblem[]): Map<string, ProblemRecord> {
  const all = new Map<string, ProblemRecord>()
  for (const { code, organisation = '', severity } of problems) {
    const key = keyOf({ code, organisation, severity })
    const both: Severity = all.get(key)?.severity === 'critical' ? 'critical' : severity
    all.set(key, { code, organisation, severity: both })
  }
  return all
}
