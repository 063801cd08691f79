// Stores the duplicate ledger in SQLite. docs/spec/delivery.md, "Duplicates"
import { LIMITS } from '@rex/sdk/core'
import { type Database, LIMIT_BOUND } from '@rex/sdk/sqlite'
import type { Ledger, LedgerEntry } from '../ledger.ts'

interface Row {
  sender: string
  envelope_id: Uint8Array
  digest: Uint8Array
  expires_ms: number
  made_ms: number
  answer: Uint8Array | null
}

export function ledgerTable(db: Database): Ledger {
  const find = db.prepare<Row>('SELECT * FROM ledger WHERE envelope_id = ? AND sender = ?')
  const add = db.prepare(
    'INSERT INTO ledger (sender, envelope_id, digest, expires_ms, made_ms, answer) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const answer = db.prepare('UPDATE ledger SET answer = ? WHERE envelope_id = ? AND sender = ?')
  const keep = db.prepare(
    `INSERT OR IGNORE INTO conflict SELECT ?1, ?2, ?3, ?4, ?5
     WHERE (SELECT count(*) FROM conflict WHERE sender = ?1) < ${LIMITS.conflicts}`,
  )
  const oldest = db.prepare<Row & { seq: number }>(
    `SELECT * FROM ledger WHERE seq > ? ORDER BY seq ${LIMIT_BOUND}`,
  )
  const remove = db.prepare('DELETE FROM ledger WHERE seq = ?')
  const removeConflict = db.prepare('DELETE FROM conflict WHERE sender = ? AND envelope_id = ?')
  const floor = db.prepare<{ floor_ms: number }>('SELECT floor_ms FROM life')
  const raise = db.prepare('UPDATE life SET floor_ms = max(floor_ms, ?)')

  return {
    find(sender, envelopeId) {
      const row = find.get(envelopeId, sender)
      return row && toEntry(row)
    },
    floor: () => floor.get()?.floor_ms ?? 0,
    add(entry) {
      const { sender, envelopeId, digest, expiresMs, madeMs } = entry
      add.run(sender, envelopeId, digest, expiresMs, madeMs, entry.answer ?? null)
    },
    answer: (sender, envelopeId, bytes) => void answer.run(bytes, envelopeId, sender),
    keepConflict: (entry, envelope) =>
      void keep.run(entry.sender, entry.envelopeId, entry.digest, entry.madeMs, envelope),
    forget({ madeBeforeMs, expiredByMs, after }, limit) {
      const page = oldest.all(after, limit)
      const old = page.filter((row) => row.made_ms < madeBeforeMs)
      const finished = old.filter((row) => row.expires_ms <= expiredByMs && row.answer !== null)
      for (const row of finished) {
        remove.run(row.seq)
        removeConflict.run(row.sender, row.envelope_id)
      }
      if (finished.length > 0) raise.run(Math.max(...finished.map((row) => row.expires_ms)))
      const last = page.length === limit && old.length > 0 ? page.at(-1)?.seq : undefined
      return { count: finished.length, ...(last !== undefined && { last }) }
    },
  }
}

function toEntry(row: Row): LedgerEntry {
  return {
    sender: row.sender,
    envelopeId: row.envelope_id,
    digest: row.digest,
    expiresMs: row.expires_ms,
    madeMs: row.made_ms,
    ...(row.answer !== null && { answer: row.answer }),
  }
}
