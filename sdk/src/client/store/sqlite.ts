// The desk store in a SQLite file. docs/guide/desk.md, "The desk store"
import type { SQLInputValue } from 'node:sqlite'
import { RexError } from '../../core/error.ts'
import { groupCommit } from '../../sqlite/commit.ts'
import {
  type Database,
  type DatabaseOptions,
  LIMIT_BOUND,
  openDatabase,
  type Statement,
} from '../../sqlite/database.ts'
import type {
  DeliveryRecord,
  DeskReads,
  DeskStore,
  DeskWrites,
  EnvelopeRecord,
  ItemRecord,
  MessageRecord,
  NoticeRecord,
  OutgoingRecord,
  ParkedRecord,
  PeerRecord,
  Place,
  ThreadRecord,
  Verdict,
  WaitingGroup,
} from './store.ts'

/** Longest wait for company of a commit, under load. */
const GATHER_MS = 25
const SCHEMA_VERSION = 6
// Rows refer to each other by their sequence, which grows: what is written together lies together, and few pages change. Only ids and
// digests are looked up by what they are.
const SCHEMA = `
  CREATE TABLE thread (sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, role TEXT, test INTEGER, key BLOB, summary BLOB, updatedMs INTEGER, dueMs INTEGER, checkMs INTEGER) STRICT;
  CREATE INDEX thread_updated ON thread (updatedMs);
  CREATE INDEX thread_due ON thread (dueMs) WHERE dueMs IS NOT NULL;
  CREATE INDEX thread_check ON thread (checkMs) WHERE checkMs IS NOT NULL;
  CREATE TABLE message (sequence INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, thread INTEGER NOT NULL, status TEXT, content BLOB) STRICT;
  CREATE INDEX message_thread ON message (thread);
  CREATE INDEX message_held ON message (thread) WHERE status = 'held';
  CREATE TABLE delivery (message INTEGER, recipient TEXT, state TEXT, receivedMs INTEGER, reason TEXT, expiresMs INTEGER, urgent INTEGER, sentMs INTEGER, alarmed INTEGER, minimumSuite TEXT, again INTEGER, attempts INTEGER, againMs INTEGER, offerMs INTEGER, PRIMARY KEY (message, recipient)) STRICT, WITHOUT ROWID;
  CREATE INDEX delivery_unanswered ON delivery (expiresMs) WHERE state IN ('intended', 'submitted', 'stored');
  CREATE INDEX delivery_unreceived ON delivery (sentMs) WHERE state IN ('intended', 'submitted', 'stored') AND urgent = 1 AND alarmed = 0;
  CREATE INDEX delivery_held ON delivery (sentMs) WHERE state = 'held';
  CREATE INDEX delivery_again ON delivery (againMs) WHERE again = 1;
  CREATE INDEX delivery_offer ON delivery (offerMs) WHERE state = 'stored' AND again = 0;
  CREATE TABLE envelope (sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, digest BLOB, message INTEGER NOT NULL, recipient TEXT, closed TEXT, stored BLOB) STRICT;
  CREATE INDEX envelope_delivery ON envelope (message, recipient);
  CREATE TABLE receipt_batch (sequence INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, batch BLOB) STRICT;
  CREATE TABLE envelope_receipt (envelope INTEGER, batch INTEGER, PRIMARY KEY (envelope, batch)) STRICT, WITHOUT ROWID;
  CREATE TABLE outgoing (id INTEGER PRIMARY KEY AUTOINCREMENT, submission BLOB) STRICT;
  CREATE TABLE item (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, thread TEXT, urgent INTEGER, attempts INTEGER, notBeforeMs INTEGER, sinceMs INTEGER NOT NULL DEFAULT 0, parked TEXT, content BLOB) STRICT;
  CREATE INDEX item_due ON item (urgent DESC, sequence) WHERE parked IS NULL;
  CREATE INDEX item_parked ON item (sequence) WHERE parked IS NOT NULL;
  CREATE TABLE alarm (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE verdict (messageId BLOB, sender TEXT, digest BLOB, status INTEGER, code TEXT, PRIMARY KEY (messageId, sender)) STRICT, WITHOUT ROWID;
  CREATE TABLE receipt (id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT, receipt BLOB) STRICT;
  CREATE TABLE send_key (key TEXT PRIMARY KEY, content TEXT, thread TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE peer (organisation TEXT PRIMARY KEY, configuration TEXT, pairedMs INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE restored (organisation TEXT, chain TEXT, PRIMARY KEY (organisation, chain)) STRICT, WITHOUT ROWID;
  CREATE TABLE notice (kind TEXT, organisation TEXT, noticedMs INTEGER, detail TEXT, PRIMARY KEY (kind, organisation)) STRICT, WITHOUT ROWID;
  CREATE TABLE gateway (one INTEGER PRIMARY KEY CHECK (one = 1), incarnation TEXT) STRICT;
  CREATE TABLE trusted_time (one INTEGER PRIMARY KEY CHECK (one = 1), ms INTEGER) STRICT;
`

