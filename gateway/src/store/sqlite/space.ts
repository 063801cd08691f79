// The amount of mail of each organisation in the mailbox, the outbox and the ledger, which SQL triggers maintain. docs/spec/delivery.md, "Admission"
import type { Database, Statement } from '@rex/sdk/sqlite'
import type { Holding, Space, Usage } from '../space.ts'

/** The usage of an organisation of which nothing is stored. */
export const NOTHING: Usage = { items: 0, bytes: 0 }

/** Measured overhead of an envelope or item, in bytes: columns, index entries and partly filled pages. */
const ROW_BYTES = 1536

/** Prepares a query of the totals over several values of the column `box`. `boxes`: the list of these values in SQL. */
export function totalOf(db: Database, boxes: string): Statement<Usage> {
  return db.prepare<Usage>(
    `SELECT coalesce(sum(items), 0) AS items, coalesce(sum(bytes), 0) AS bytes FROM usage WHERE box IN ${boxes}`,
  )
}

/** Bytes stored for each organisation, and the used space of the file. */
export function spaceTable(db: Database): Space {
  const bytes = `coalesce(sum(bytes + iif(box = 'ledger', 0, items * ${ROW_BYTES})), 0)`
  const one = db.prepare<{ bytes: number }>(
    `SELECT ${bytes} AS bytes FROM usage WHERE box IN ('urgent', 'routine', 'conflict', 'ledger') AND peer = ?`,
  )
  const urgent = db.prepare<{ bytes: number }>(
    `SELECT ${bytes} AS bytes FROM usage WHERE box = 'urgent' AND peer = ?`,
  )
  const out = db.prepare<{ bytes: number }>(
    `SELECT ${bytes} AS bytes FROM usage WHERE box = 'outbox' AND peer = ?`,
  )
  const all = db.prepare<Holding>(
    `SELECT peer AS organisation, ${bytes} AS bytes FROM usage WHERE items > 0 AND peer <> '' GROUP BY peer ORDER BY bytes DESC`,
  )
  const outAll = db.prepare<{ bytes: number }>(`SELECT ${bytes} AS bytes FROM usage WHERE box = 'outbox'`)
  const pages = db.prepare<{ page_count: number }>('PRAGMA page_count')
  const free = db.prepare<{ freelist_count: number }>('PRAGMA freelist_count')
  const pageBytes = db.prepare<{ page_size: number }>('PRAGMA page_size').get()?.page_size ?? 0
  return {
    used: () => ((pages.get()?.page_count ?? 0) - (free.get()?.freelist_count ?? 0)) * pageBytes,
    bytesFrom: (sender) => one.get(sender)?.bytes ?? 0,
    urgentFrom: (sender) => urgent.get(sender)?.bytes ?? 0,
    bytesFor: (recipient) => out.get(recipient)?.bytes ?? 0,
    outgoing: () => outAll.get()?.bytes ?? 0,
    holdings: () => all.all(),
  }
}
