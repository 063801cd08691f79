// Group commit: what waits becomes durable together, with one flush of the disk. docs/spec/delivery.md, "Durability"
import { RexError } from '../core/error.ts'
import type { Database } from './database.ts'
import type { Mark } from './mark.ts'

interface Waiting {
  readonly work: () => unknown
  readonly undone: () => void
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** Runs work in transactions. */
export interface Committer {
  /**
   * Runs `work` in the next transaction; resolves after its commit. What `work` throws undoes only its own writes. `undone` is called
   * when what `work` wrote is undone, before any other work: it puts back what `work` changed in memory. Default: nothing. After that
   * `work` may be run once more, because of what other work threw.
   */
  commit<T>(work: () => T, undone?: () => void): Promise<T>
  /** Commits what waits, at once. */
  flush(): void
}

/** Settings of group commit. */
export interface CommitOptions {
  /**
   * Under load, waits for more work as long as the last commit took, at most this long: a commit holds up the event loop,
   * and many streams need turns to bring more. Milliseconds. Default 0: never waits.
   */
  readonly gatherMs?: number
  /** Counts the commits. Default: nobody does. */
  readonly mark?: Pick<Mark, 'count' | 'note'> | undefined
}

/** Gathers work and commits it together: when idle, at the end of the current turn of the event loop. */
export function groupCommit(db: Database, { gatherMs = 0, mark }: CommitOptions = {}): Committer {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const end = db.prepare('COMMIT')
  const save = db.prepare('SAVEPOINT work')
  const release = db.prepare('RELEASE work')
  let waiting: Waiting[] = []
  let pauseMs = 0

  const finish = () => {
    mark?.count()
    end.run()
    mark?.note()
  }

  /** All in one; undefined if anything throws: then nothing is written. A savepoint for each would cost as much as what is written. */
  const together = (batch: readonly Waiting[]): (() => void)[] | undefined => {
    let run = 0
    try {
      begin.run()
      const settle = batch.map(({ work, resolve }) => {
        run += 1
        const value = work()
        return () => resolve(value as never)
      })
      finish()
      return settle
    } catch {
      undo(db, batch.slice(0, run))
      return undefined
    }
  }

  const runOne = ({ work, undone, resolve, reject }: Waiting): (() => void) => {
    save.run()
    try {
      const value = work()
      release.run()
      return () => resolve(value as never)
    } catch (error) {
      if (!db.inTransaction()) throw error
      db.exec('ROLLBACK TO work; RELEASE work')
      undone()
      return () => reject(error)
    }
  }

  /** Each by itself, so that what one throws undoes nothing else. */
  const apart = (batch: readonly Waiting[]): (() => void)[] => {
    try {
      begin.run()
      const settle = batch.map(runOne)
      finish()
      return settle
    } catch (error) {
      undo(db, batch)
      return batch.map(
        ({ reject }) =>
          () =>
            reject(error),
      )
    }
  }

  const flush = () => {
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    const from = performance.now()
    for (const settle of together(batch) ?? apart(batch)) settle()
    pauseMs = batch.length > 1 ? Math.min(performance.now() - from, gatherMs) : 0
  }

  const schedule = () => {
    if (pauseMs === 0) setImmediate(flush)
    else setTimeout(flush, pauseMs)
  }

  return {
    flush,
    commit(work, undone = () => {}) {
      const { promise, resolve, reject } = Promise.withResolvers<never>()
      waiting.push({ work, undone, resolve, reject })
      if (waiting.length === 1) schedule()
      return promise
    },
  }
}

/** Undoes a transaction, unless the error has, and what its works changed in memory. */
function undo(db: Database, batch: readonly Waiting[]): void {
  tryTo(() => {
    if (db.inTransaction()) db.exec('ROLLBACK')
  })
  for (const { undone } of batch) tryTo(undone)
}

/** A poisoned database is not touched again. */
function tryTo(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!RexError.is(error, 'STORE_FAILED')) throw error
  }
}
