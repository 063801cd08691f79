// The store on node:sqlite: one file, one connection, one process. docs/spec/delivery.md, "Durability"

import { type Database, type DatabaseOptions, groupCommit, openDatabase } from '@rex/sdk/sqlite'
import type { Reads, Store, Writes } from '../store.ts'
import { ledgerTable } from './ledger.ts'
import { mailboxTable } from './mailbox.ts'
import { outboxTable } from './outbox.ts'
import { incarnationTable, leaseTable, statementTable, timeTable, tokenTable } from './registers.ts'
import { migrate } from './schema.ts'
import { spaceTable } from './usage.ts'

/** The longest that an acceptance waits for others to share its flush, milliseconds. */
const GATHER_MS = 25

/**
 * Opens or creates the store in a file.
 * @throws RexError STORE_IN_USE, STORE_TOO_NEW, STORE_FULL, STORE_FAILED
 */
export function openSqliteStore(path: string, options: DatabaseOptions = {}): Store {
  const db = openDatabase(path, options)
  try {
    migrate(db)
    return storeOn(db)
  } catch (error) {
    db.close()
    throw error
  }
}

function storeOn(db: Database): Store {
  const tables: Reads & Writes = {
    ledger: ledgerTable(db),
    outbox: outboxTable(db),
    mailbox: mailboxTable(db),
    statements: statementTable(db),
    lease: leaseTable(db),
    tokens: tokenTable(db),
    incarnations: incarnationTable(db),
    time: timeTable(db),
    space: spaceTable(db),
  }
  const { commit, flush } = groupCommit(db, { gatherMs: GATHER_MS })
  const life = db.prepare<{ incarnation: Uint8Array }>('SELECT incarnation FROM life').get()
  return {
    incarnation: life?.incarnation ?? new Uint8Array(16),
    read: tables,
    commit: (work) => commit(() => work(tables)),
    failed: db.failed,
    async [Symbol.asyncDispose]() {
      flush()
      db.close()
    },
  }
}
