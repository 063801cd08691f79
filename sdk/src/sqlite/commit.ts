// Group commit: what waits becomes durable together, with one flush of the disk. docs/spec/delivery.md, "Durability"
import { RexError } from '../core/error.ts'
import type { Database } from './database.ts'

interface Waiting {
  readonly work: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** Runs work in transactions. */
export interface Committer {
  /** Runs `work` in the next transaction; resolves after its commit. */
  commit<T>(work: () => T): Promise<T>
  /** Commits what waits, at once. */
  flush(): void
}

/**
 * Gathers work and commits it at the end of the current turn of the event loop: at once when idle, many together under load,
 * because requests that arrive during a flush are all read in the turn after it.
 */
export function groupCommit(db: Database): Committer {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const end = db.prepare('COMMIT')
  const save = db.prepare('SAVEPOINT work')
  const release = db.prepare('RELEASE work')
  let waiting: Waiting[] = []
  let scheduled: NodeJS.Immediate | undefined

  const runOne = ({ work, resolve, reject }: Waiting): (() => void) => {
    save.run()
    try {
      const value = work()
      release.run()
      return () => resolve(value as never)
    } catch (error) {
      if (!db.inTransaction()) throw error
      db.exec('ROLLBACK TO work; RELEASE work')
      return () => reject(error)
    }
  }

  const flush = () => {
    clearImmediate(scheduled)
    scheduled = undefined
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    try {
      begin.run()
      const settle = batch.map(runOne)
      end.run()
      for (const tell of settle) tell()
    } catch (error) {
      rollBack(db)
      for (const { reject } of batch) reject(error)
    }
  }

  return {
    flush,
    commit(work) {
      const { promise, resolve, reject } = Promise.withResolvers<never>()
      waiting.push({ work, resolve, reject })
      scheduled ??= setImmediate(flush)
      return promise
    },
  }
}

/** Some errors roll back by themselves; a poisoned database is not touched again. */
function rollBack(db: Database): void {
  try {
    if (db.inTransaction()) db.exec('ROLLBACK')
  } catch (error) {
    if (!RexError.is(error, 'STORE_FAILED')) throw error
  }
}
