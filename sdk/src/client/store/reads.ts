import { type Database, LIMIT_BOUND } from '../../sqlite/database.ts'
import {
  ENVELOPE,
  ID_DIGITS,
  LAST,
  LONGEST_PAUSE,
  OFFERED,
  THREAD,
  UNANSWERED,
  UNRECEIVED,
} from './expressions.ts'
import type {
  DeliveryRecord,
  DeskReads,
  EnvelopeRecord,
  ItemRecord,
  MessageRecord,
  NoticeRecord,
  OutgoingRecord,
  PairingRecord,
  ParkedRecord,
  PeerRecord,
  Place,
  ThreadRecord,
  Verdict,
  WaitingGroup,
} from './store.ts'

const THREADS =
  'SELECT lower(hex(id)) AS id, role, test, key, summary, lower(hex(refMac)) AS refMac, updatedMs FROM thread'
const MESSAGES = `SELECT m.sequence, lower(hex(digest)) AS digest, lower(hex(t.id)) AS thread, status, content
  FROM message m JOIN thread t ON t.sequence = m.thread`
const deliveriesBy = (index: string) =>
  `SELECT lower(hex(m.digest)) AS message, recipient, lower(hex(t.id)) AS thread, state, receivedMs, reason, expiresMs,
    urgent, sentMs, alarmed, minimumSuite, resealPending, attempts, resealMs, offerMs
  FROM delivery d ${index} JOIN message m ON m.sequence = d.message JOIN thread t ON t.sequence = m.thread`
const DELIVERIES = deliveriesBy('')
const ENVELOPES = `SELECT lower(hex(e.id)) AS id, lower(hex(e.digest)) AS digest, lower(hex(m.digest)) AS message, recipient, closed, stored
  FROM envelope e JOIN message m ON m.sequence = e.message`

type Raw<T> = { [K in keyof T]: T[K] extends boolean ? number : T[K] }

