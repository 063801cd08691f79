// The wrapped keys of threads, in a database of their own: no byte of an erased key is left in it. docs/guide/desk.md, "Erasure"
import { RexError } from '../../../core/error.ts'
import { type Checked, openChecked } from '../../../sqlite/check.ts'
import { commitNow } from '../../../sqlite/commit.ts'
import { damaged, isDamage } from '../../../sqlite/damage.ts'
import type { Database, DatabaseOptions } from '../../../sqlite/database.ts'
import type { KeySlots } from '../../keys/thread-keys.ts'

const SCHEMA_VERSION = 1
const SCHEMA = 'CREATE TABLE thread_key (slot INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL) STRICT'
const SERVED = new Set(['thread_key'])
const BACKUP =
  'Put its newest copy back. If there is none, restore the newest backup of the desk directory and run `rex-desk restore`.'

/** The database of the keys, as the desk store uses it. */
export interface KeyDatabase extends KeySlots, Pick<Checked, 'isDamaged' | 'isSuspect' | 'accept'> {
  /** Runs a step of the check in the background; returns whether the round has more. */
  readonly check: () => boolean
  /** Erases keys: when this returns, no byte of them is left in the files. @throws RexError STORE_FULL, STORE_FAILED */
  erase(slots: readonly number[]): void
  /** The greatest slot ever given. */
  last(): number
  /** Never assigns `slot` or a lower slot again, because their keys are lost. */
  skipTo(slot: number): void
  /** The database lost commits, or is an older copy. It has a new life since. */
  readonly forgot: boolean
  readonly failed: Promise<RexError>
  close(): void
}

/** The file of the keys, beside the desk store. */
export function keysPathOf(store: string): string {
  return store === ':memory:' ? store : store.replace(/(\.db)?$/, '-keys.db')
}

/** Opens or creates the keys of a desk store. @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED, STORE_TOO_NEW */
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
  const { user_version = 0 } = db.prepare<{ user_version: number }>('PRAGMA user_version').get() ?? {}
  if (user_version > SCHEMA_VERSION)
    throw new RexError('STORE_TOO_NEW', 'The keys of the referrals were written by a newer version.')
  if (user_version === 0)
    db.exec(`BEGIN IMMEDIATE; ${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}

function damagedAt(path: string, cause: unknown): RexError {
  return new RexError('STORE_FAILED', `The keys of the referrals, ${path}, are damaged.`, {
    cause: damaged(cause).cause,
    hint: BACKUP,
  })
}

/** The error of a store whose keys are gone. */
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

  const commit = (work: () => void) => commitNow(db, mark, work)

  if (forgot) {
    commit(mark.renew)
    // The checksums vouch for a life of the database, and it has a new one.
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
