// Reads of the desk store. docs/guide/desk.md, "The desk store"
import type { KeptTime } from '../../core/agreed-time.ts'
import { keptAt } from '../../core/trusted-time.ts'
import { type Database, LIMIT_BOUND } from '../../sqlite/database.ts'
import type { ErasedThread, EraseReason } from '../api/erasure.ts'
import { changeReads } from './changes.ts'
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
import type { SentReceiptsRecord } from './others.ts'
import { markReads } from './search/marks.ts'
import { type Prepared, prepareAll, sql } from './statements.ts'
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
  'SELECT lower(hex(id)) AS id, role, test, slot, summary, lower(hex(refMac)) AS refMac, updatedMs, erasedMs, erasedWhy, forced FROM thread'
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

type ThreadRow = Omit<Raw<ThreadRecord>, 'erased'> & {
  readonly erasedMs: number | null
  readonly erasedWhy: string | null
  readonly forced: number | null
}

type ParkedRow = Raw<Omit<ParkedRecord, 'sealedReason'>> & { readonly parkedWhy: Uint8Array | null }

type EnvelopeRow = Omit<EnvelopeRecord, 'stored'> & { readonly stored: Uint8Array | null }

const READS = {
  thread: sql<ThreadRow>(`${THREADS} WHERE id = unhex(?)`),
  threads: sql<ThreadRow>(
    `${THREADS} WHERE erasedMs IS NULL AND (updatedMs, sequence) < (?, coalesce(${THREAD}, ${LAST})) ORDER BY updatedMs DESC, sequence DESC ${LIMIT_BOUND}`,
  ),
  erased: sql<ErasedThread>(
    `SELECT lower(hex(id)) AS id, erasedMs, erasedWhy AS reason, forced = 1 AS forced FROM thread WHERE erasedMs IS NOT NULL AND (erasedMs, sequence) > (?, coalesce(${THREAD}, -1)) ORDER BY erasedMs, sequence ${LIMIT_BOUND}`,
  ),
  quiet: sql<Place & { overMs: number | null }>(
    `SELECT updatedMs AS ms, lower(hex(id)) AS id, overMs FROM thread WHERE erasedMs IS NULL AND updatedMs <= ? AND (updatedMs, sequence) > (?, coalesce(${THREAD}, -1)) ORDER BY updatedMs, sequence ${LIMIT_BOUND}`,
  ),
  byRef: sql<Place>(
    `SELECT updatedMs AS ms, lower(hex(id)) AS id FROM thread WHERE refMac = unhex(?) AND refMac <> x'' AND (updatedMs, sequence) < (?, coalesce(${THREAD}, ${LAST})) ORDER BY updatedMs DESC, sequence DESC ${LIMIT_BOUND}`,
  ),
  byPrefix: sql<Place>(
    `SELECT updatedMs AS ms, lower(hex(id)) AS id FROM thread WHERE id >= unhex(?) AND id <= unhex(?) ORDER BY id ${LIMIT_BOUND}`,
  ),
  open: sql<Place>(
    `SELECT dueMs AS ms, lower(hex(id)) AS id FROM thread WHERE dueMs IS NOT NULL AND (dueMs, sequence) > (?, coalesce(${THREAD}, -1)) ORDER BY dueMs, sequence ${LIMIT_BOUND}`,
  ),
  messages: sql<MessageRecord>(`${MESSAGES} WHERE t.id = unhex(?) ORDER BY m.sequence`),
  heldThreads: sql<{ thread: string }>(
    "SELECT lower(hex(id)) AS thread FROM thread WHERE sequence IN (SELECT thread FROM message WHERE status = 'held') ORDER BY sequence",
  ),
  message: sql<MessageRecord>(`${MESSAGES} WHERE digest = unhex(?)`),
  delivery: sql<Raw<DeliveryRecord>>(`${DELIVERIES} WHERE m.digest = unhex(?) AND recipient = ?`),
  deliveries: sql<Raw<DeliveryRecord>>(`${DELIVERIES} WHERE t.id = unhex(?) ORDER BY d.message, recipient`),
  envelope: sql<EnvelopeRow>(`${ENVELOPES} WHERE e.id = unhex(?)`),
  envelopes: sql<EnvelopeRow>(`${ENVELOPES} WHERE m.digest = unhex(?) AND recipient = ? ORDER BY e.sequence`),
  waiting: sql<Raw<WaitingGroup>>(
    `SELECT recipient, urgent, waits AS state, count(*) AS count, min(sentMs) AS sinceMs, lower(hex(t.id)) AS thread
     FROM (SELECT message, recipient, urgent, sentMs, iif(state = 'stored', 'stored', 'sent') AS waits FROM delivery WHERE ${UNANSWERED}
       UNION ALL SELECT message, recipient, urgent, sentMs, 'held' FROM delivery WHERE state = 'held') w
     JOIN message m ON m.sequence = w.message JOIN thread t ON t.sequence = m.thread
     GROUP BY recipient, urgent, waits ORDER BY sinceMs`,
  ),
  parkedCount: sql<{ count: number }>('SELECT count(*) AS count FROM item WHERE parked IS NOT NULL'),
  // Thread rows are never deleted, so their sequence numbers have no gaps and the last one is the count.
  threadCount: sql<{ count: number | null }>('SELECT max(sequence) AS count FROM thread'),
  overdue: sql<Raw<DeliveryRecord>>(
    `${DELIVERIES} WHERE ${UNANSWERED} AND expiresMs <= ? ORDER BY expiresMs ${LIMIT_BOUND}`,
  ),
  datedAhead: sql<{ count: number; latestMs: number | null }>(
    `SELECT count(*) AS count, max(sentMs) AS latestMs FROM delivery WHERE ${UNANSWERED} AND sentMs > ?`,
  ),
  // Without this index, SQLite would scan all deliveries in the order of message and recipient, or sort all pending
  // deliveries for each page.
  dueForReseal: sql<Raw<DeliveryRecord>>(
    `${deliveriesBy('INDEXED BY delivery_in_turn')} WHERE resealPending = 1 AND (d.message, recipient) > (coalesce((SELECT sequence FROM message WHERE digest = unhex(?2)), -1), ?3) AND (resealMs <= ?1 OR resealMs > ?1 + ${LONGEST_PAUSE}) AND expiresMs > ?1 ORDER BY d.message, recipient LIMIT 0 + ?4`,
  ),
  nextResealMs: sql<{ ms: number | null }>(
    'SELECT min(resealMs) AS ms FROM delivery WHERE resealPending = 1 AND expiresMs > ?',
  ),
  offers: sql<{ firstMs: number | null; lastMs: number | null }>(
    `SELECT (SELECT min(offerMs) FROM delivery WHERE ${OFFERED}) AS firstMs, (SELECT max(offerMs) FROM delivery WHERE ${OFFERED}) AS lastMs`,
  ),
  unreceived: sql<Raw<DeliveryRecord>>(
    `${DELIVERIES} WHERE ${UNRECEIVED} AND sentMs <= ? ORDER BY sentMs ${LIMIT_BOUND}`,
  ),
  due: sql<{ id: string }>(
    `SELECT lower(hex(id)) AS id FROM thread WHERE checkMs IS NOT NULL AND checkMs <= ? ORDER BY checkMs ${LIMIT_BOUND}`,
  ),
  nextAlarm: sql<{ ms: number | null }>(
    `SELECT min(ms) AS ms FROM (SELECT min(sentMs) + ? AS ms FROM delivery WHERE ${UNRECEIVED} UNION ALL SELECT min(checkMs) FROM thread WHERE checkMs IS NOT NULL)`,
  ),
  batches: sql<{ batch: Uint8Array }>(
    `SELECT b.batch FROM envelope_receipt r JOIN receipt_batch b ON b.sequence = r.batch WHERE envelope = ${ENVELOPE} ORDER BY b.sequence`,
  ),
  outgoing: sql<Raw<OutgoingRecord>>(
    `SELECT id, submission, coalesce(thread, 0) IN (SELECT sequence FROM thread WHERE erasing = 1) AS withheld FROM outgoing WHERE id > ? ORDER BY id ${LIMIT_BOUND}`,
  ),
  isOutgoing: sql<{ one: number }>('SELECT 1 AS one FROM outgoing WHERE id = ?'),
  outgoingOf: sql<{ id: number }>(`SELECT id FROM outgoing WHERE thread = ${THREAD} ORDER BY id`),
  nextItem: sql<Raw<ItemRecord>>(
    'SELECT sequence, id, thread, urgent, attempts, content FROM item WHERE parked IS NULL AND (notBeforeMs <= ?1 OR sinceMs > ?1) AND thread NOT IN (SELECT value FROM json_each(?2)) ORDER BY urgent DESC, sequence LIMIT 1',
  ),
  nextItemMs: sql<{ ms: number | null }>(
    'SELECT min(notBeforeMs) AS ms FROM item WHERE parked IS NULL AND notBeforeMs > ?1 AND sinceMs <= ?1 AND thread NOT IN (SELECT value FROM json_each(?2))',
  ),
  parkedItems: sql<ParkedRow>(
    'SELECT sequence, id, thread, urgent, attempts, content, parked AS reason, parkedWhy FROM item WHERE parked IS NOT NULL ORDER BY sequence',
  ),
  verdict: sql<Verdict>(
    'SELECT lower(hex(digest)) AS digest, status, code FROM verdict WHERE sender = ? AND messageId = unhex(?)',
  ),
  receipts: sql<{ id: number; recipient: string; receipt: Uint8Array }>(
    `SELECT * FROM receipt ORDER BY id ${LIMIT_BOUND}`,
  ),
  sentReceipts: sql<SentReceiptsRecord>(
    'SELECT lower(hex(envelope)) AS envelope, recipient, createdMs, receipts FROM sent_receipts WHERE envelope = unhex(?)',
  ),
  oldestSentReceipts: sql<{ envelope: string }>(
    `SELECT lower(hex(envelope)) AS envelope FROM sent_receipts ORDER BY sequence ${LIMIT_BOUND}`,
  ),
  sendKey: sql<{ content: string; thread: string }>('SELECT content, thread FROM send_key WHERE key = ?'),
  chain: sql<{ isKnown: number; isFirst: number }>(
    'SELECT EXISTS (SELECT 1 FROM chain WHERE organisation = ?1 AND chain = ?2) AS isKnown, NOT EXISTS (SELECT 1 FROM chain WHERE organisation = ?1) AS isFirst',
  ),
  configurations: sql<{ jwt: string }>(
    'SELECT jwt FROM configuration WHERE organisation = ? ORDER BY sequence',
  ),
  peers: sql<PeerRecord>('SELECT * FROM peer ORDER BY organisation'),
  pairings: sql<PairingRecord>('SELECT * FROM pairing ORDER BY organisation'),
  notices: sql<NoticeRecord>('SELECT kind, organisation, noticedMs, detail FROM notice'),
  gateway: sql<{ incarnation: string | null; confirmed: number }>('SELECT * FROM gateway'),
  lastOutgoing: sql<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'outgoing'"),
  trustedTime: sql<KeptTime>('SELECT confirmedMs, agreedMs, leapMs FROM trusted_time'),
  busy: sql<{ busy: number }>(
    'SELECT EXISTS (SELECT 1 FROM outgoing) OR EXISTS (SELECT 1 FROM receipt) AS busy',
  ),
}

