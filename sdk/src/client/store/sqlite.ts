import { RexError } from '../../core/error.ts'
import { backgroundCheck, type CheckOptions, checkStore } from '../../sqlite/check.ts'
import { groupCommit } from '../../sqlite/commit.ts'
import { damaged, isDamage } from '../../sqlite/damage.ts'
import { type Database, type DatabaseOptions, openDatabase } from '../../sqlite/database.ts'
import { type Mark, openMark } from '../../sqlite/mark.ts'
import { openPages, type Pages } from '../../sqlite/pages.ts'
import { prepareReads } from './reads.ts'
import { migrate } from './schema.ts'
import type { DeskStore } from './store.ts'
import { prepareWrites } from './writes.ts'

/** The desk store of a desk directory. */
export const STORE_FILE = 'desk.db'
/** How long a commit waits for others at most, under load. */
const GATHER_MS = 25
/** Tables with sealed content, which itself shows whether it is intact (T-080). */
const SERVED = new Set(['thread', 'message', 'item'])

/** Opens or creates the desk store of a file. @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED, STORE_TOO_NEW */
export function openSqliteDeskStore(path: string, options: DatabaseOptions = {}): DeskStore {
  const db = opened(path, options)
  let mark: Mark | undefined
  try {
    mark = options.durable === false ? undefined : openMark(db, `${path}.mark`)
    migrate(db)
    const pages = mark && openPages(db, path)
    return storeOn(db, { path, mark, pages })
  } catch (error) {
    mark?.close()
    db.close()
    throw isDamage(error) ? damagedAt(path, error) : error
  }
}

function opened(path: string, options: DatabaseOptions): Database {
  try {
    return openDatabase(path, options)
  } catch (error) {
    throw isDamage(error) ? damagedAt(path, error) : error
  }
}

function damagedAt(path: string, cause: unknown): RexError {
  return new RexError('STORE_FAILED', `The desk store ${path} is damaged.`, {
    cause: damaged(cause).cause,
    hint: 'Restore the newest backup of the desk directory and run `rex-desk restore`: partners resend later messages.',
  })
}

function storeOn(
  db: Database,
  { path, mark, pages }: { path: string; mark: Mark | undefined; pages: Pages | undefined },
): DeskStore {
  const committer = groupCommit(db, { gatherMs: GATHER_MS, mark })
  const write = prepareWrites(db)
  let damage = false
  const how: CheckOptions = {
    served: SERVED,
    named: (cause) => damagedAt(path, cause),
    tell() {
      damage = true
    },
  }
  if (mark !== undefined && pages !== undefined) checkStore(db, pages, { ...how, forgot: mark.forgot })
  const unconfirm = db.prepare('UPDATE gateway SET confirmed = 0')
  let closed = false
  return {
    read: prepareReads(db),
    forgot: mark?.forgot ?? false,
    check: pages === undefined ? () => false : backgroundCheck(db, pages, how),
    isDamaged: () => damage,
    failed: db.failed,
    commit: async (work, undone) => {
      if (closed) throw new RexError('CANCELLED', 'The desk is closed.')
      return committer.commit(() => work(write), undone)
    },
    beginAnew: async (also) => {
      await committer.commit(() => {
        mark?.renew()
        unconfirm.run()
        also?.(write)
      })
      // The checksums vouch for a life of the store, and it has a new one.
      db.carry()
    },
    [Symbol.asyncDispose]: async () => {
      closed = true
      committer.flush()
      db.close()
      mark?.close()
    },
  }
}
