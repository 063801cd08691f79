// Group commit: pending work becomes durable together, with one disk flush. docs/spec/delivery.md, "Durability"
import { RexError } from '../core/error.ts'
import type { Database, Statement } from './database.ts'
import type { Mark } from './mark.ts'

/**
 * Maximum work of one owner in a transaction, because a transaction blocks the event loop until all its work is written and
 * answered.
 */
const PART = { works: 32, bytes: 1024 * 1024 }

/**
 * Maximum wait for more work, in milliseconds for each piece of work in the last transaction. After a slow transaction
 * with little work, waiting would not help.
 */
const GATHER_EACH_MS = 0.5

/** The owner of a piece of work, and the number of bytes that the work writes. */
export interface Owner {
  readonly name: string
  readonly bytes: number
}

interface Waiting {
  readonly owner: Owner | undefined
  readonly work: () => unknown
  readonly undone: () => void
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** Runs work in transactions. */
export interface Committer {
  /**
   * Runs `work` in the next transaction; resolves after its commit. An error thrown by `work` rolls back only its own writes. `undone` runs after a
   * rollback of those writes and before any other work, to restore the state that `work` changed in memory. Default: nothing. If other work in the
   * batch throws, `work` may run a second time. The work of an `owner` takes only a part of a transaction; the rest waits for the next ones, so that
   * nobody else waits for it (T-130). Default: no owner; such work never waits for a later transaction.
   */
  commit<T>(work: () => T, undone?: () => void, owner?: Owner): Promise<T>
  /** Commits pending work now. */
  flush(): void
}

/** Settings of group commit. */
export interface CommitOptions {
  /**
   * How long to wait for more work under load, in milliseconds: as long as the last commit took, but at most this
   * limit, and at most half a millisecond for each piece of work in that commit. A commit blocks the event loop, and
   * many streams need turns to submit more work. Default: 0, never wait.
   */
  readonly gatherMs?: number
  /** Counts the commits. Default: commits are not counted. */
  readonly mark?: Pick<Mark, 'count' | 'note'> | undefined
  /** Called after each transaction, before any promise resolves. It must not throw. Default: nothing. */
  readonly after?: () => void
}

/** Settles the promise of a piece of work. */
type Conclude = () => void

/** Creates a committer that gathers work and commits it together. When idle, it commits at the end of the current turn of the event loop. */
export function groupCommit(db: Database, { gatherMs = 0, mark, after }: CommitOptions = {}): Committer {
  const transactions = new Transactions(db, mark)
  let waiting: Waiting[] = []
  let pauseMs = 0

  const flush = () => {
    const { batch, rest } = divided(waiting)
    waiting = rest
    if (batch.length === 0) return
    if (rest.length > 0) setImmediate(flush)
    const from = performance.now()
    const concluding = transactions.run(batch)
    after?.()
    for (const conclude of concluding) conclude()
    const mostMs = batch.length > 1 ? Math.min(gatherMs, batch.length * GATHER_EACH_MS) : 0
    pauseMs = Math.min(performance.now() - from, mostMs)
  }

  const schedule = () => {
    if (pauseMs === 0) setImmediate(flush)
    else setTimeout(flush, pauseMs)
  }

  return {
    flush() {
      while (waiting.length > 0) flush()
    },
    commit(work, undone = () => {}, owner) {
      const { promise, resolve, reject } = Promise.withResolvers<never>()
      waiting.push({ owner, work, undone, resolve, reject })
      if (waiting.length === 1) schedule()
      return promise
    },
  }
}

/** Divides work, in order, into the work of the next transaction and the work that waits for later ones. */
function divided(waiting: readonly Waiting[]): { readonly batch: Waiting[]; readonly rest: Waiting[] } {
  const taken = new Map<string, { works: number; bytes: number }>()
  const [batch, rest]: [Waiting[], Waiting[]] = [[], []]
  for (const one of waiting) {
    if (fits(one.owner, taken)) batch.push(one)
    else rest.push(one)
  }
  return { batch, rest }
}

/** Returns whether work still fits into its owner's part of the transaction. If so, uses up that much of the part. */
function fits(owner: Owner | undefined, taken: Map<string, { works: number; bytes: number }>): boolean {
  if (owner === undefined) return true
  const part = taken.get(owner.name) ?? { works: 0, bytes: 0 }
  if (part.works >= PART.works || part.bytes >= PART.bytes) return false
  part.works += 1
  part.bytes += owner.bytes
  taken.set(owner.name, part)
  return true
}

/**
 * Runs work in a separate transaction. The work is durable when this returns. If `work` throws, its writes are undone.
 * `mark` counts the commit; default: it is not counted.
 */
export function commitNow(db: Database, work: () => void, mark?: Pick<Mark, 'count' | 'note'>): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    work()
    mark?.count()
    db.exec('COMMIT')
  } catch (error) {
    if (db.inTransaction()) db.exec('ROLLBACK')
    throw error
  }
  mark?.note()
}

/** Runs batches of work, each batch in one transaction. */
class Transactions {
  readonly #db: Database
  readonly #mark: CommitOptions['mark']
  readonly #begin: Statement<never>
  readonly #end: Statement<never>
  readonly #save: Statement<never>
  readonly #release: Statement<never>

  constructor(db: Database, mark: CommitOptions['mark']) {
    this.#db = db
    this.#mark = mark
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#end = db.prepare('COMMIT')
    this.#save = db.prepare('SAVEPOINT work')
    this.#release = db.prepare('RELEASE work')
  }

  /** Returns the functions that settle each promise, in order, after the commit. */
  run(batch: readonly Waiting[]): Conclude[] {
    return this.#together(batch) ?? this.#apart(batch)
  }

  /**
   * Runs the batch without savepoints, which would cost as much as the writes themselves. Returns undefined if any work throws; then nothing is
   * written.
   */
  #together(batch: readonly Waiting[]): Conclude[] | undefined {
    let run = 0
    try {
      this.#begin.run()
      const conclude = batch.map(({ work, resolve }) => {
        run += 1
        const value = work()
        return () => resolve(value as never)
      })
      this.#finish()
      return conclude
    } catch {
      undo(this.#db, batch.slice(0, run))
      return undefined
    }
  }

  /** Runs each piece of work in its own savepoint, so that an error rolls back only that work. */
  #apart(batch: readonly Waiting[]): Conclude[] {
    try {
      this.#begin.run()
      const conclude = batch.map((one) => this.#runOne(one))
      this.#finish()
      return conclude
    } catch (error) {
      undo(this.#db, batch)
      return batch.map(
        ({ reject }) =>
          () =>
            reject(error),
      )
    }
  }

  #runOne({ work, undone, resolve, reject }: Waiting): Conclude {
    this.#save.run()
    try {
      const value = work()
      this.#release.run()
      return () => resolve(value as never)
    } catch (error) {
      if (!this.#db.inTransaction()) throw error
      this.#db.exec('ROLLBACK TO work; RELEASE work')
      undone()
      return () => reject(error)
    }
  }

  #finish(): void {
    this.#mark?.count()
    this.#end.run()
    this.#mark?.note()
  }
}

/** Rolls back a transaction, unless the error already did, and restores the state that its work changed in memory. */
function undo(db: Database, batch: readonly Waiting[]): void {
  tryTo(() => {
    if (db.inTransaction()) db.exec('ROLLBACK')
  })
  for (const { undone } of batch) tryTo(undone)
}

/** Ignores errors of a database that has failed. */
function tryTo(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!RexError.is(error, 'STORE_FAILED')) throw error
  }
}