type Reads = Prepared<typeof READS>

/** Prepares the reads of a store. */
export function prepareReads(db: Pick<Database, 'prepare'>): DeskReads {
  const run = prepareAll(db, READS)
  return {
    ...threadReads(run),
    ...messageReads(run),
    ...deliveryReads(run),
    ...outgoingReads(run),
    ...itemReads(run),
    ...peerReads(run),
    ...changeReads(db),
    ...markReads(db),
  }
}

/** Returns the reads of threads and their due times. */
function threadReads(run: Reads) {
  return {
    thread: (id) => {
      const row = run.thread.get(id)
      return row && threadOf(row)
    },
    erased: (limit, { ms, id } = { ms: -1, id: '' }) =>
      run.erased.all(ms, id, limit).map((row) => ({ ...row, forced: Boolean(row.forced) })),
    quiet: (ms, limit, after = { ms: -1, id: '' }) => run.quiet.all(ms, after.ms, after.id, limit),
    threads: (limit, { ms, id } = { ms: LAST, id: '' }) => run.threads.all(ms, id, limit).map(threadOf),
    byRef: (refMac, limit, { ms, id } = { ms: LAST, id: '' }) => run.byRef.all(refMac, ms, id, limit),
    byPrefix: (digits, limit, after) => {
      const first = digits.length % 2 === 0 ? digits : `${digits}0`
      return run.byPrefix.all(
        after === undefined ? first : `${after.id}00`,
        digits.padEnd(ID_DIGITS, 'f'),
        limit,
      )
    },
    open: (limit, { ms, id } = { ms: -1, id: '' }) => run.open.all(ms, id, limit),
    heldThreads: () => run.heldThreads.all().map((row) => row.thread),
    threadCount: () => run.threadCount.get()?.count ?? 0,
    due: (dueMs, limit) => run.due.all(dueMs, limit).map(({ id }) => id),
    nextAlarmMs: (unreceivedAfterMs) => run.nextAlarm.get(unreceivedAfterMs)?.ms ?? undefined,
  } satisfies Partial<DeskReads>
}

