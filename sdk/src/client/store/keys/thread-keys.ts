// The wrapped thread keys, in a separate database, so that no byte of an erased key is left. docs/guide/desk.md, "Erasure"
import { RexError } from '../../../core/error.ts'
import { type Checked, openChecked } from '../../../sqlite/check.ts'
import { commitNow } from '../../../sqlite/commit.ts'
import { damaged, isDamage } from '../../../sqlite/damage.ts'
import { type Database, type DatabaseOptions, tablesVersion } from '../../../sqlite/database.ts'
import type { KeySlots } from '../../keys/thread-keys.ts'

const SCHEMA_VERSION = 1
const SCHEMA = 'CREATE TABLE thread_key (slot INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL) STRICT'
const SERVED = new Set(['thread_key'])
const BACKUP =
  'Put its newest copy back. If there is none, restore the newest backup of the desk directory and run `rex-desk restore`.'

/** The key database, as the desk store uses it. */
export interface KeyDatabase extends KeySlots, Pick<Checked, 'isDamaged' | 'isSuspect' | 'accept'> {
  /** Runs one step of the background check. Returns whether the round has more steps. */
  readonly check: () => boolean
  /** Erases keys: when this returns, no byte of them is left in the files. @throws RexError STORE_FULL, STORE_FAILED */
  erase(slots: readonly number[]): void
  /** Returns the greatest slot ever assigned. */
  last(): number
  /** Skips `slot` and all lower slots in future assignments, because their keys are lost. */
  skipTo(slot: number): void
  /** Whether the database has lost commits or is an older copy. It has since begun a new life (docs/adr/0020). */
  readonly forgot: boolean
  readonly failed: Promise<RexError>
  close(): void
}

/** Returns the path of a desk store's key database. */
export function keysPathOf(store: string): string {
  return store === ':memory:' ? store : store.replace(/(\.db)?$/, '-keys.db')
}

/** Opens or creates the key database of a desk store. @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED, STORE_TOO_NEW */
export function openThreadKeys(path: string, { durable = true }: DatabaseOptions): KeyDatabase {
  const named = (cause: unknown) => damagedAt(path, cause)
  const checked = openChecked(path, { durable, secureDelete: true, served: SERVED, migrate, named })
  try {
    return keysOn(checked)
  } catch (error) {
    checked.close()
    throw isDamage(error) ? named(error) : error
  }
}

function migrate(db: Database): void {
  const version = tablesVersion(db)
  if (version > SCHEMA_VERSION)
    throw new RexError('STORE_TOO_NEW', 'The keys of the referrals were written by a newer version.')
  if (version === 0) db.exec(`BEGIN IMMEDIATE; ${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}

function damagedAt(path: string, cause: unknown): RexError {
  return new RexError('STORE_FAILED', `The keys of the referrals, ${path}, are damaged.`, {
    cause: damaged(cause).cause,
    hint: BACKUP,
  })
}

/** Returns the error for a store whose keys are gone. */
export function keysLost(path: string): RexError {
  return new RexError(
    'STORE_FAILED',
    `Keys of the referrals are missing: ${path} was lost, or replaced by an older copy.`,
    { cause: damaged().cause, hint: BACKUP },
  )
}

function keysOn(checked: Checked): KeyDatabase {
  const { db, mark } = checked
  const { forgot } = mark
  const last = db.prepare<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'thread_key'")
  const get = db.prepare<{ key: Uint8Array }>('SELECT key FROM thread_key WHERE slot = ?')
  const insert = db.prepare('INSERT INTO thread_key (slot, key) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM thread_key WHERE slot = ?')
  const lastSlot = () => last.get()?.seq ?? 0

  const commit = (work: () => void) => commitNow(db, work, mark)

  if (forgot) {
    commit(mark.renew)
    // Checkpoint the log now, because the existing checksums are valid only for the earlier life of the database.
    db.carry()
  }

  return {
    forgot,
    last: lastSlot,
    get: (slot) => get.get(slot)?.key,
    add(count, wrap) {
      const first = lastSlot() + 1
      commit(() => {
        for (let slot = first; slot < first + count; slot++) insert.run(slot, wrap(slot))
      })
      return first
    },
    skipTo(slot) {
      commit(() => {
        insert.run(slot, new Uint8Array())
        remove.run(slot)
      })
    },
    erase(slots) {
      commit(() => {
        for (const slot of slots) remove.run(slot)
      })
      db.compact()
    },
    check: checked.check(),
    isDamaged: checked.isDamaged,
    isSuspect: checked.isSuspect,
    accept: checked.accept,
    failed: db.failed,
    close: checked.close,
  }
}
