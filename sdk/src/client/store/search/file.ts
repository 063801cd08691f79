// The file of the search index. The file is opened on first use, and rebuilt if it is damaged or has another version.
// docs/adr/0058-threads-are-found-by-keyed-tokens.md
import { existsSync, rmSync } from 'node:fs'
import { RexError } from '../../../core/error.ts'
import { openDatabase } from '../../../sqlite/database.ts'
import type { SearchIndex } from './search-index.ts'
import { indexOn, isStrange, type OpenIndex } from './tables.ts'

/** Returns the path of a desk store's search index. */
export function searchPathOf(store: string): string {
  return store === ':memory:' ? store : store.replace(/(\.db)?$/, '-search.db')
}

/** Returns the search index in this file. */
export function searchIndexAt(path: string): SearchIndex {
  let opened: OpenIndex | undefined
  let isClosed = false
  const close = () => {
    opened?.close()
    opened = undefined
  }
  const discard = () => {
    close()
    remove(path)
  }
  /** Runs work on the open index. An index that fails is removed. */
  const using = <T>(work: (index: OpenIndex) => T): T => {
    if (isClosed) throw new RexError('CANCELLED', 'The desk is closed.')
    try {
      opened ??= openAt(path)
      return work(opened)
    } catch (cause) {
      if (!RexError.is(cause, 'STORE_FAILED')) throw cause
      discard()
      throw new RexError('UNAVAILABLE', 'The search index was damaged. The desk makes it again.', {
        cause,
        hint: 'Search again.',
      })
    }
  }
  return {
    begin(life) {
      const mark = unlessDamaged(() => using((index) => index.begin(life)))
      if (mark !== undefined) return mark
      discard()
      return using((index) => index.begin(life)) ?? 0
    },
    put: (threads, mark) => using((index) => index.put(threads, mark)),
    forget(threads) {
      if (opened !== undefined || existsSync(path))
        unlessDamaged(() => using((index) => index.forget(threads)))
    },
    count: (term, most) => using((index) => index.count(term, most)),
    has: (term, thread) => using((index) => index.has(term, thread)),
    holders: (term) => using((index) => index.holders(term)),
    tracks: (thread) => using((index) => index.tracks(thread)),
    list: (...asked) => using((index) => index.list(...asked)),
    close() {
      isClosed = true
      close()
    },
  }
}

/** Runs work on the index. Returns undefined if the index was damaged, and has been removed. */
function unlessDamaged<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!RexError.is(error, 'UNAVAILABLE')) throw error
    return undefined
  }
}

function openAt(path: string): OpenIndex {
  const options = { durable: path !== ':memory:', flushed: false, secureDelete: true }
  const db = openDatabase(path, options)
  try {
    if (!isStrange(db)) return indexOn(db)
  } catch (error) {
    db.close()
    throw error
  }
  db.close()
  remove(path)
  return indexOn(openDatabase(path, options))
}

function remove(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
}
