import { RexError } from '../../core/error.ts'
import { isIntact } from '../../core/identity/entity.ts'
import { type Checked, openChecked } from '../../sqlite/check.ts'
import { groupCommit } from '../../sqlite/commit.ts'
import { damaged } from '../../sqlite/damage.ts'
import type { Database, DatabaseOptions } from '../../sqlite/database.ts'
import { BEGIN_CHANGES } from './changes.ts'
import { Completion } from './keys/completion.ts'
import { erasedFile, erasedPathOf, NO_FILE } from './keys/erased-file.ts'
import { Erasures } from './keys/erasures.ts'
import { type KeyDatabase, keysLost, keysPathOf, openThreadKeys } from './keys/thread-keys.ts'
import { prepareReads } from './reads.ts'
import { repairOf } from './repair.ts'
import { migrate } from './schema.ts'
import { searchIndexAt, searchPathOf } from './search/file.ts'
import type { SearchIndex } from './search/search-index.ts'
import type { DeskStore, DeskWrites } from './store.ts'
import { prepareWrites } from './writes.ts'

/** File name of the desk store in a desk directory. */
export const STORE_FILE = 'desk.db'
/** Maximum time that a commit waits under load to be grouped with others. */
const GATHER_MS = 25
/** Tables with sealed content, which reveals damage when it is opened (T-080). */
const SERVED = new Set(['thread', 'message', 'item'])

/** Options for opening a desk store. */
interface DeskStoreOptions extends DatabaseOptions {
  /** Whether to continue if thread keys are lost, as `restore` does. Default: the store is not opened. */
  readonly acceptLostKeys?: boolean
  /** A monotonic clock in milliseconds. Default: the process clock. */
  readonly steady?: () => number
}

/** Opens or creates a desk store and its key database. @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED, STORE_TOO_NEW */
export function openSqliteDeskStore(path: string, options: DeskStoreOptions = {}): DeskStore {
  const named = (cause: unknown) => damagedAt(path, cause)
  const checked = openChecked(path, { ...options, served: SERVED, migrate, named, contents: checkStatements })
  let keys: KeyDatabase | undefined
  try {
    keys = openThreadKeys(keysPathOf(path), options)
    checkKeys(checked.db, { path, keys, acceptLostKeys: options.acceptLostKeys === true })
    const list = options.durable === false ? NO_FILE : erasedFile(erasedPathOf(path))
    const search = searchIndexAt(searchPathOf(path))
    const erasures = new Erasures(checked.db, { keys, file: list, search })
    const completion = new Completion(() => erasures.complete(), options.steady ?? (() => performance.now()))
    return storeOn(checked, keys, { erasures, completion, search })
  } catch (error) {
    keys?.close()
    checked.close()
    throw error
  }
}

/**
 * Verifies the signed statements of organisations. Their signatures reveal damage where there is no checksum (T-080). @throws
 * RexError STORE_FAILED
 */
function checkStatements(db: Database): void {
  const statements = db.prepare<{ jwt: string }>(
    `SELECT configuration AS jwt FROM peer UNION ALL SELECT jwt FROM configuration
     UNION ALL SELECT configuration FROM pairing WHERE configuration <> ''`,
  )
  if (statements.some(({ jwt }) => !isIntact(jwt))) throw damaged()
}

function damagedAt(path: string, cause: unknown): RexError {
  return new RexError(
    'STORE_FAILED',
    `The desk store ${path} is damaged, or another program has changed it.`,
    {
      cause: damaged(cause).cause,
      hint: 'Restore the newest backup of the desk directory and run `rex-desk restore`: partners resend later messages.',
    },
  )
}

function storeOn(
  checked: Checked,
  keys: KeyDatabase,
  {
    erasures,
    completion,
    search,
  }: { readonly erasures: Erasures; readonly completion: Completion; readonly search: SearchIndex },
): DeskStore {
  const { db, mark } = checked
  const committer = groupCommit(db, { gatherMs: GATHER_MS, mark, after: () => completion.go() })
  const plain = prepareWrites(db)
  erasures.reapply(plain)
  /** Whether the current work erases. One flag is enough, because work is synchronous. */
  let erases = false
  const write: DeskWrites = {
    ...plain,
    eraseThread(thread) {
      erases = true
      completion.begin()
      plain.eraseThread(thread)
    },
  }
  const accept = () => {
    checked.accept()
    keys.accept()
  }
  const anew = ['UPDATE gateway SET confirmed = 0', ...BEGIN_CHANGES].map((sql) => db.prepare(sql))
  const checks = [checked.check(), keys.check]
  void keys.failed.then(db.fail)
  let closed = false
  return {
    read: prepareReads(db),
    keys,
    search,
    forgot: mark.forgot,
    incomplete: completion,
    check() {
      completion.go()
      return checks.map((check) => check()).includes(true)
    },
    isDamaged: () => checked.isDamaged() || keys.isDamaged(),
    repair: checked.isSuspect || keys.isSuspect ? repairOf(db, accept) : undefined,
    failed: db.failed,
    commit: async (work, undone) => {
      if (closed) throw new RexError('CANCELLED', 'The desk is closed.')
      let erased = false
      const done = await committer.commit(() => {
        erases = false
        const result = work(write)
        erased = erases
        return result
      }, undone)
      if (erased) completion.check()
      return done
    },
    beginAnew: async (also) => {
      await committer.commit(() => {
        mark.renew()
        for (const statement of anew) statement.run()
        also?.(write)
      })
      // Checkpoint the log now, because the existing checksums are valid only for the earlier life of the store.
      db.carry()
    },
    [Symbol.asyncDispose]: async () => {
      closed = true
      committer.flush()
      checked.close()
      keys.close()
      search.close()
    },
  }
}

/**
 * `used`: the greatest slot whose key a thread uses; an erased thread uses one for its answer. `given`: the greatest slot, including the slots of
 * erased keys. The last 256 threads are read because threads made together may be stored in another order than their keys; erased threads are read
 * whatever their age.
 */
const GREATEST = `SELECT coalesce(max(slot), 0) AS used, coalesce(max(max(slot, erased)), 0) AS given FROM (
  SELECT slot, coalesce(erasedSlot, 0) AS erased FROM thread WHERE sequence > (SELECT max(sequence) FROM thread) - 256
  UNION ALL SELECT slot, coalesce(erasedSlot, 0) FROM thread INDEXED BY thread_erased WHERE erasedMs IS NOT NULL)`

/**
 * Detects missing keys before anything is written. Ensures that no slot is assigned twice, even if an older copy of the keys does not contain the slots
 * erased since. @throws RexError STORE_FAILED
 */
function checkKeys(
  db: Database,
  how: { readonly path: string; readonly keys: KeyDatabase; readonly acceptLostKeys: boolean },
): void {
  const { path, keys, acceptLostKeys } = how
  const { used = 0, given = 0 } = db.prepare<{ used: number; given: number }>(GREATEST).get() ?? {}
  if (used > keys.last() && !acceptLostKeys) throw keysLost(keysPathOf(path))
  if (given > keys.last()) keys.skipTo(given)
}
