// Stores the outbox in SQLite. docs/spec/delivery.md, "Sending"
import { type Database, LIMIT_BOUND, type Statement } from '@rex/sdk/sqlite'
import type { Outbox, OutboxReads, QueuePart, Sendable, Waiting } from '../outbox.ts'
import type { Usage } from '../space.ts'
import { isSharedWhole, isWhole, type Quarantine, wholeRows } from './quarantine.ts'
import { NOTHING, totalOf } from './space.ts'
import { sumOf } from './whole.ts'

const DELIVERIES = 64
const EMPTY = new Uint8Array()

interface Row {
  id: number
  envelope_id: Uint8Array
  recipient: string
  urgent: number
  submitted_ms: number
  expires_ms: number
  last_error: Uint8Array | null
}

interface Lane {
  readonly next: Statement<SendableRow>
  readonly due: Statement<SendableRow>
}

interface SendableRow extends Row {
  shared: Uint8Array | null
  shared_sum: number | null
  own: Uint8Array
  sum: number
}

const COLUMNS = 'o.id, envelope_id, recipient, urgent, submitted_ms, expires_ms, last_error'
const SENDABLE = `SELECT ${COLUMNS}, shared, u.sum AS shared_sum, own, o.sum FROM outbox o LEFT JOIN upload u ON u.id = o.id / ${DELIVERIES} WHERE recipient = ?`

/** Returns access to the tables of envelopes that wait for other gateways. */
export function outboxTable(db: Database, quarantine: Quarantine): Outbox {
  return { ...outboxReads(db, quarantine), ...outboxWrites(db) }
}

function outboxReads(db: Database, quarantine: Quarantine): OutboxReads {
  // Prepare one query per lane, because with `urgent` as a bound value SQLite would recompile it each time to check the partial index.
  const [routine, urgent] = [0, 1].map((lane) => ({
    next: db.prepare<SendableRow>(
      `${SENDABLE} AND urgent = ${lane} AND due_ms = 0 AND o.id > ? ORDER BY o.id ${LIMIT_BOUND}`,
    ),
    due: db.prepare<SendableRow>(
      `${SENDABLE} AND urgent = ${lane} AND due_ms BETWEEN 1 AND ? ORDER BY due_ms ${LIMIT_BOUND}`,
    ),
  })) as [Lane, Lane]
  const laneOf = (part: QueuePart) => (part.urgent ? urgent : routine)
  const nextDue = db.prepare<{ due_ms: number | null }>(
    `SELECT min(due_ms) AS due_ms FROM (
       SELECT min(due_ms) AS due_ms FROM outbox WHERE recipient = ?1 AND urgent = 0 AND due_ms > ?2
       UNION ALL SELECT min(due_ms) FROM outbox WHERE recipient = ?1 AND urgent = 1 AND due_ms > ?2)`,
  )
  const expiring = db.prepare<Row>(
    `SELECT ${COLUMNS} FROM outbox o WHERE expires_ms < ? ORDER BY expires_ms ${LIMIT_BOUND}`,
  )
  const delayed = db.prepare<Row>(
    `SELECT ${COLUMNS} FROM outbox o WHERE urgent = 1 AND delayed = 0 AND submitted_ms < ? ORDER BY submitted_ms ${LIMIT_BOUND}`,
  )
  const list = db.prepare<Row>(`SELECT ${COLUMNS} FROM outbox o ORDER BY o.id ${LIMIT_BOUND}`)
  const oldest = db.prepare<{ ms: number | null }>(
    `SELECT min(submitted_ms) AS ms FROM (
       SELECT * FROM (SELECT submitted_ms FROM outbox WHERE recipient = ?1 AND urgent = 0 ORDER BY due_ms, id LIMIT 1)
       UNION ALL SELECT * FROM (SELECT submitted_ms FROM outbox WHERE recipient = ?1 AND urgent = 1 ORDER BY due_ms, id LIMIT 1))`,
  )
  const of = db.prepare<Row>(`SELECT ${COLUMNS} FROM outbox o WHERE recipient = ? ${LIMIT_BOUND}`)
  const recipients = db.prepare<{ peer: string }>(
    `SELECT peer FROM usage WHERE box = 'outbox' AND items > 0 ORDER BY peer`,
  )
  const usage = db.prepare<Usage>("SELECT items, bytes FROM usage WHERE box = 'outbox' AND peer = ?")
  const total = totalOf(db, "('outbox')")
  const whole = (read: () => SendableRow[]): Sendable[] =>
    wholeRows(read, isSendableWhole, (damaged) =>
      quarantine.move(
        'outbox',
        damaged.map(({ id }) => id),
      ),
    ).map(toSendable)

  return {
    next: (part, after, limit) => whole(() => laneOf(part).next.all(part.recipient, after, limit)),
    due: (part, nowMs, limit) => whole(() => laneOf(part).due.all(part.recipient, nowMs, limit)),
    nextDueMs: (recipient, nowMs) => nextDue.get(recipient, nowMs)?.due_ms ?? undefined,
    expiring: (beforeMs, limit) => expiring.all(beforeMs, limit).map(toWaiting),
    delayed: (beforeMs, limit) => delayed.all(beforeMs, limit).map(toWaiting),
    list: (limit) => list.all(limit).map(toWaiting),
    oldestMs: (recipient) => oldest.get(recipient)?.ms ?? undefined,
    of: (recipient, limit) => of.all(recipient, limit).map(toWaiting),
    recipients: () => recipients.all().map((row) => row.peer),
    usage: (recipient) => usage.get(recipient) ?? NOTHING,
    total: () => total.get() ?? NOTHING,
  }
}