/** Returns the reads of messages with their verdicts and keys. */
function messageReads(run: Reads) {
  return {
    messages: (id) => run.messages.all(id),
    message: (digest) => run.message.get(digest),
    verdict: (sender, messageId) => run.verdict.get(sender, messageId),
    sendKey: (key) => run.sendKey.get(key),
  } satisfies Partial<DeskReads>
}

/** Returns the reads of this desk's deliveries and of their envelopes. */
function deliveryReads(run: Reads) {
  return {
    delivery: ({ message, recipient }) => {
      const row = run.delivery.get(message, recipient)
      return row && deliveryOf(row)
    },
    deliveries: (id) => run.deliveries.all(id).map(deliveryOf),
    envelope: (id) => {
      const row = run.envelope.get(id)
      return row && envelopeOf(row)
    },
    envelopes: ({ message, recipient }) => run.envelopes.all(message, recipient).map(envelopeOf),
    receiptBatches: (envelopeId) => run.batches.all(envelopeId).map(({ batch }) => batch),
    waiting: () => run.waiting.all().map((row) => ({ ...row, urgent: row.urgent === 1 })),
    overdue: (expiredMs, limit) => run.overdue.all(expiredMs, limit).map(deliveryOf),
    datedAhead: (ms) => {
      const { count = 0, latestMs = null } = run.datedAhead.get(ms) ?? {}
      return latestMs === null ? undefined : { count, latestMs }
    },
    unreceived: (sentMs, limit) => run.unreceived.all(sentMs, limit).map(deliveryOf),
    dueForReseal: (nowMs, limit, { message, recipient } = { message: '', recipient: '' }) =>
      run.dueForReseal.all(nowMs, message, recipient, limit).map(deliveryOf),
    nextResealMs: (nowMs) => run.nextResealMs.get(nowMs)?.ms ?? undefined,
    offers: (nowMs) => {
      const { firstMs = null, lastMs = null } = run.offers.get(nowMs) ?? {}
      return firstMs === null || lastMs === null ? undefined : { firstMs, lastMs }
    },
  } satisfies Partial<DeskReads>
}

