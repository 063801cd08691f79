// The mailbox in SQLite. docs/spec/mailbox.md
import { type Database, LIMIT_BOUND } from '@rex/sdk/sqlite'
import type { Item, ItemKind, Mailbox } from '../store.ts'
import { usageOf } from './usage.ts'

const KINDS: readonly ItemKind[] = ['stored', 'report', 'notice']

interface Row {
  cursor: number
  kind: number
  content: Uint8Array
  times: number | null
}

const SELECT = 'SELECT i.cursor, kind, content, times FROM'

/** The mailbox's tables. */
export function mailboxTable(db: Database): Mailbox {
  const nextOf = (urgent: 0 | 1) =>
    db.prepare<Row>(
      `${SELECT} item i LEFT JOIN redelivery r ON r.cursor = i.cursor
       WHERE urgent = ${urgent} AND i.cursor > ? AND coalesce(due_ms, 0) = 0 ORDER BY i.cursor ${LIMIT_BOUND}`,
    )
  const routine = nextOf(0)
  const urgent = nextOf(1)
  const due = db.prepare<Row>(
    `${SELECT} redelivery r JOIN item i ON i.cursor = r.cursor
     WHERE due_ms > 0 AND due_ms <= ? ORDER BY due_ms ${LIMIT_BOUND}`,
  )
  const nextDue = db.prepare<{ due_ms: number | null }>(
    'SELECT min(due_ms) AS due_ms FROM redelivery WHERE due_ms > 0 AND due_ms > ?',
  )
  const add = db.prepare<{ cursor: number }>(
    'INSERT INTO item (urgent, kind, peer, bytes, content) VALUES (?, ?, ?, ?, ?) RETURNING cursor',
  )
  const remove = db.prepare('DELETE FROM item WHERE cursor = ?')
  const forget = db.prepare('DELETE FROM redelivery WHERE cursor = ?')
  const giveBack = db.prepare(
    `INSERT INTO redelivery SELECT cursor, 1, ?2 FROM item WHERE cursor = ?1
     ON CONFLICT DO UPDATE SET times = times + 1, due_ms = excluded.due_ms`,
  )

  return {
    next: (isUrgent, after, limit) => (isUrgent ? urgent : routine).all(after, limit).map(toItem),
    due: (nowMs, limit) => due.all(nowMs, limit).map(toItem),
    nextDueMs: (nowMs) => nextDue.get(nowMs)?.due_ms ?? undefined,
    ...usageOf(db, 'mailbox'),
    add: ({ kind, urgent: lane, peer, content }) =>
      add.get(+lane, KINDS.indexOf(kind), peer, content.length, content)?.cursor ?? 0,
    remove(cursor) {
      remove.run(cursor)
      forget.run(cursor)
    },
    giveBack: (cursor, dueMs) => void giveBack.run(cursor, dueMs),
  }
}

function toItem(row: Row): Item {
  return {
    cursor: row.cursor,
    kind: KINDS[row.kind] ?? 'report',
    content: row.content,
    redelivered: row.times ?? 0,
  }
}
