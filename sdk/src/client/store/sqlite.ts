// The desk store in a SQLite file. docs/guide/desk.md, "The desk store"
import { RexError } from '../../core/error.ts'
import { groupCommit } from '../../sqlite/commit.ts'
import { type Database, type DatabaseOptions, openDatabase } from '../../sqlite/database.ts'
import type {
  DeliveryRecord,
  DeskReads,
  DeskStore,
  DeskWrites,
  ItemRecord,
  MessageRecord,
  OutgoingRecord,
  ParkedRecord,
  PeerRecord,
  ThreadRecord,
  Verdict,
} from './store.ts'

/** Longest wait for company of a commit, under load. */
const GATHER_MS = 25
const SCHEMA_VERSION = 1
const SCHEMA = `
  CREATE TABLE thread (id TEXT PRIMARY KEY, role TEXT, test INTEGER, key BLOB, summary BLOB, updatedMs INTEGER) STRICT, WITHOUT ROWID;
  CREATE INDEX thread_updated ON thread (updatedMs);
  CREATE TABLE message (sequence INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT UNIQUE, thread TEXT, status TEXT, content BLOB) STRICT;
  CREATE INDEX message_thread ON message (thread);
  CREATE INDEX message_held ON message (thread) WHERE status = 'held';
  CREATE TABLE delivery (envelopeId TEXT PRIMARY KEY, envelopeDigest TEXT, message TEXT, thread TEXT, recipient TEXT, state TEXT, receivedMs INTEGER, expiresMs INTEGER, stored BLOB) STRICT;
  CREATE INDEX delivery_thread ON delivery (thread) WHERE thread <> '';
  CREATE INDEX delivery_unanswered ON delivery (expiresMs) WHERE thread <> '' AND state IN ('intended', 'submitted', 'stored');
  CREATE TABLE receipt_batch (digest TEXT PRIMARY KEY, batch BLOB) STRICT, WITHOUT ROWID;
  CREATE TABLE delivery_receipt (envelopeId TEXT, digest TEXT, PRIMARY KEY (envelopeId, digest)) STRICT, WITHOUT ROWID;
  CREATE TABLE outgoing (id INTEGER PRIMARY KEY AUTOINCREMENT, submission BLOB) STRICT;
  CREATE TABLE item (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, thread TEXT, urgent INTEGER, attempts INTEGER, notBeforeMs INTEGER, parked TEXT, content BLOB) STRICT;
  CREATE INDEX item_due ON item (urgent DESC, sequence) WHERE parked IS NULL;
  CREATE INDEX item_parked ON item (sequence) WHERE parked IS NOT NULL;
  CREATE TABLE verdict (sender TEXT, messageId TEXT, digest TEXT, status INTEGER, code TEXT, PRIMARY KEY (sender, messageId)) STRICT, WITHOUT ROWID;
  CREATE TABLE receipt (id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT, receipt BLOB) STRICT;
  CREATE TABLE send_key (key TEXT PRIMARY KEY, content TEXT, thread TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE peer (organisation TEXT PRIMARY KEY, configuration TEXT, pairedMs INTEGER) STRICT, WITHOUT ROWID;
`

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
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}

type Raw<T> = { [K in keyof T]: T[K] extends boolean ? number : T[K] }