/** Returns the reads of submissions and receipts that wait to be sent. */
function outgoingReads(run: Reads) {
  return {
    outgoing: (afterId, limit) =>
      run.outgoing.all(afterId, limit).map((row) => ({ ...row, withheld: row.withheld === 1 })),
    isOutgoing: (id) => run.isOutgoing.get(id) !== undefined,
    outgoingOf: (thread) => run.outgoingOf.all(thread).map(({ id }) => id),
    lastOutgoing: () => run.lastOutgoing.get()?.seq ?? 0,
    receipts: (limit) => run.receipts.all(limit),
    sentReceipts: (envelopeId) => run.sentReceipts.get(envelopeId),
    oldestSentReceipts: (limit) => run.oldestSentReceipts.all(limit).map(({ envelope }) => envelope),
    busy: () => run.busy.get()?.busy === 1,
  } satisfies Partial<DeskReads>
}

/** Returns the reads of items for the application. */
function itemReads(run: Reads) {
  return {
    nextItem: (nowMs, without) => {
      const row = run.nextItem.get(nowMs, JSON.stringify(without))
      return row && { ...row, urgent: row.urgent === 1 }
    },
    nextItemMs: (nowMs, without) => run.nextItemMs.get(nowMs, JSON.stringify(without))?.ms ?? undefined,
    parkedItems: () => run.parkedItems.all().map(parkedOf),
    parked: () => run.parkedCount.get()?.count ?? 0,
  } satisfies Partial<DeskReads>
}

/** Returns the reads about other organisations and the desk's gateway. */
function peerReads(run: Reads) {
  return {
    chain: (organisation, chain) => {
      const { isKnown = 0, isFirst = 1 } = run.chain.get(organisation, chain) ?? {}
      return { isKnown: isKnown === 1, isFirst: isFirst === 1 }
    },
    configurations: (organisation) => run.configurations.all(organisation).map(({ jwt }) => jwt),
    peers: () => run.peers.all(),
    pairings: () => run.pairings.all(),
    notices: () => run.notices.all(),
    incarnation: () => run.gateway.get()?.incarnation ?? undefined,
    confirmed: () => run.gateway.get()?.confirmed ?? 0,
    trustedTime: () => run.trustedTime.get() ?? keptAt(0),
  } satisfies Partial<DeskReads>
}

function threadOf({ erasedMs, erasedWhy, forced, ...row }: ThreadRow): ThreadRecord {
  const erased = erasedMs !== null && {
    erased: { erasedMs, reason: erasedWhy as EraseReason, forced: forced === 1 },
  }
  return { ...row, test: row.test === 1, ...erased }
}

function parkedOf({ parkedWhy, ...row }: ParkedRow): ParkedRecord {
  return { ...row, urgent: row.urgent === 1, ...(parkedWhy !== null && { sealedReason: parkedWhy }) }
}

function deliveryOf({ urgent, alarmed, resealPending, ...row }: Raw<DeliveryRecord>): DeliveryRecord {
  return { ...row, urgent: urgent === 1, alarmed: alarmed === 1, resealPending: resealPending === 1 }
}

function envelopeOf({ stored, ...row }: EnvelopeRow): EnvelopeRecord {
  return stored === null ? row : { ...row, stored }
}
