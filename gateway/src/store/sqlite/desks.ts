// Stores credentials of desks and enrolment tokens in SQLite. docs/spec/mailbox.md, "Desk credentials"
import type { Database } from '@rex/sdk/sqlite'
import type { DeskCredential, Desks, Tokens } from '../desks.ts'

/** The table of desk credentials. An expiry is never set to an earlier time, because an earlier certificate may be valid for longer than the last one. */
export function deskTable(db: Database): Desks {
  const list = db.prepare<DeskCredential>(
    `SELECT credential, name, token, enrolled_ms AS enrolledMs, renewed_ms AS renewedMs, renewals, expires_ms AS expiresMs,
      seen_ms AS seenMs, chain, revoked_ms AS revokedMs, identity FROM desk ORDER BY enrolled_ms DESC, credential`,
  )
  const count = db.prepare<{ n: number }>('SELECT count(*) AS n FROM desk')
  const enrol = db.prepare(
    `INSERT INTO desk (credential, name, token, enrolled_ms, expires_ms, identity) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET name = excluded.name, token = excluded.token, enrolled_ms = excluded.enrolled_ms,
        identity = excluded.identity, expires_ms = max(expires_ms, excluded.expires_ms)`,
  )
  const renew = db.prepare(
    `UPDATE desk SET renewed_ms = ?, renewals = renewals + 1, expires_ms = max(expires_ms, ?) WHERE credential = ?`,
  )
  const see = db.prepare(
    `INSERT INTO desk (credential, enrolled_ms, expires_ms, seen_ms) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET seen_ms = excluded.seen_ms, expires_ms = max(expires_ms, excluded.expires_ms)`,
  )
  const hold = db.prepare('UPDATE desk SET chain = ? WHERE credential = ?')
  const revoke = db.prepare('UPDATE desk SET revoked_ms = ? WHERE credential = ? AND revoked_ms = 0')
  const sweep = db.prepare('DELETE FROM desk WHERE expires_ms < ?')
  return {
    list: () => list.all(),
    count: () => count.get()?.n ?? 0,
    enrol: ({ credential, name, token, enrolledMs, expiresMs, identity }) =>
      void enrol.run(credential, name, token, enrolledMs, expiresMs, identity),
    renew: ({ credential, renewedMs, expiresMs }) => void renew.run(renewedMs, expiresMs, credential),
    see: ({ credential, expiresMs, seenMs }) => void see.run(credential, seenMs, expiresMs, seenMs),
    hold: (credential, chain) => void hold.run(chain, credential),
    revoke: (credential, nowMs) => void revoke.run(nowMs, credential),
    sweep: (beforeMs) => void sweep.run(beforeMs),
  }
}

/** The table of enrolment tokens. */
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
