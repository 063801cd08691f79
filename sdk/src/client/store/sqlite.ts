// The desk store in a SQLite file. docs/guide/desk.md, "The desk store"
import type { SQLInputValue } from 'node:sqlite'
import { RexError } from '../../core/error.ts'
import { backgroundCheck, type CheckOptions, checkStore } from '../../sqlite/check.ts'
import { groupCommit } from '../../sqlite/commit.ts'
import { damaged, isDamage } from '../../sqlite/damage.ts'
import {
  type Database,
  type DatabaseOptions,
  LIMIT_BOUND,
  openDatabase,
  type Statement,
} from '../../sqlite/database.ts'
import { type Mark, openMark } from '../../sqlite/mark.ts'
import { openPages, type Pages } from '../../sqlite/pages.ts'
import { migrate } from './schema.ts'
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
  PairingRecord,
  ParkedRecord,
  PeerRecord,
  Place,
  ThreadRecord,
  Verdict,
  WaitingGroup,
} from './store.ts'

/** The desk store of a desk directory. */
export const STORE_FILE = 'desk.db'
/** How long a commit waits for others at most, under load. */
const GATHER_MS = 25
/** Tables with sealed content, which itself shows whether it is intact (T-080). */
const SERVED = new Set(['thread', 'message', 'item'])
/** Sequence numbers of rows named by an id or a digest. */
const THREAD = '(SELECT sequence FROM thread WHERE id = unhex(?))'
const MESSAGE = '(SELECT sequence FROM message WHERE digest = unhex(?))'
const ENVELOPE = '(SELECT sequence FROM envelope WHERE id = unhex(?))'
const LAST = Number.MAX_SAFE_INTEGER
const ID_DIGITS = 32

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
/** Maximum wait before a message is sealed again (REX-ENV-062). A longer wait was set by a clock that was ahead. */
const LONGEST_PAUSE = '(500 << min(attempts, 40))'
/** States in which no desk has answered. */
const UNANSWERED = "state IN ('intended', 'submitted', 'stored')"
/** States in which a desk has the message. */
const CONFIRMED = "state IN ('received', 'seen')"
/** Stored, not expired, and not yet marked to be sealed again. */
const OFFERED = "state = 'stored' AND resealPending = 0 AND expiresMs > ?1"
const UNRECEIVED = `${UNANSWERED} AND urgent = 1 AND alarmed = 0`

/** Opens or creates the desk store of a file. @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED, STORE_TOO_NEW */
export function openSqliteDeskStore(path: string, options: DatabaseOptions = {}): DeskStore {
  const db = opened(path, options)
  let mark: Mark | undefined
  try {
    mark = options.durable === false ? undefined : openMark(db, `${path}.mark`)
    migrate(db)
    const pages = mark && openPages(db, path)
    return storeOn(db, { path, mark, pages })
  } catch (error) {
    mark?.close()
    db.close()
    throw isDamage(error) ? damagedAt(path, error) : error
  }
}

function opened(path: string, options: DatabaseOptions): Database {
  try {
    return openDatabase(path, options)
  } catch (error) {
    throw isDamage(error) ? damagedAt(path, error) : error
  }
}

function damagedAt(path: string, cause: unknown): RexError {
  return new RexError('STORE_FAILED', `The desk store ${path} is damaged.`, {
    cause: damaged(cause).cause,
    hint: 'Put back the newest backup of the desk directory and run `rex-desk restore`: partners send again what came after it.',
  })
}

function storeOn(
  db: Database,
  { path, mark, pages }: { path: string; mark: Mark | undefined; pages: Pages | undefined },
): DeskStore {
  const committer = groupCommit(db, { gatherMs: GATHER_MS, mark })
  const write = writes(db)
  let damage = false
  const how: CheckOptions = {
    served: SERVED,
    named: (cause) => damagedAt(path, cause),
    tell() {
      damage = true
    },
  }
  if (mark !== undefined && pages !== undefined) checkStore(db, pages, { ...how, forgot: mark.forgot })
  const unconfirm = db.prepare('UPDATE gateway SET confirmed = 0')
  let closed = false
  return {
    read: reads(db),
    forgot: mark?.forgot ?? false,
    check: pages === undefined ? () => false : backgroundCheck(db, pages, how),
    isDamaged: () => damage,
    failed: db.failed,
    commit: async (work, undone) => {
      if (closed) throw new RexError('CANCELLED', 'The desk is closed.')
      return committer.commit(() => work(write), undone)
    },
    beginAnew: (also) =>
      committer.commit(() => {
        mark?.renew()
        unconfirm.run()
        also?.(write)
      }),
    [Symbol.asyncDispose]: async () => {
      closed = true
      committer.flush()
      db.close()
      mark?.close()
    },
  }
}

