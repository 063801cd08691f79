// The small tables in SQLite: statements, lease, tokens, incarnations, time. docs/spec/mailbox.md
import { randomBytes } from 'node:crypto'
import type { Database } from '@rex/sdk/sqlite'
import type {
  Greeting,
  Incarnations,
  Lease,
  LeaseState,
  Statement,
  Statements,
  Time,
  Tokens,
} from '../store.ts'

const STATEMENT = 'SELECT organisation, jwt, issued_ms AS issuedMs FROM statement'

/** Entity configurations. */
export function statementTable(db: Database): Statements {
  const find = db.prepare<Statement>(`${STATEMENT} WHERE organisation = ?`)
  const list = db.prepare<Statement>(`${STATEMENT} ORDER BY organisation`)
  const put = db.prepare('INSERT OR REPLACE INTO statement VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM statement WHERE organisation = ?')
  return {
    find: (organisation) => find.get(organisation),
    list: () => list.all(),
    put: ({ organisation, jwt, issuedMs }) => void put.run(organisation, jwt, issuedMs),
    remove: (organisation) => void remove.run(organisation),
  }
}

/** The mailbox lease: one row, and who may not have it. */
export function leaseTable(db: Database): Lease {
  const get = db.prepare<LeaseState>('SELECT chain, fence FROM lease')
  const put = db.prepare('INSERT OR REPLACE INTO lease VALUES (1, ?, ?)')
  const isShutOut = db.prepare('SELECT 1 FROM shut_out WHERE chain = ?')
  const shutOut = db.prepare('INSERT OR IGNORE INTO shut_out VALUES (?)')
  const admit = db.prepare('DELETE FROM shut_out WHERE chain = ?')
  return {
    get: () => get.get(),
    put: ({ chain, fence }) => void put.run(chain, fence),
    isShutOut: (chain) => isShutOut.get(chain) !== undefined,
    shutOut: (chain) => void shutOut.run(chain),
    admit: (chain) => void admit.run(chain),
  }
}

/** Enrolment tokens. */
export function tokenTable(db: Database): Tokens {
  const add = db.prepare('INSERT INTO token VALUES (?, ?)')
  const consume = db.prepare('DELETE FROM token WHERE digest = ? AND expires_ms > ? AND expires_ms <= ?')
  const sweep = db.prepare('DELETE FROM token WHERE expires_ms <= ?')
  return {
    add: (digest, expiresMs) => void add.run(digest, expiresMs),
    consume: (digest, nowMs, latestMs) => consume.run(digest, nowMs, latestMs) === 1,
    sweep: (nowMs) => void sweep.run(nowMs),
  }
}

/** The trusted time. */
export function timeTable(db: Database): Time {
  const kept = db.prepare<{ time_ms: number }>('SELECT time_ms FROM life')
  const keep = db.prepare('UPDATE life SET time_ms = ?')
  return { kept: () => kept.get()?.time_ms ?? 0, keep: (ms) => void keep.run(ms) }
}

/** Incarnations of gateways. */
export function incarnationTable(db: Database): Incarnations {
  const find = db.prepare<Greeting>('SELECT incarnation, told FROM greeted WHERE organisation = ?')
  const put = db.prepare('INSERT OR REPLACE INTO greeted VALUES (?, ?, ?)')
  const renew = db.prepare('UPDATE life SET incarnation = ?')
  return {
    find: (organisation) => find.get(organisation),
    put: (organisation, { incarnation, told }) => void put.run(organisation, incarnation, told),
    renew: () => void renew.run(randomBytes(16)),
  }
}
