// Stores the mailbox in SQLite, with a queue per lane and sender. docs/spec/mailbox.md
import type { Queue } from '@rex/sdk/core'
import { type Database, LIMIT_BOUND } from '@rex/sdk/sqlite'
import type { Item, ItemKind, Mailbox } from '../mailbox.ts'
import type { Usage } from '../space.ts'
import { isWhole, type Quarantine, wholeRows } from './quarantine.ts'
import { NOTHING, totalOf } from './space.ts'
import { sumOf } from './whole.ts'

const KINDS: readonly ItemKind[] = ['stored', 'report', 'notice']

interface Row {
  cursor: number
  kind: number
  content: Uint8Array
  sum: number
  times: number | null
}

/** Number of bytes at which a read of a queue stops. */
const READ_BYTES = 1024 * 1024
const SELECT = 'SELECT i.cursor, kind, content, sum, times FROM'
const LANES = "('report', 'urgent', 'routine')"

export function mailboxTable(db: Database, quarantine: Quarantine): Mailbox {
  const queues = db.prepare<Queue & { newest: number }>(
    `SELECT box AS lane, peer, newest FROM usage WHERE box IN ${LANES} AND items > 0`,
  )
  const next = db.prepare<Row>(
    `${SELECT} item i LEFT JOIN redelivery r ON r.cursor = i.cursor
     WHERE i.lane = ? AND i.peer = ? AND i.cursor > ? AND coalesce(due_ms, 0) = 0 ORDER BY i.cursor ${LIMIT_BOUND}`,
  )
  const due = db.prepare<Pick<Row, 'cursor'>>(
    `SELECT cursor FROM redelivery
     WHERE lane = ? AND peer = ? AND due_ms > 0 AND due_ms <= ? ORDER BY due_ms ${LIMIT_BOUND}`,
  )
  const one = db.prepare<Row>(
    `${SELECT} item i LEFT JOIN redelivery r ON r.cursor = i.cursor WHERE i.cursor = ?`,
  )
  const nextDue = db.prepare<{ due_ms: number | null }>(
    'SELECT min(due_ms) AS due_ms FROM redelivery WHERE lane = ? AND peer = ? AND due_ms > 0 AND due_ms > ?',
  )
  const waiting = db.prepare<Usage>('SELECT items, bytes FROM usage WHERE box = ? AND peer = ?')
  const total = totalOf(db, LANES)
  const add = db.prepare<{ cursor: number }>(
    'INSERT INTO item (lane, kind, peer, bytes, content, sum) VALUES (?, ?, ?, ?, ?, ?) RETURNING cursor',
  )
  const remove = db.prepare('DELETE FROM item WHERE cursor = ?')
  const forget = db.prepare('DELETE FROM redelivery WHERE cursor = ?')
  const giveBack = db.prepare(
    `INSERT INTO redelivery SELECT cursor, lane, peer, 1, ?2 FROM item WHERE cursor = ?1
     ON CONFLICT DO UPDATE SET times = times + 1, due_ms = excluded.due_ms`,
  )

  const beginAnew = db.prepare('UPDATE redelivery SET due_ms = 0 WHERE due_ms > 0')

  const whole = (read: () => Row[]): Item[] =>
    wholeRows(read, isWhole, (damaged) =>
      quarantine.move(
        'item',
        damaged.map(({ cursor }) => cursor),
      ),
    ).map(toItem)

  return {
    queues: () => queues.all(),
    next: ({ lane, peer }, after, limit) =>
      whole(() => next.until(together(READ_BYTES), lane, peer, after, limit)),
    due: ({ lane, peer }, nowMs, limit) => due.all(lane, peer, nowMs, limit).map(({ cursor }) => cursor),
    item: (cursor) => whole(() => one.all(cursor))[0],
    nextDueMs: ({ lane, peer }, nowMs) => nextDue.get(lane, peer, nowMs)?.due_ms ?? undefined,
    waiting: ({ lane, peer }) => waiting.get(lane, peer) ?? NOTHING,
    total: () => total.get() ?? NOTHING,
    add: ({ kind, lane, peer, content }) =>
      add.get(lane, KINDS.indexOf(kind), peer, content.length, content, sumOf(content))?.cursor ?? 0,
    remove(cursor) {
      remove.run(cursor)
      forget.run(cursor)
    },
    giveBack: (cursor, dueMs) => void giveBack.run(cursor, dueMs),
    beginAnew: () => void beginAnew.run(),
  }
}

/** Returns a predicate for successive rows that becomes true once their contents add up to `bytes` or more. */
function together(bytes: number): (row: Row) => boolean {
  let read = 0
  return ({ content }) => {
    read += content?.length ?? 0
    return read >= bytes
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