type Raw<T> = { [K in keyof T]: T[K] extends boolean ? number : T[K] }

function reads(db: Database): DeskReads {
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

/** Updates the changed columns, and only their indexes. */
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
    'INSERT INTO thread (id, role, test, key, summary, refMac, updatedMs) VALUES (unhex(?), ?, ?, ?, ?, unhex(?), ?) ON CONFLICT (id) DO UPDATE SET key = excluded.key, summary = excluded.summary, refMac = excluded.refMac, updatedMs = excluded.updatedMs',
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
  // One statement for each index of deliveries by state, so that finished ones are not read.
  const markForReseal = [UNANSWERED, "state = 'held'", CONFIRMED].map((some) =>
    db.prepare(
      `UPDATE delivery SET resealPending = 1 WHERE ${some} AND state IN (SELECT value FROM json_each(?)) AND expiresMs > ? AND recipient = coalesce(?, recipient)`,
    ),
  )
  const markOffered = db.prepare(
    `UPDATE delivery SET resealPending = 1 WHERE ${OFFERED} AND (offerMs <= ?1 OR offerMs > ?2)`,
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
  const putPairing = db.prepare('INSERT OR REPLACE INTO pairing VALUES (?, ?)')
  const endPairing = db.prepare('DELETE FROM pairing WHERE organisation = ?')
  const addChain = db.prepare<{ isFirst: number }>(
    'INSERT INTO chain VALUES (?1, ?2) ON CONFLICT DO NOTHING RETURNING (SELECT count(*) FROM chain WHERE organisation = ?1) = 1 AS isFirst',
  )
  const putNotice = db.prepare('INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?)')
  const putIncarnation = db.prepare('INSERT OR REPLACE INTO gateway VALUES (1, ?, 0)')
  const confirmPlace = db.prepare('UPDATE gateway SET confirmed = max(confirmed, ?)')
  const putTrustedTime = db.prepare('INSERT OR REPLACE INTO trusted_time VALUES (1, ?)')
  return {
    putThread: ({ id, role, test, key, summary, refMac, updatedMs }) =>
      void putThread.run(id, role, test ? 1 : 0, key, summary, refMac, updatedMs),
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
      const { urgent, sentMs, alarmed, minimumSuite, resealPending, attempts, resealMs, offerMs } = delivery
      const outcome = [message, recipient, state, receivedMs, reason, expiresMs] as const
      const alarm = [Number(urgent), sentMs, Number(alarmed)] as const
      addDelivery.run(...outcome, ...alarm, minimumSuite, Number(resealPending), attempts, resealMs, offerMs)
    },
    updateDelivery: ({ message, recipient }, change) => updateDelivery(change, message, recipient),
    markForReseal: (states, nowMs, recipient) => {
      for (const mark of markForReseal) mark.run(JSON.stringify(states), nowMs, recipient ?? null)
    },
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
    putPairing: ({ organisation, configuration }) => void putPairing.run(organisation, configuration),
    endPairing: (organisation) => void endPairing.run(organisation),
    addChain: (organisation, chain) => {
      const added = addChain.get(organisation, chain)
      return added && added.isFirst === 1
    },
    putIncarnation: (incarnation) => void putIncarnation.run(incarnation),
    confirmPlace: (id) => void confirmPlace.run(id),
    putNotice: ({ kind, organisation, noticedMs, detail }) =>
      void putNotice.run(kind, organisation, noticedMs, detail),
    putTrustedTime: (ms) => void putTrustedTime.run(ms),
  }
}