function reads(db: Database): DeskReads {
  const thread = db.prepare<Raw<ThreadRecord>>('SELECT * FROM thread WHERE id = ?')
  const threads = db.prepare<Raw<ThreadRecord>>(
    'SELECT * FROM thread WHERE updatedMs < ? ORDER BY updatedMs DESC LIMIT ?',
  )
  const messages = db.prepare<MessageRecord>('SELECT * FROM message WHERE thread = ? ORDER BY sequence')
  const heldThreads = db.prepare<{ thread: string }>(
    "SELECT DISTINCT thread FROM message WHERE status = 'held' ORDER BY thread",
  )
  const delivery = db.prepare<DeliveryRecord>('SELECT * FROM delivery WHERE envelopeId = ?')
  const deliveries = db.prepare<DeliveryRecord>("SELECT * FROM delivery WHERE thread = ? AND thread <> ''")
  const overdue = db.prepare<{ envelopeId: string }>(
    "SELECT envelopeId FROM delivery WHERE thread <> '' AND state IN ('intended', 'submitted', 'stored') AND expiresMs <= ? ORDER BY expiresMs LIMIT ?",
  )
  const batches = db.prepare<{ batch: Uint8Array }>(
    'SELECT batch FROM delivery_receipt JOIN receipt_batch USING (digest) WHERE envelopeId = ?',
  )
  const outgoing = db.prepare<OutgoingRecord>('SELECT * FROM outgoing WHERE id > ? ORDER BY id LIMIT ?')
  const nextItem = db.prepare<Raw<ItemRecord>>(
    'SELECT sequence, id, thread, urgent, attempts, content FROM item WHERE parked IS NULL AND notBeforeMs <= ? AND thread NOT IN (SELECT value FROM json_each(?)) ORDER BY urgent DESC, sequence LIMIT 1',
  )
  const nextItemMs = db.prepare<{ ms: number | null }>(
    'SELECT min(notBeforeMs) AS ms FROM item WHERE parked IS NULL AND notBeforeMs > ? AND thread NOT IN (SELECT value FROM json_each(?))',
  )
  const parkedItems = db.prepare<Raw<ParkedRecord>>(
    'SELECT sequence, id, thread, urgent, attempts, content, parked AS reason FROM item WHERE parked IS NOT NULL ORDER BY sequence',
  )
  const verdict = db.prepare<Verdict>(
    'SELECT digest, status, code FROM verdict WHERE sender = ? AND messageId = ?',
  )
  const receipts = db.prepare<{ id: number; recipient: string; receipt: Uint8Array }>(
    'SELECT * FROM receipt ORDER BY id LIMIT ?',
  )
  const sendKey = db.prepare<{ content: string; thread: string }>(
    'SELECT content, thread FROM send_key WHERE key = ?',
  )
  const peers = db.prepare<PeerRecord>('SELECT * FROM peer ORDER BY organisation')
  const busy = db.prepare<{ busy: number }>(
    'SELECT EXISTS (SELECT 1 FROM outgoing) OR EXISTS (SELECT 1 FROM receipt) AS busy',
  )
  return {
    thread: (id) => withTest(thread.get(id)),
    threads: (beforeMs, limit) => threads.all(beforeMs, limit).map((row) => withTest(row) as ThreadRecord),
    messages: (id) => messages.all(id),
    heldThreads: () => heldThreads.all().map((row) => row.thread),
    delivery: (envelopeId) => withoutNull(delivery.get(envelopeId)),
    deliveries: (id) => deliveries.all(id).map((row) => withoutNull(row) as DeliveryRecord),
    overdue: (expiredMs, limit) => overdue.all(expiredMs, limit).map(({ envelopeId }) => envelopeId),
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
    busy: () => busy.get()?.busy === 1,
  }
}

function withTest(row: Raw<ThreadRecord> | undefined): ThreadRecord | undefined {
  return row && { ...row, test: row.test === 1 }
}

function withoutNull(row: DeliveryRecord | undefined): DeliveryRecord | undefined {
  if (row === undefined) return undefined
  const { stored, ...rest } = row as { [K in keyof DeliveryRecord]: DeliveryRecord[K] | null }
  return { ...rest, ...(stored !== null && { stored }) } as DeliveryRecord
}

