// The small tables in SQLite: statements, lease, tokens, incarnations, time. docs/spec/mailbox.md
import { randomBytes } from 'node:crypto'
import type { Database } from '@rex/sdk/sqlite'
import type {
  AddressBook,
  Greeting,
  Incarnations,
  Lease,
  LeaseState,
  Statement,
  Statements,
  TakeOver,
  Time,
  Tokens,
} from '../store.ts'

/** Most desk stores remembered as shut out. */
const SHUT_OUT = 256
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

/** Addresses of other gateways. */
export function addressTable(db: Database): AddressBook {
  const find = db.prepare<{ endpoints: string; told: string; jwt: string }>(
    'SELECT endpoints, told, jwt FROM address WHERE organisation = ?',
  )
  const put = db.prepare('INSERT OR REPLACE INTO address VALUES (?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM address WHERE organisation = ?')
  return {
    find(organisation) {
      const row = find.get(organisation)
      return row && { ...row, endpoints: row.endpoints.split(',').filter(Boolean) }
    },
    put: (organisation, { endpoints, told, jwt }) => void put.run(organisation, endpoints.join(), told, jwt),
    remove: (organisation) => void remove.run(organisation),
  }
}

/** More fences than a store can have issued and then forgotten. */
const FORGOTTEN_FENCES = 2 ** 32

/** The mailbox lease: one row, and the desk stores that are shut out. */
export function leaseTable(db: Database): Lease {
  const get = db.prepare<LeaseState>('SELECT chain, fence, credential, since_ms AS sinceMs FROM lease')
  const put = db.prepare('INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?, ?)')
  const lastTakeOver = db.prepare<TakeOver>(
    'SELECT credential, displaced AS "from", taken_ms AS takenMs, cursor FROM take_over',
  )
  const putTakeOver = db.prepare('INSERT OR REPLACE INTO take_over VALUES (1, ?, ?, ?, ?)')
  const place = db.prepare<{ place: number }>('SELECT place FROM place WHERE chain = ?')
  const sawPlace = db.prepare(
    'INSERT INTO place VALUES (?, ?) ON CONFLICT DO UPDATE SET place = max(place, excluded.place)',
  )
  const isShutOut = db.prepare('SELECT 1 FROM shut_out WHERE chain = ?')
  const shutOut = db.prepare('INSERT OR IGNORE INTO shut_out (chain) VALUES (?)')
  const forget = db.prepare('DELETE FROM shut_out WHERE seq <= (SELECT max(seq) FROM shut_out) - ?')
  const admit = db.prepare('DELETE FROM shut_out WHERE chain = ?')
  const release = db.prepare(
    `UPDATE lease SET chain = x'', credential = '', fence = fence + ${FORGOTTEN_FENCES}`,
  )
  return {
    get: () => get.get(),
    put: ({ chain, fence, credential, sinceMs }) => void put.run(chain, fence, credential, sinceMs),
    place: (chain) => place.get(chain)?.place ?? 0,
    sawPlace: (chain, seen) => void sawPlace.run(chain, seen),
    lastTakeOver: () => lastTakeOver.get(),
    putTakeOver: ({ credential, from, takenMs, cursor }) =>
      void putTakeOver.run(credential, from, takenMs, cursor),
    isShutOut: (chain) => isShutOut.get(chain) !== undefined,
    shutOut(chain) {
      shutOut.run(chain)
      forget.run(SHUT_OUT)
    },
    admit: (chain) => void admit.run(chain),
    forget: () => void release.run(),
  }
}

/** Enrolment tokens. */
export function tokenTable(db: Database): Tokens {
  const add = db.prepare('INSERT INTO token VALUES (?, ?, ?)')
  const consume = db.prepare<{ name: string }>(
    'DELETE FROM token WHERE digest = ? AND expires_ms > ? AND expires_ms <= ? RETURNING name',
  )
  const sweep = db.prepare('DELETE FROM token WHERE expires_ms <= ?')
  return {
    add: (digest, expiresMs, name) => void add.run(digest, expiresMs, name),
    consume: (digest, nowMs, latestMs) => consume.get(digest, nowMs, latestMs),
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
  const own = db.prepare<{ incarnation: Uint8Array }>('SELECT incarnation FROM life')
  return {
    own: () => own.get()?.incarnation ?? new Uint8Array(16),
    find: (organisation) => find.get(organisation),
    put: (organisation, { incarnation, told }) => void put.run(organisation, incarnation, told),
    renew: () => void renew.run(randomBytes(16)),
  }
}