/** Sequences of what is named by an id or a digest. */
const THREAD = '(SELECT sequence FROM thread WHERE id = unhex(?))'
const MESSAGE = '(SELECT sequence FROM message WHERE digest = unhex(?))'
const ENVELOPE = '(SELECT sequence FROM envelope WHERE id = unhex(?))'
const LAST = Number.MAX_SAFE_INTEGER

const THREADS = 'SELECT lower(hex(id)) AS id, role, test, key, summary, updatedMs FROM thread'
const MESSAGES = `SELECT m.sequence, lower(hex(digest)) AS digest, lower(hex(t.id)) AS thread, status, content
  FROM message m JOIN thread t ON t.sequence = m.thread`
const DELIVERIES = `SELECT lower(hex(m.digest)) AS message, recipient, lower(hex(t.id)) AS thread, state, receivedMs, reason, expiresMs,
    urgent, sentMs, alarmed, minimumSuite, again, attempts, againMs, offerMs
  FROM delivery d JOIN message m ON m.sequence = d.message JOIN thread t ON t.sequence = m.thread`
const ENVELOPES = `SELECT lower(hex(e.id)) AS id, lower(hex(e.digest)) AS digest, lower(hex(m.digest)) AS message, recipient, closed, stored
  FROM envelope e JOIN message m ON m.sequence = e.message`
/** A message waits at most so long after it was sealed again (REX-ENV-062): what waits longer was put off by a clock that was ahead. */
const LONGEST_PAUSE = '(500 << min(attempts, 40))'
/** States in which no desk has answered. */
const UNANSWERED = "state IN ('intended', 'submitted', 'stored')"
/** Stored, neither expired nor to be sealed again already. */
const OFFERED = "state = 'stored' AND again = 0 AND expiresMs > ?1"
const UNRECEIVED = `${UNANSWERED} AND urgent = 1 AND alarmed = 0`

/** Opens or creates the desk store of a file. @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED, STORE_TOO_NEW */
export function openSqliteDeskStore(path: string, options?: DatabaseOptions): DeskStore {
  const db = openDatabase(path, options)
  try {
    migrate(db)
    const committer = groupCommit(db, { gatherMs: GATHER_MS })
    const write = writes(db)
    let closed = false
    return {
      read: reads(db),
      commit: async (work, undone) => {
        if (closed) throw new RexError('CANCELLED', 'The desk is closed.')
        return committer.commit(() => work(write), undone)
      },
      [Symbol.asyncDispose]: async () => {
        closed = true
        committer.flush()
        db.close()
      },
    }
  } catch (error) {
    db.close()
    throw error
  }
}

function migrate(db: Database): void {
  const version = db.prepare<{ user_version: number }>('PRAGMA user_version').get()?.user_version ?? 0
  if (version > SCHEMA_VERSION)
    throw new RexError('STORE_TOO_NEW', 'The desk store was written by a newer version.')
  if (version === SCHEMA_VERSION) return
  if (version > 0)
    throw new RexError(
      'STORE_FAILED',
      `The desk store has format ${version}, from before the first release.`,
      {
        hint: 'Open it with the version that wrote it.',
      },
    )
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}

type Raw<T> = { [K in keyof T]: T[K] extends boolean ? number : T[K] }