function outboxWrites(db: Database): Omit<Outbox, keyof OutboxReads> {
  const lastUpload = db.prepare<{ id: number }>(
    'UPDATE life SET uploads = uploads + 1 RETURNING uploads AS id',
  )
  const addUpload = db.prepare('INSERT INTO upload VALUES (?, ?, ?)')
  const add = db.prepare(
    `INSERT INTO outbox (id, envelope_id, recipient, urgent, submitted_ms, expires_ms, bytes, own, sum)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const postpone = db.prepare('UPDATE outbox SET due_ms = ?, last_error = ? WHERE id = ?')
  const endPostponed = db.prepare('UPDATE outbox SET due_ms = 0 WHERE recipient = ? AND due_ms > 0')
  const endAllPostponed = db.prepare('UPDATE outbox SET due_ms = 0 WHERE due_ms > 0')
  const submittedBy = db.prepare('UPDATE outbox SET submitted_ms = ?1 WHERE submitted_ms > ?1')
  const markDelayed = db.prepare('UPDATE outbox SET delayed = 1 WHERE id = ?')
  const remove = db.prepare('DELETE FROM outbox WHERE id = ?')
  const removeUpload = db.prepare(
    `DELETE FROM upload WHERE id = ?1
     AND NOT EXISTS (SELECT 1 FROM outbox WHERE id BETWEEN ?1 * ${DELIVERIES} AND ?1 * ${DELIVERIES} + ${DELIVERIES - 1})`,
  )

  return {
    add({ shared, deliveries }) {
      const upload = lastUpload.get()?.id ?? 0
      if (shared.length > 0) addUpload.run(upload, shared, sumOf(shared))
      deliveries.forEach((d, i) => {
        const id = upload * DELIVERIES + i
        add.run(
          id,
          d.envelopeId,
          d.recipient,
          +d.urgent,
          d.submittedMs,
          d.expiresMs,
          d.bytes,
          d.own,
          sumOf(d.own),
        )
      })
    },
    postpone: (id, dueMs, lastError) => void postpone.run(dueMs, lastError, id),
    endPostponed: (recipient) => void endPostponed.run(recipient),
    beginAnew(nowMs) {
      endAllPostponed.run()
      submittedBy.run(nowMs)
    },
    markDelayed: (id) => void markDelayed.run(id),
    remove(id) {
      const removed = remove.run(id) > 0
      removeUpload.run(Math.floor(id / DELIVERIES))
      return removed
    },
  }
}

function toWaiting(row: Row): Waiting {
  return {
    id: row.id,
    envelopeId: row.envelope_id,
    recipient: row.recipient,
    urgent: row.urgent === 1,
    submittedMs: row.submitted_ms,
    expiresMs: row.expires_ms,
    ...(row.last_error !== null && { lastError: row.last_error }),
  }
}

function isSendableWhole(row: SendableRow): boolean {
  return isWhole({ content: row.own, sum: row.sum }) && isSharedWhole(row)
}

function toSendable(row: SendableRow): Sendable {
  return { ...toWaiting(row), shared: row.shared ?? EMPTY, own: row.own }
}