function writes(db: Database): DeskWrites {
  const putThread = db.prepare(
    'INSERT OR REPLACE INTO thread (id, role, test, key, summary, updatedMs) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const addMessage = db.prepare<{ sequence: number }>(
    'INSERT INTO message (digest, thread, status, content) VALUES (?, ?, ?, ?) RETURNING sequence',
  )
  const updateMessage = db.prepare(
    'UPDATE message SET status = coalesce(?, status), content = coalesce(?, content) WHERE digest = ?',
  )
  const addDelivery = db.prepare('INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)')
  const updateDelivery = db.prepare(
    'UPDATE delivery SET state = coalesce(?, state), receivedMs = coalesce(?, receivedMs), stored = coalesce(?, stored) WHERE envelopeId = ?',
  )
  const addBatch = db.prepare('INSERT OR IGNORE INTO receipt_batch VALUES (?, ?)')
  const addDeliveryReceipt = db.prepare('INSERT OR IGNORE INTO delivery_receipt VALUES (?, ?)')
  const addOutgoing = db.prepare<{ id: number }>('INSERT INTO outgoing (submission) VALUES (?) RETURNING id')
  const removeOutgoing = db.prepare('DELETE FROM outgoing WHERE id = ?')
  const submitted = db.prepare(
    "UPDATE delivery SET state = 'submitted' WHERE envelopeId = ? AND state = 'intended'",
  )
  const addItem = db.prepare(
    'INSERT INTO item (id, thread, urgent, attempts, notBeforeMs, content) VALUES (?, ?, ?, 0, 0, ?)',
  )
  const removeItem = db.prepare('DELETE FROM item WHERE sequence = ?')
  const postponeItem = db.prepare(
    'UPDATE item SET attempts = attempts + 1, notBeforeMs = ? WHERE sequence = ?',
  )
  const parkItem = db.prepare('UPDATE item SET parked = ? WHERE sequence = ?')
  const unparkItem = db.prepare(
    'UPDATE item SET parked = NULL, attempts = 0, notBeforeMs = 0 WHERE sequence = ?',
  )
  const addVerdict = db.prepare('INSERT INTO verdict VALUES (?, ?, ?, ?, ?)')
  const changeVerdict = db.prepare(
    'UPDATE verdict SET digest = ?, status = ?, code = ? WHERE sender = ? AND messageId = ?',
  )
  const addReceipt = db.prepare('INSERT INTO receipt (recipient, receipt) VALUES (?, ?)')
  const removeReceipt = db.prepare('DELETE FROM receipt WHERE id = ?')
  const addSendKey = db.prepare('INSERT INTO send_key VALUES (?, ?, ?)')
  const putPeer = db.prepare('INSERT OR REPLACE INTO peer VALUES (?, ?, ?)')
  const deletePeer = db.prepare('DELETE FROM peer WHERE organisation = ?')
  return {
    putThread: ({ id, role, test, key, summary, updatedMs }) =>
      void putThread.run(id, role, test ? 1 : 0, key, summary, updatedMs),
    addMessage: ({ digest, thread, status, content }) =>
      addMessage.get(digest, thread, status, content)?.sequence ?? 0,
    updateMessage: (
      digest,
      { status = null, content = null }: { status?: string | null; content?: Uint8Array | null },
    ) => void updateMessage.run(status, content, digest),
    addDelivery: ({ envelopeId, envelopeDigest, message, thread, recipient, state, receivedMs, expiresMs }) =>
      void addDelivery.run(
        envelopeId,
        envelopeDigest,
        message,
        thread,
        recipient,
        state,
        receivedMs,
        expiresMs,
      ),
    updateDelivery: (envelopeId, { state, receivedMs, stored }) =>
      void updateDelivery.run(state ?? null, receivedMs ?? null, stored ?? null, envelopeId),
    addReceiptBatch: (digest, batch, envelopeIds) => {
      addBatch.run(digest, batch)
      for (const envelopeId of envelopeIds) addDeliveryReceipt.run(envelopeId, digest)
    },
    addOutgoing: (submission) => addOutgoing.get(submission)?.id ?? 0,
    confirmOutgoing: (id, envelopeIds) => {
      removeOutgoing.run(id)
      for (const envelopeId of envelopeIds) submitted.run(envelopeId)
    },
    addItem: ({ id, thread, urgent, content }) => void addItem.run(id, thread, urgent ? 1 : 0, content),
    removeItem: (sequence) => void removeItem.run(sequence),
    postponeItem: (sequence, notBeforeMs) => void postponeItem.run(notBeforeMs, sequence),
    parkItem: (sequence, reason) => void parkItem.run(reason, sequence),
    unparkItem: (sequence) => void unparkItem.run(sequence),
    addVerdict: (sender, messageId, { digest, status, code }) =>
      void addVerdict.run(sender, messageId, digest, status, code),
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
  }
}