function reads(db: Database): DeskReads {
  const thread = db.prepare<Raw<ThreadRecord>>(`${THREADS} WHERE id = unhex(?)`)
  const threads = db.prepare<Raw<ThreadRecord>>(
    `${THREADS} WHERE (updatedMs, sequence) < (?, coalesce(${THREAD}, ${LAST})) ORDER BY updatedMs DESC, sequence DESC ${LIMIT_BOUND}`,
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
  const threadCount = db.prepare<{ count: number }>('SELECT count(*) AS count FROM thread')
  const overdue = db.prepare<Raw<DeliveryRecord>>(
    `${DELIVERIES} WHERE ${UNANSWERED} AND expiresMs <= ? ORDER BY expiresMs ${LIMIT_BOUND}`,
  )
  const datedAhead = db.prepare<{ count: number; latestMs: number | null }>(
    `SELECT count(*) AS count, max(sentMs) AS latestMs FROM delivery WHERE ${UNANSWERED} AND sentMs > ?`,
  )
  // The plus keeps SQLite from reading all deliveries in this order: few are to go again.
  const dueAgain = db.prepare<Raw<DeliveryRecord>>(
    `${DELIVERIES} WHERE again = 1 AND (againMs <= ?1 OR againMs > ?1 + ${LONGEST_PAUSE}) AND expiresMs > ?1 ORDER BY +d.message, recipient ${LIMIT_BOUND}`,
  )
  const nextAgainMs = db.prepare<{ ms: number | null }>(
    'SELECT min(againMs) AS ms FROM delivery WHERE again = 1 AND expiresMs > ?',
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
  const notices = db.prepare<NoticeRecord>('SELECT kind, organisation, noticedMs, detail FROM notice')
  const incarnation = db.prepare<{ incarnation: string }>('SELECT incarnation FROM gateway')
  const trustedTime = db.prepare<{ ms: number }>('SELECT ms FROM trusted_time')
  const busy = db.prepare<{ busy: number }>(
    'SELECT EXISTS (SELECT 1 FROM outgoing) OR EXISTS (SELECT 1 FROM receipt) AS busy',
  )
  return {
    thread: (id) => withTest(thread.get(id)),
    threads: (limit, { ms, id } = { ms: LAST, id: '' }) =>
      threads.all(ms, id, limit).map((row) => withTest(row) as ThreadRecord),
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
    dueAgain: (nowMs, limit) => dueAgain.all(nowMs, limit).map(deliveryOf),
    nextAgainMs: (nowMs) => nextAgainMs.get(nowMs)?.ms ?? undefined,
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
    notices: () => notices.all(),
    incarnation: () => incarnation.get()?.incarnation,
    trustedTime: () => trustedTime.get()?.ms ?? 0,
    busy: () => busy.get()?.busy === 1,
  }
}

function withTest(row: Raw<ThreadRecord> | undefined): ThreadRecord | undefined {
  return row && { ...row, test: row.test === 1 }
}

function deliveryOf({ urgent, alarmed, again, ...row }: Raw<DeliveryRecord>): DeliveryRecord {
  return { ...row, urgent: urgent === 1, alarmed: alarmed === 1, again: again === 1 }
}

type EnvelopeRow = Omit<EnvelopeRecord, 'stored'> & { readonly stored: Uint8Array | null }

function envelopeOf({ stored, ...row }: EnvelopeRow): EnvelopeRecord {
  return stored === null ? row : { ...row, stored }
}

/** Updates the columns that change, and no index of others. */
function updateOf(db: Database, table: string, where: string) {
  const statements = new Map<string, Statement<never>>()
  return (change: Readonly<Record<string, SQLInputValue | boolean>>, ...key: string[]): void => {
    const set = Object.keys(change)
      .map((column) => `${column} = ?`)
      .join(', ')
    const statement = statements.get(set) ?? db.prepare<never>(`UPDATE ${table} SET ${set} WHERE ${where}`)
    statements.set(set, statement)
    const values = Object.values(change).map((value) => (typeof value === 'boolean' ? Number(value) : value))
    statement.run(...values, ...key)
  }
}

function writes(db: Database): DeskWrites {
  const putThread = db.prepare(
    'INSERT INTO thread (id, role, test, key, summary, updatedMs) VALUES (unhex(?), ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET key = excluded.key, summary = excluded.summary, updatedMs = excluded.updatedMs',
  )
  const DUE =
    'UPDATE thread SET dueMs = min(coalesce(dueMs, ?1), ?1), checkMs = min(coalesce(checkMs, ?1), ?1) WHERE id = unhex(?2)'
  const dueFrom = db.prepare(DUE)
  const dueSooner = db.prepare(`${DUE} AND dueMs IS NOT NULL`)
  const dueSeen = db.prepare('UPDATE thread SET dueMs = ?, checkMs = ? WHERE id = unhex(?)')
  const addAlarm = db.prepare('INSERT OR IGNORE INTO alarm VALUES (?)')
  const addMessage = db.prepare<{ sequence: number }>(
    `INSERT INTO message (digest, thread, status, content) VALUES (unhex(?), ${THREAD}, ?, ?) RETURNING sequence`,
  )
  const updateMessage = updateOf(db, 'message', 'digest = unhex(?)')
  const dropEnvelopes = db.prepare(`DELETE FROM envelope WHERE message = ${MESSAGE}`)
  const replaceMessage = db.prepare(
    'UPDATE message SET digest = unhex(?), content = ? WHERE digest = unhex(?)',
  )
  const addDelivery = db.prepare(
    `INSERT INTO delivery VALUES (${MESSAGE}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const updateDelivery = updateOf(db, 'delivery', `message = ${MESSAGE} AND recipient = ?`)
  const markAgain = db.prepare(
    'UPDATE delivery SET again = 1 WHERE state IN (SELECT value FROM json_each(?)) AND expiresMs > ? AND recipient = coalesce(?, recipient)',
  )
  const markOffered = db.prepare(
    `UPDATE delivery SET again = 1 WHERE ${OFFERED} AND (offerMs <= ?1 OR offerMs > ?2)`,
  )
  const addEnvelope = db.prepare(
    `INSERT INTO envelope (id, digest, message, recipient, closed, stored) VALUES (unhex(?), unhex(?), ${MESSAGE}, ?, ?, ?)`,
  )
  const updateEnvelope = updateOf(db, 'envelope', 'id = unhex(?)')
  const addBatch = db.prepare('INSERT OR IGNORE INTO receipt_batch (digest, batch) VALUES (unhex(?), ?)')
  const addEnvelopeReceipt = db.prepare(
    `INSERT OR IGNORE INTO envelope_receipt VALUES (${ENVELOPE}, (SELECT sequence FROM receipt_batch WHERE digest = unhex(?)))`,
  )
  const addOutgoing = db.prepare<{ id: number }>('INSERT INTO outgoing (submission) VALUES (?) RETURNING id')
  const replaceOutgoing = db.prepare('UPDATE outgoing SET submission = ? WHERE id = ?')
  const removeOutgoing = db.prepare('DELETE FROM outgoing WHERE id = ?')
  const submitted = db.prepare(
    "UPDATE delivery SET state = 'submitted' WHERE state = 'intended' AND (message, recipient) = (SELECT message, recipient FROM envelope WHERE id = unhex(?))",
  )
  const addItem = db.prepare(
    'INSERT INTO item (id, thread, urgent, attempts, notBeforeMs, content) VALUES (?, ?, ?, 0, 0, ?)',
  )
  const removeItem = db.prepare('DELETE FROM item WHERE sequence = ?')
  const postponeItem = db.prepare(
    'UPDATE item SET attempts = attempts + 1, sinceMs = ?, notBeforeMs = ? WHERE sequence = ?',
  )
  const parkItem = db.prepare('UPDATE item SET parked = ? WHERE sequence = ?')
  const unparkItem = db.prepare(
    'UPDATE item SET parked = NULL, attempts = 0, notBeforeMs = 0 WHERE sequence = ?',
  )
  const addVerdict = db.prepare('INSERT INTO verdict VALUES (unhex(?), ?, unhex(?), ?, ?)')
  const changeVerdict = db.prepare(
    'UPDATE verdict SET digest = unhex(?), status = ?, code = ? WHERE sender = ? AND messageId = unhex(?)',
  )
  const addReceipt = db.prepare('INSERT INTO receipt (recipient, receipt) VALUES (?, ?)')
  const removeReceipt = db.prepare('DELETE FROM receipt WHERE id = ?')
  const addSendKey = db.prepare('INSERT INTO send_key VALUES (?, ?, ?)')
  const putPeer = db.prepare('INSERT OR REPLACE INTO peer VALUES (?, ?, ?)')
  const deletePeer = db.prepare('DELETE FROM peer WHERE organisation = ?')
  const addRestored = db.prepare<{ chain: string }>(
    'INSERT INTO restored VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING chain',
  )
  const putNotice = db.prepare('INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?)')
  const putIncarnation = db.prepare('INSERT OR REPLACE INTO gateway VALUES (1, ?)')
  const putTrustedTime = db.prepare('INSERT OR REPLACE INTO trusted_time VALUES (1, ?)')
  return {
    putThread: ({ id, role, test, key, summary, updatedMs }) =>
      void putThread.run(id, role, test ? 1 : 0, key, summary, updatedMs),
    dueFrom: (id, ms) => void dueFrom.run(ms, id),
    dueSooner: (id, ms) => void dueSooner.run(ms, id),
    dueSeen: (id, { dueMs, nextMs }) => void dueSeen.run(dueMs ?? null, nextMs ?? null, id),
    addAlarm: (id) => addAlarm.run(id) > 0,
    addMessage: ({ digest, thread, status, content }) =>
      addMessage.get(digest, thread, status, content)?.sequence ?? 0,
    updateMessage: (digest, change) => updateMessage(change, digest),
    replaceMessage: (before, { digest, content }) => {
      dropEnvelopes.run(before)
      replaceMessage.run(digest, content, before)
    },
    addDelivery: (delivery) => {
      const { message, recipient, state, receivedMs, reason, expiresMs } = delivery
      const { urgent, sentMs, alarmed, minimumSuite, again, attempts, againMs, offerMs } = delivery
      const outcome = [message, recipient, state, receivedMs, reason, expiresMs] as const
      const alarm = [Number(urgent), sentMs, Number(alarmed)] as const
      addDelivery.run(...outcome, ...alarm, minimumSuite, Number(again), attempts, againMs, offerMs)
    },
    updateDelivery: ({ message, recipient }, change) => updateDelivery(change, message, recipient),
    markAgain: (states, nowMs, recipient) =>
      void markAgain.run(JSON.stringify(states), nowMs, recipient ?? null),
    markOffered: (nowMs, lastMs) => void markOffered.run(nowMs, lastMs),
    addEnvelope: ({ id, digest, message, recipient, closed, stored }) =>
      void addEnvelope.run(id, digest, message, recipient, closed, stored ?? null),
    updateEnvelope: (id, change) => updateEnvelope(change, id),
    addReceiptBatch: (digest, batch, envelopeIds) => {
      addBatch.run(digest, batch)
      for (const envelopeId of envelopeIds) addEnvelopeReceipt.run(envelopeId, digest)
    },
    addOutgoing: (submission) => addOutgoing.get(submission)?.id ?? 0,
    replaceOutgoing: (id, submission) => void replaceOutgoing.run(submission, id),
    confirmOutgoing: (id, envelopeIds) => {
      removeOutgoing.run(id)
      for (const envelopeId of envelopeIds) submitted.run(envelopeId)
    },
    addItem: ({ id, thread, urgent, content }) => void addItem.run(id, thread, urgent ? 1 : 0, content),
    removeItem: (sequence) => void removeItem.run(sequence),
    postponeItem: (sequence, { nowMs, delayMs }) => void postponeItem.run(nowMs, nowMs + delayMs, sequence),
    parkItem: (sequence, reason) => void parkItem.run(reason, sequence),
    unparkItem: (sequence) => void unparkItem.run(sequence),
    addVerdict: (sender, messageId, { digest, status, code }) =>
      void addVerdict.run(messageId, sender, digest, status, code),
    changeVerdict: (sender, messageId, { digest, status, code }) =>
      void changeVerdict.run(digest, status, code, sender, messageId),
    addReceipt: (recipient, receipt) => void addReceipt.run(recipient, receipt),
    removeReceipts: (ids) => {
      for (const id of ids) removeReceipt.run(id)
    },
    addSendKey: (key, content, thread) => void addSendKey.run(key, content, thread),
    putPeer: ({ organisation, configuration, pairedMs }) =>
      void putPeer.run(organisation, configuration, pairedMs),
    deletePeer: (organisation) => void deletePeer.run(organisation),
    addRestored: (organisation, chain) => addRestored.get(organisation, chain) !== undefined,
    putIncarnation: (incarnation) => void putIncarnation.run(incarnation),
    putNotice: ({ kind, organisation, noticedMs, detail }) =>
      void putNotice.run(kind, organisation, noticedMs, detail),
    putTrustedTime: (ms) => void putTrustedTime.run(ms),
  }
}
