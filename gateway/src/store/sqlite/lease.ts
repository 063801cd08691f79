// Stores the lease of the mailbox in SQLite. docs/spec/mailbox.md, "Lease"
import { LIMITS } from '@rex/sdk/core'
import type { Database } from '@rex/sdk/sqlite'
import type { Lease, LeaseState, TakeOver } from '../lease.ts'

/**
 * Increase of the fence after the store has lost the lease: more than the number of fences that can have been issued and
 * then lost.
 */
const FORGOTTEN_FENCES = 2 ** 32

/** Returns access to the tables of the mailbox lease, which has one row, and of the desk stores that are shut out. */
export function leaseTable(db: Database): Lease {
  const get = db.prepare<LeaseState>('SELECT chain, fence, credential, since_ms AS sinceMs FROM lease')
  const put = db.prepare('INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?, ?)')
  const lastTakeOver = db.prepare<TakeOver>(
    'SELECT credential, displaced AS "from", taken_ms AS takenMs, cursor FROM take_over',
  )
  const putTakeOver = db.prepare('INSERT OR REPLACE INTO take_over VALUES (1, ?, ?, ?, ?)')
  const place = db.prepare<{ place: number }>('SELECT place FROM place WHERE chain = ?')
  const raisePlace = db.prepare('UPDATE place SET place = max(place, ?) WHERE chain = ?')
  const addPlace = db.prepare('INSERT INTO place (chain, place) VALUES (?, ?)')
  const forgetPlaces = db.prepare('DELETE FROM place WHERE seq <= (SELECT max(seq) FROM place) - ?')
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
    sawPlace(chain, seen) {
      if (raisePlace.run(seen, chain) > 0) return
      addPlace.run(chain, seen)
      forgetPlaces.run(LIMITS.chains)
    },
    lastTakeOver: () => lastTakeOver.get(),
    putTakeOver: ({ credential, from, takenMs, cursor }) =>
      void putTakeOver.run(credential, from, takenMs, cursor),
    isShutOut: (chain) => isShutOut.get(chain) !== undefined,
    shutOut(chain) {
      shutOut.run(chain)
      forget.run(LIMITS.chains)
    },
    admit: (chain) => void admit.run(chain),
    forget: () => void release.run(),
  }
}
