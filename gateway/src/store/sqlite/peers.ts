// Stores statements, addresses, incarnations and networks of organisations in SQLite. docs/spec/delivery.md
import { randomBytes } from 'node:crypto'
import type { Database } from '@rex/sdk/sqlite'
import type {
  AddressBook,
  Greeting,
  Incarnations,
  Network,
  Networks,
  Statement,
  Statements,
} from '../peers.ts'

const STATEMENT = 'SELECT organisation, jwt, issued_ms AS issuedMs FROM statement'

/** The table of entity configurations. */
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

/** The table of addresses of other gateways. */
export function addressTable(db: Database): AddressBook {
  const find = db.prepare<{ endpoints: string; announced: string; jwt: string }>(
    'SELECT endpoints, told AS announced, jwt FROM address WHERE organisation = ?',
  )
  const put = db.prepare('INSERT OR REPLACE INTO address VALUES (?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM address WHERE organisation = ?')
  return {
    find(organisation) {
      const row = find.get(organisation)
      return row && { ...row, endpoints: row.endpoints.split(',').filter(Boolean) }
    },
    put: (organisation, { endpoints, announced, jwt }) =>
      void put.run(organisation, endpoints.join(), announced, jwt),
    remove: (organisation) => void remove.run(organisation),
  }
}

/** Returns access to the tables of incarnations, one for this gateway and one for other gateways. */
export function incarnationTable(db: Database): Incarnations {
  const find = db.prepare<Greeting>('SELECT incarnation, told AS report FROM greeted WHERE organisation = ?')
  const put = db.prepare('INSERT OR REPLACE INTO greeted VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM greeted WHERE organisation = ?')
  const renew = db.prepare('UPDATE life SET incarnation = ?')
  const own = db.prepare<{ incarnation: Uint8Array }>('SELECT incarnation FROM life')
  return {
    own: () => own.get()?.incarnation ?? new Uint8Array(16),
    find: (organisation) => find.get(organisation),
    put: (organisation, { incarnation, report }) => void put.run(organisation, incarnation, report),
    remove: (organisation) => void remove.run(organisation),
    renew: () => void renew.run(randomBytes(16)),
  }
}

/** The table of networks from which organisations have connected. */
export function networkTable(db: Database): Networks {
  const list = db.prepare<Network>('SELECT organisation, network, seen_ms AS seenMs FROM network')
  const put = db.prepare('INSERT OR REPLACE INTO network VALUES (?, ?, ?)')
  const trim = db.prepare(
    `DELETE FROM network WHERE organisation = ?1 AND network NOT IN
      (SELECT network FROM network WHERE organisation = ?1 ORDER BY seen_ms DESC LIMIT ?2)`,
  )
  const remove = db.prepare('DELETE FROM network WHERE organisation = ?')
  const forget = db.prepare('DELETE FROM network WHERE seen_ms < ?')
  return {
    list: () => list.all(),
    put({ organisation, network, seenMs }, most) {
      put.run(organisation, network, seenMs)
      trim.run(organisation, most)
    },
    remove: (organisation) => void remove.run(organisation),
    forget: (beforeMs) => void forget.run(beforeMs),
  }
}