/** Prepares the reads of a store. */
export function prepareReads(db: Database): DeskReads {
  const thread = db.prepare<Raw<ThreadRecord>>(`${THREADS} WHERE id = unhex(?)`)
  const threads = db.prepare<Raw<ThreadRecord>>(
    `${THREADS} WHERE (updatedMs, sequence) < (?, coalesce(${THREAD}, ${LAST})) ORDER BY updatedMs DESC, sequence DESC ${LIMIT_BOUND}`,
  )
  const byRef = db.prepare<Place>(
    `SELECT updatedMs AS ms, lower(hex(id)) AS id FROM thread WHERE refMac = unhex(?) AND refMac <> x'' AND (updatedMs, sequence) < (?, coalesce(${THREAD}, ${LAST})) ORDER BY updatedMs DESC, sequence DESC ${LIMIT_BOUND}`,
  )
  const byPrefix = db.prepare<Place>(
    `SELECT updatedMs AS ms, lower(hex(id)) AS id FROM thread WHERE id >= unhex(?) AND id <= unhex(?) ORDER BY id ${LIMIT_BOUND}`,
  )
  const open = db.prepare<Place>(
    `SELECT dueMs AS ms, lower(hex(id)) AS id FROM thread WHERE dueMs IS NOT NULL AND (dueMs, sequence) > (?, coalesce(${THREAD}, -1)) ORDER BY dueMs, sequence ${LIMIT_BOUND}`,
  )
  const messages = db.prepare<MessageRecord>(`${MESSAGES} WHERE t.id = unhex(?) ORDER BY m.sequence`)
  const heldThreads = db.prepare<{ thread: string }>(
    "SELECT lower(hex(id)) AS thread FROM thread WHERE sequence IN (SELECT thread FROM message WHERE status = 'held') ORDER BY sequence",
  )
  const message = db.prepare<MessageRecord>(`${MESSAGES} WHERE digest = unhex(?)`)
  const delivery = db.prepare<Raw<DeliveryRecord>>(
    `${DELIVERIES} WHERE m.digest = unhex(?) AND recipient = ?`,
  )
  const deliveries = db.prepare<Raw<DeliveryRecord>>(
    `${DELIVERIES} WHERE t.id = unhex(?) ORDER BY d.message, recipient`,
  )
  const envelope = db.prepare<EnvelopeRow>(`${ENVELOPES} WHERE e.id = unhex(?)`)
  const envelopes = db.prepare<EnvelopeRow>(
    `${ENVELOPES} WHERE m.digest = unhex(?) AND recipient = ? ORDER BY e.sequence`,
  )
  const waiting = db.prepare<Raw<WaitingGroup>>(
    `SELECT recipient, urgent, waits AS state, count(*) AS count, min(sentMs) AS sinceMs, lower(hex(t.id)) AS thread
     FROM (SELECT message, recipient, urgent, sentMs, iif(state = 'stored', 'stored', 'sent') AS waits FROM delivery WHERE ${UNANSWERED}
       UNION ALL SELECT message, recipient, urgent, sentMs, 'held' FROM delivery WHERE state = 'held') w
     JOIN message m ON m.sequence = w.message JOIN thread t ON t.sequence = m.thread
     GROUP BY recipient, urgent, waits ORDER BY sinceMs`,
  )
  const parkedCount = db.prepare<{ count: number }>(
    'SELECT count(*) AS count FROM item WHERE parked IS NOT NULL',
  )
  // Threads are never deleted, so their sequence has no gaps and the last number is the count.
  const threadCount = db.prepare<{ count: number | null }>('SELECT max(sequence) AS count FROM thread')
  const overdue = db.prepare<Raw<DeliveryRecord>>(
    `${DELIVERIES} WHERE ${UNANSWERED} AND expiresMs <= ? ORDER BY expiresMs ${LIMIT_BOUND}`,
  )
  const datedAhead = db.prepare<{ count: number; latestMs: number | null }>(
    `SELECT count(*) AS count, max(sentMs) AS latestMs FROM delivery WHERE ${UNANSWERED} AND sentMs > ?`,
  )
  // Without the index named here, SQLite would read all deliveries in this order, or sort all pending ones for each page.
  const dueForReseal = db.prepare<Raw<DeliveryRecord>>(
    `${deliveriesBy('INDEXED BY delivery_in_turn')} WHERE resealPending = 1 AND (d.message, recipient) > (coalesce((SELECT sequence FROM message WHERE digest = unhex(?2)), -1), ?3) AND (resealMs <= ?1 OR resealMs > ?1 + ${LONGEST_PAUSE}) AND expiresMs > ?1 ORDER BY d.message, recipient LIMIT 0 + ?4`,
  )
  const nextResealMs = db.prepare<{ ms: number | null }>(
    'SELECT min(resealMs) AS ms FROM delivery WHERE resealPending = 1 AND expiresMs > ?',
  )
  const offers = db.prepare<{ firstMs: number | null; lastMs: number | null }>(
    `SELECT (SELECT min(offerMs) FROM delivery WHERE ${OFFERED}) AS firstMs, (SELECT max(offerMs) FROM delivery WHERE ${OFFERED}) AS lastMs`,
  )
  const unreceived = db.prepare<Raw<DeliveryRecord>>(
    `${DELIVERIES} WHERE ${UNRECEIVED} AND sentMs <= ? ORDER BY sentMs ${LIMIT_BOUND}`,
  )
  const due = db.prepare<{ id: string }>(
    `SELECT lower(hex(id)) AS id FROM thread WHERE checkMs IS NOT NULL AND checkMs <= ? ORDER BY checkMs ${LIMIT_BOUND}`,
  )
  const nextAlarm = db.prepare<{ ms: number | null }>(
    `SELECT min(ms) AS ms FROM (SELECT min(sentMs) + ? AS ms FROM delivery WHERE ${UNRECEIVED} UNION ALL SELECT min(checkMs) FROM thread WHERE checkMs IS NOT NULL)`,
  )
  const batches = db.prepare<{ batch: Uint8Array }>(
    `SELECT b.batch FROM envelope_receipt r JOIN receipt_batch b ON b.sequence = r.batch WHERE envelope = ${ENVELOPE} ORDER BY b.sequence`,
  )
  const outgoing = db.prepare<OutgoingRecord>(
    `SELECT * FROM outgoing WHERE id > ? ORDER BY id ${LIMIT_BOUND}`,
  )
  const nextItem = db.prepare<Raw<ItemRecord>>(
    'SELECT sequence, id, thread, urgent, attempts, content FROM item WHERE parked IS NULL AND (notBeforeMs <= ?1 OR sinceMs > ?1) AND thread NOT IN (SELECT value FROM json_each(?2)) ORDER BY urgent DESC, sequence LIMIT 1',
  )
  const nextItemMs = db.prepare<{ ms: number | null }>(
    'SELECT min(notBeforeMs) AS ms FROM item WHERE parked IS NULL AND notBeforeMs > ?1 AND sinceMs <= ?1 AND thread NOT IN (SELECT value FROM json_each(?2))',
  )
  const parkedItems = db.prepare<Raw<ParkedRecord>>(
    'SELECT sequence, id, thread, urgent, attempts, content, parked AS reason FROM item WHERE parked IS NOT NULL ORDER BY sequence',
  )
  const verdict = db.prepare<Verdict>(
    'SELECT lower(hex(digest)) AS digest, status, code FROM verdict WHERE sender = ? AND messageId = unhex(?)',
  )
  const receipts = db.prepare<{ id: number; recipient: string; receipt: Uint8Array }>(
    `SELECT * FROM receipt ORDER BY id ${LIMIT_BOUND}`,
  )
  const sendKey = db.prepare<{ content: string; thread: string }>(
    'SELECT content, thread FROM send_key WHERE key = ?',
  )
  const peers = db.prepare<PeerRecord>('SELECT * FROM peer ORDER BY organisation')
  const pairings = db.prepare<PairingRecord>('SELECT * FROM pairing ORDER BY organisation')
  const notices = db.prepare<NoticeRecord>('SELECT kind, organisation, noticedMs, detail FROM notice')
  const gateway = db.prepare<{ incarnation: string | null; confirmed: number }>('SELECT * FROM gateway')
  const lastOutgoing = db.prepare<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'outgoing'")
  const trustedTime = db.prepare<{ ms: number }>('SELECT ms FROM trusted_time')
  const busy = db.prepare<{ busy: number }>(
    'SELECT EXISTS (SELECT 1 FROM outgoing) OR EXISTS (SELECT 1 FROM receipt) AS busy',
  )
  return {
    thread: (id) => withTest(thread.get(id)),
    threads: (limit, { ms, id } = { ms: LAST, id: '' }) =>
      threads.all(ms, id, limit).map((row) => withTest(row) as ThreadRecord),
    byRef: (refMac, limit, { ms, id } = { ms: LAST, id: '' }) => byRef.all(refMac, ms, id, limit),
    byPrefix: (digits, limit, after) => {
      const first = digits.length % 2 === 0 ? digits : `${digits}0`
      return byPrefix.all(after === undefined ? first : `${after.id}00`, digits.padEnd(ID_DIGITS, 'f'), limit)
    },
    open: (limit, { ms, id } = { ms: -1, id: '' }) => open.all(ms, id, limit),
    messages: (id) => messages.all(id),
    heldThreads: () => heldThreads.all().map((row) => row.thread),
    message: (digest) => message.get(digest),
    delivery: ({ message, recipient }) => {
      const row = delivery.get(message, recipient)
      return row && deliveryOf(row)
    },
    deliveries: (id) => deliveries.all(id).map(deliveryOf),
    envelope: (id) => {
      const row = envelope.get(id)
      return row && envelopeOf(row)
    },
    envelopes: ({ message, recipient }) => envelopes.all(message, recipient).map(envelopeOf),
    waiting: () => waiting.all().map((row) => ({ ...row, urgent: row.urgent === 1 })),
    parked: () => parkedCount.get()?.count ?? 0,
    threadCount: () => threadCount.get()?.count ?? 0,
    overdue: (expiredMs, limit) => overdue.all(expiredMs, limit).map(deliveryOf),
    datedAhead: (ms) => {
      const { count = 0, latestMs = null } = datedAhead.get(ms) ?? {}
      return latestMs === null ? undefined : { count, latestMs }
    },
    dueForReseal: (nowMs, limit, { message, recipient } = { message: '', recipient: '' }) =>
      dueForReseal.all(nowMs, message, recipient, limit).map(deliveryOf),
    nextResealMs: (nowMs) => nextResealMs.get(nowMs)?.ms ?? undefined,
    offers: (nowMs) => {
      const { firstMs = null, lastMs = null } = offers.get(nowMs) ?? {}
      return firstMs === null || lastMs === null ? undefined : { firstMs, lastMs }
    },
    unreceived: (sentMs, limit) => unreceived.all(sentMs, limit).map(deliveryOf),
    due: (dueMs, limit) => due.all(dueMs, limit).map(({ id }) => id),
    nextAlarmMs: (unreceivedAfterMs) => nextAlarm.get(unreceivedAfterMs)?.ms ?? undefined,
    receiptBatches: (envelopeId) => batches.all(envelopeId).map(({ batch }) => batch),
    outgoing: (afterId, limit) => outgoing.all(afterId, limit),
    nextItem: (nowMs, without) => {
      const row = nextItem.get(nowMs, JSON.stringify(without))
      return row && { ...row, urgent: row.urgent === 1 }
    },
    nextItemMs: (nowMs, without) => nextItemMs.get(nowMs, JSON.stringify(without))?.ms ?? undefined,
    parkedItems: () => parkedItems.all().map((row) => ({ ...row, urgent: row.urgent === 1 })),
    verdict: (sender, messageId) => verdict.get(sender, messageId),
    receipts: (limit) => receipts.all(limit),
    sendKey: (key) => sendKey.get(key),
    peers: () => peers.all(),
    pairings: () => pairings.all(),
    notices: () => notices.all(),
    incarnation: () => gateway.get()?.incarnation ?? undefined,
    confirmed: () => gateway.get()?.confirmed ?? 0,
    lastOutgoing: () => lastOutgoing.get()?.seq ?? 0,
    trustedTime: () => trustedTime.get()?.ms ?? 0,
    busy: () => busy.get()?.busy === 1,
  }
}

function withTest(row: Raw<ThreadRecord> | undefined): ThreadRecord | undefined {
  return row && { ...row, test: row.test === 1 }
}

function deliveryOf({ urgent, alarmed, resealPending, ...row }: Raw<DeliveryRecord>): DeliveryRecord {
  return { ...row, urgent: urgent === 1, alarmed: alarmed === 1, resealPending: resealPending === 1 }
}

type EnvelopeRow = Omit<EnvelopeRecord, 'stored'> & { readonly stored: Uint8Array | null }

function envelopeOf({ stored, ...row }: EnvelopeRow): EnvelopeRecord {
  return stored === null ? row : { ...row, stored }
}
