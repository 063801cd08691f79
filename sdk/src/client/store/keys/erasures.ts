// Erased threads of a store. Unfinished erasures are completed, and erased threads stay erased. docs/guide/desk.md, "Erasure"
import type { Database } from '../../../sqlite/database.ts'
import type { ErasedThread } from '../../api/erasure.ts'
import { FORGET_ERASED } from '../changes.ts'
import type { SearchIndex } from '../search/search-index.ts'
import type { DeskWrites } from '../store.ts'
import type { ErasedFile } from './erased-file.ts'
import type { KeyDatabase } from './thread-keys.ts'

/** Condition for slots that no thread uses, so that their keys may be erased. */
const UNUSED = 'erasedSlot NOT IN (SELECT slot FROM thread)'
const ERASED =
  'SELECT sequence, lower(hex(id)) AS id, erasedMs, erasedWhy AS reason, forced, erasedSlot FROM thread WHERE'

/**
 * How many of the newest erasures to check. Somebody may set the clock while an older copy is restored, so the times of
 * erasures may be in the wrong order. Therefore the number is far larger than the number of erasures that are likely since the
 * copy was made.
 */
const NEWEST = 1000

/** An erased thread, its number in the store, and the slot of its erased key. */
type ErasedRow = ErasedThread & { readonly sequence: number; readonly erasedSlot: number | null }

/** Completes unfinished erasures of a store, and keeps erased threads erased if an older copy of a file is restored. */
export class Erasures {
  readonly #db: Database
  readonly #keys: KeyDatabase
  readonly #file: ErasedFile
  readonly #search: Pick<SearchIndex, 'forget'>

  constructor(
    db: Database,
    {
      keys,
      file,
      search,
    }: {
      readonly keys: KeyDatabase
      readonly file: ErasedFile
      readonly search: Pick<SearchIndex, 'forget'>
    },
  ) {
    this.#db = db
    this.#keys = keys
    this.#file = file
    this.#search = search
  }

  /**
   * Completes unfinished erasures: adds the threads to the list of erased threads, and destroys their keys. The threads
   * count as erased already, because the erasure itself is committed. This work does not count as a commit, because lost
   * commits must still be detected (ADR 20).
   */
  complete(): void {
    const begun = this.#rows('erasing = 1')
    if (begun.length === 0) return
    if (this.#file.has(this.#count() - begun.length)) this.#file.add(begun)
    else this.#writeList()
    this.#search.forget(begun.map(({ sequence }) => sequence))
    this.#keys.erase(slotsOf(begun))
    try {
      this.#db.exec(
        `BEGIN IMMEDIATE; ${FORGET_ERASED}; UPDATE thread SET erasing = NULL WHERE erasing = 1; COMMIT`,
      )
    } catch (error) {
      if (this.#db.inTransaction()) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  /** Called when a store is opened. Completes unfinished erasures, and again erases threads that an older copy of a file contains. */
  reapply({ eraseThread }: Pick<DeskWrites, 'eraseThread'>): void {
    this.complete()
    if (this.#keys.forgot || this.#isOlderCopy()) this.#keys.erase(slotsOf(this.#rows(UNUSED)))
    if (this.#file.has(this.#count())) return
    const known = new Set(this.#rows().map(({ id }) => id))
    this.#db.exec('BEGIN IMMEDIATE')
    for (const thread of this.#file.read()) if (!known.has(thread.id)) eraseThread({ ...thread, slot: 0 })
    this.#db.exec('COMMIT')
    this.complete()
    this.#writeList()
  }

  /** Whether the key database is an older copy, which still contains keys of the newest erasures. */
  #isOlderCopy(): boolean {
    const newest = this.#db
      .prepare<{ erasedSlot: number | null }>(
        `SELECT erasedSlot FROM thread WHERE erasedMs IS NOT NULL ORDER BY erasedMs DESC LIMIT ${NEWEST}`,
      )
      .all()
    return slotsOf(newest).some((slot) => this.#keys.get(slot) !== undefined)
  }

  /**
   * Writes the list from the store's rows, and keeps entries that are only in the list. If the store is an older copy, the list may contain
   * threads that are not erased in the store.
   */
  #writeList(): void {
    const rows = this.#rows()
    const known = new Set(rows.map(({ id }) => id))
    this.#file.write([...rows, ...this.#file.read().filter(({ id }) => !known.has(id))])
  }

  #count(): number {
    const sql = 'SELECT count(*) AS count FROM thread WHERE erasedMs IS NOT NULL'
    return this.#db.prepare<{ count: number }>(sql).get()?.count ?? 0
  }

  #rows(which = 'erasedMs IS NOT NULL'): ErasedRow[] {
    return this.#db
      .prepare<Omit<ErasedRow, 'forced'> & { readonly forced: number }>(
        `${ERASED} ${which} ORDER BY erasedMs`,
      )
      .all()
      .map((row) => ({ ...row, forced: row.forced === 1 }))
  }
}

function slotsOf(threads: readonly { readonly erasedSlot: number | null }[]): number[] {
  return threads.flatMap(({ erasedSlot }) => erasedSlot ?? [])
}
