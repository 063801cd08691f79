// The store on node:sqlite, in one file, used by one process over one connection. docs/spec/delivery.md, "Durability"

import { existsSync, renameSync } from 'node:fs'
import { RexError } from '@rex/sdk/core'
import {
  type Checked,
  commitNow,
  type DatabaseOptions,
  groupCommit,
  isDamage,
  openChecked,
  resultCode,
} from '@rex/sdk/sqlite'
import type { Damage } from '../damage.ts'
import type { Reads, Store, Writes } from '../store.ts'
import { deskTable, tokenTable } from './desks.ts'
import { leaseTable } from './lease.ts'
import { ledgerTable } from './ledger.ts'
import { mailboxTable } from './mailbox.ts'
import { outboxTable } from './outbox.ts'
import { addressTable, incarnationTable, networkTable, statementTable } from './peers.ts'
import { damageTable, quarantineTable, scrubber } from './quarantine.ts'
import { migrate } from './schema.ts'
import { spaceTable } from './space.ts'
import { timeTable } from './time.ts'
import { checkContents } from './whole.ts'

/** Maximum time that a commit waits for others, so that one flush to disk serves all of them. Milliseconds. */
const GATHER_MS = 25
/** Number of rows read at a time after a damaged page was found. */
const SCRUBBED = 16

/** Settings of the store. */
interface SqliteStoreOptions extends DatabaseOptions {
  /** Unix milliseconds. Default: the system's clock. */
  readonly now?: () => number
  /** Records, inside the same transaction, that a damaged row in the open store was moved aside. Default: records nothing. */
  readonly noteDamage?: (write: Writes, damage: Damage) => void
}

/**
 * Opens or creates the store in a file. A store that has lost commits gets a new incarnation, so that senders
 * send again (REX-DLV-151).
 * @throws RexError STORE_IN_USE, STORE_TOO_NEW, STORE_FULL, STORE_FAILED
 */
export function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  const { now = Date.now } = options
  try {
    return openAt(path, options, 'forgot')
  } catch (error) {
    if (!isDamage(error)) throw error
    setAside(path, now())
    return openAt(path, options, 'damaged')
  }
}

/** Sets damaged files aside for investigation. Their senders automatically send the lost envelopes and submissions again. */
function setAside(path: string, nowMs: number): void {
  for (const suffix of ['', '-wal', '.sums'])
    if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.damaged-${nowMs}${suffix}`)
}

function openAt(path: string, options: SqliteStoreOptions, kind: Damage['kind']): Store {
  const { now = Date.now } = options
  const checked = openChecked(path, { ...options, migrate, contents: checkContents })
  try {
    const damage = checked.mark.forgot ? beginAnew(checked, { kind, foundMs: now() }) : undefined
    return storeOn(checked, { ...options, damage })
  } catch (error) {
    checked.close()
    throw error
  }
}

function beginAnew({ db, mark }: Checked, damage: Damage): Damage {
  commitNow(
    db,
    () => {
      incarnationTable(db).renew()
      leaseTable(db).forget()
      damageTable(db).add(damage)
      mark.renew()
    },
    mark,
  )
  // Carry the checksums over to the new incarnation, because they are bound to the incarnation of the store.
  db.carry()
  return damage
}

function storeOn(
  checked: Checked,
  { now = Date.now, noteDamage = () => {}, damage }: SqliteStoreOptions & { damage: Damage | undefined },
): Store {
  const { db, mark } = checked
  const listeners: ((damage: Damage) => void)[] = []
  /** Calls the listeners, unless the commit that recorded the damage was undone. */
  const kept = (found: Damage) => {
    if (!isUsable() || damages.last()?.foundMs !== found.foundMs) return
    for (const listener of listeners) listener(found)
  }
  const damages = damageTable(db)
  const quarantine = quarantineTable(db, {
    mark,
    now,
    tell(found) {
      noteDamage(tables, found)
      setImmediate(kept, found)
    },
  })
  const tables: Reads & Writes = {
    ledger: ledgerTable(db),
    outbox: outboxTable(db, quarantine),
    mailbox: mailboxTable(db, quarantine),
    statements: statementTable(db),
    lease: leaseTable(db),
    desks: deskTable(db),
    tokens: tokenTable(db),
    incarnations: incarnationTable(db),
    addresses: addressTable(db),
    networks: networkTable(db),
    damage: damageTable(db),
    time: timeTable(db),
    space: spaceTable(db),
  }
  const scrub = scrubber(db, quarantine)
  const { commit, flush } = groupCommit(db, { gatherMs: GATHER_MS, mark })
  let closed = false
  let failed = false
  void db.failed.then(() => {
    failed = true
  })
  const isUsable = () => !closed && !failed
  let full = false
  const noted = async <T>(committed: Promise<T>): Promise<T> => {
    try {
      const done = await committed
      full = false
      return done
    } catch (error) {
      full ||= RexError.is(error, 'STORE_FULL') && resultCode(error.cause) !== undefined
      throw error
    }
  }
  return {
    incarnation: tables.incarnations.own(),
    damage,
    read: tables,
    scrub,
    checkPages: checked.check(() => {
      while (scrub(SCRUBBED)) {}
    }),
    checked: checked.progress,
    onDamage: (listener) => void listeners.push(listener),
    commit: (work, owner) =>
      closed ? Promise.reject(isClosed()) : noted(commit(() => work(tables), undefined, owner)),
    full: () => full,
    failed: db.failed,
    async [Symbol.asyncDispose]() {
      closed = true
      flush()
      checked.close()
    },
  }
}

/** Returns the error of a closed store. Items settled or submitted while the gateway stops are delivered or submitted again. */
function isClosed(): RexError {
  return new RexError('CANCELLED', 'The store is closed.')
}
