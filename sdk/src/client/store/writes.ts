// Writes of the desk store, possible only inside a commit. docs/guide/desk.md, "The desk store"
import { LIMITS } from '../../core/limits.ts'
import type { Database, SQLInputValue, Statement } from '../../sqlite/database.ts'
import { changeWrites } from './changes.ts'
import { CONFIRMED, ENVELOPE, LAST, MESSAGE, OFFERED, OPEN, THREAD, UNANSWERED } from './expressions.ts'
import { type Prepared, prepareAll, sql } from './statements.ts'
import type { DeliveryRecord, DeskWrites, ResealPlace } from './store.ts'

const DUE =
  'UPDATE thread SET dueMs = min(coalesce(dueMs, ?1), ?1), checkMs = min(coalesce(checkMs, ?1), ?1) WHERE id = unhex(?2) AND erasedMs IS NULL'

/**
 * Selects the deliveries in these states that come after a place in the order of expiry. Each state has an index in this order,
 * so SQLite merges the results instead of sorting them.
 */
const unfailedIn = (states: string): string =>
  `SELECT expiresMs, message, recipient, state FROM delivery WHERE ${states} AND (expiresMs, message, recipient) > (?1, ?2, ?3)`

const WRITES = {
  putThread: sql(
    'INSERT INTO thread (id, role, test, slot, summary, refMac, updatedMs) VALUES (unhex(?), ?, ?, ?, ?, unhex(?), ?) ON CONFLICT (id) DO UPDATE SET slot = excluded.slot, summary = excluded.summary, refMac = excluded.refMac, updatedMs = excluded.updatedMs, overMs = NULL WHERE erasedMs IS NULL',
  ),
  dueFrom: sql(DUE),
  dueSooner: sql(`${DUE} AND dueMs IS NOT NULL`),
  dueSeen: sql('UPDATE thread SET dueMs = ?, checkMs = ? WHERE id = unhex(?)'),
  eraseThread: sql(
    `INSERT INTO thread (id, role, test, slot, summary, refMac, updatedMs, erasedMs, erasedWhy, forced) VALUES (unhex(?1), 'recipient', 0, ?2, x'', x'', ?3, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET erasedSlot = nullif(slot, 0), erasing = iif(slot > 0, 1, NULL), slot = excluded.slot, summary = x'', refMac = x'', dueMs = NULL, checkMs = NULL, overMs = NULL, erasedMs = excluded.erasedMs, erasedWhy = excluded.erasedWhy, forced = excluded.forced WHERE erasedMs IS NULL`,
  ),
  eraseMessages: sql(
    `UPDATE message SET content = x'', status = iif(status = 'held', 'dropped', status) WHERE thread = ${THREAD} AND digest IS NOT unhex(?)`,
  ),
  endDeliveries: sql(
    `UPDATE delivery SET resealPending = 0, state = iif(${OPEN}, 'refused', state), reason = iif(${OPEN}, 'ERASED', reason) WHERE message IN (SELECT sequence FROM message WHERE thread = ${THREAD} AND digest IS NOT unhex(?))`,
  ),
  removeItems: sql('DELETE FROM item WHERE thread = ?'),
  putOver: sql('UPDATE thread SET overMs = ? WHERE id = unhex(?)'),
  addAlarm: sql('INSERT OR IGNORE INTO alarm VALUES (?)'),
  addMessage: sql<{ sequence: number }>(
    `INSERT INTO message (digest, thread, status, content) VALUES (unhex(?), ${THREAD}, ?, ?) RETURNING sequence`,
  ),
  dropEnvelopes: sql(`DELETE FROM envelope WHERE message = ${MESSAGE}`),
  replaceMessage: sql('UPDATE message SET digest = unhex(?), content = ? WHERE digest = unhex(?)'),
  addDelivery: sql(`INSERT INTO delivery VALUES (${MESSAGE}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
  offered: sql<Pick<ResealPlace, 'message' | 'recipient'>>(
    `SELECT message, recipient FROM delivery WHERE ${OFFERED} AND offerMs <= ?1 UNION ALL SELECT message, recipient FROM delivery WHERE ${OFFERED} AND offerMs > ?2 LIMIT 0 + ?3`,
  ),
  resealable: sql<ResealPlace & Pick<DeliveryRecord, 'state'>>(
    `${[UNANSWERED, "state = 'held'", CONFIRMED].map(unfailedIn).join(' UNION ALL ')} ORDER BY expiresMs, message, recipient LIMIT 0 + ?4`,
  ),
  markForReseal: sql('UPDATE delivery SET resealPending = 1 WHERE message = ? AND recipient = ?'),
  addEnvelope: sql(
    `INSERT INTO envelope (id, digest, message, recipient, closed, stored) VALUES (unhex(?), unhex(?), ${MESSAGE}, ?, ?, ?)`,
  ),
  addBatch: sql('INSERT OR IGNORE INTO receipt_batch (digest, batch) VALUES (unhex(?), ?)'),
  addEnvelopeReceipt: sql(
    `INSERT OR IGNORE INTO envelope_receipt VALUES (${ENVELOPE}, (SELECT sequence FROM receipt_batch WHERE digest = unhex(?)))`,
  ),
  addOutgoing: sql<{ id: number }>(
    `INSERT INTO outgoing (thread, submission) VALUES (${THREAD}, ?) RETURNING id`,
  ),
  replaceOutgoing: sql('UPDATE outgoing SET submission = ? WHERE id = ?'),
  removeOutgoing: sql('DELETE FROM outgoing WHERE id = ?'),
  submitted: sql(
    "UPDATE delivery SET state = 'submitted' WHERE state = 'intended' AND (message, recipient) = (SELECT message, recipient FROM envelope WHERE id = unhex(?))",
  ),
  addItem: sql(
    'INSERT INTO item (id, thread, urgent, attempts, notBeforeMs, content, alarm) VALUES (?, ?, ?, 0, 0, ?, ?)',
  ),
  removeItem: sql('DELETE FROM item WHERE sequence = ?'),
  postponeItem: sql(
    'UPDATE item SET attempts = attempts + 1, sinceMs = ?, notBeforeMs = ? WHERE sequence = ?',
  ),
  parkItem: sql('UPDATE item SET parked = ?, parkedWhy = ? WHERE sequence = ?'),
  unparkItem: sql(
    'UPDATE item SET parked = NULL, parkedWhy = NULL, attempts = 0, notBeforeMs = 0 WHERE sequence = ?',
  ),
  addVerdict: sql('INSERT INTO verdict VALUES (unhex(?), ?, unhex(?), ?, ?)'),
  changeVerdict: sql(
    'UPDATE verdict SET digest = unhex(?), status = ?, code = ? WHERE sender = ? AND messageId = unhex(?)',
  ),
  addReceipt: sql('INSERT INTO receipt (recipient, receipt) VALUES (?, ?)'),
  removeReceipt: sql('DELETE FROM receipt WHERE id = ?'),
  addSentReceipts: sql(
    'INSERT INTO sent_receipts (envelope, recipient, createdMs, receipts) VALUES (unhex(?), ?, ?, ?)',
  ),
  removeSentReceipts: sql('DELETE FROM sent_receipts WHERE envelope = unhex(?)'),
  addSendKey: sql('INSERT INTO send_key VALUES (?, ?, ?)'),
  putPeer: sql('INSERT OR REPLACE INTO peer VALUES (?, ?, ?)'),
  deletePeer: sql('DELETE FROM peer WHERE organisation = ?'),
  newestConfiguration: sql<{ sequence: number; keys: string; count: number }>(
    'SELECT max(sequence) AS sequence, keys, count(*) AS count FROM configuration WHERE organisation = ? GROUP BY organisation',
  ),
  addConfiguration: sql('INSERT INTO configuration (organisation, keys, jwt) VALUES (?, ?, ?)'),
  replaceConfiguration: sql('UPDATE configuration SET keys = ?, jwt = ? WHERE sequence = ?'),
  putPairing: sql('INSERT OR REPLACE INTO pairing VALUES (?, ?)'),
  endPairing: sql('DELETE FROM pairing WHERE organisation = ?'),
  addChain: sql('INSERT OR IGNORE INTO chain VALUES (?, ?)'),
  putNotice: sql('INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?)'),
  putIncarnation: sql('INSERT OR REPLACE INTO gateway VALUES (1, ?, 0)'),
  confirmPlace: sql('UPDATE gateway SET confirmed = max(confirmed, ?)'),
  putTrustedTime: sql('INSERT OR REPLACE INTO trusted_time VALUES (1, ?, ?, ?)'),
}

type Writes = Prepared<typeof WRITES>

/** Prepares the writes of a store. */
export function prepareWrites(db: Database): DeskWrites {
  const run = prepareAll(db, WRITES)
  return {
    ...threadWrites(run),
    ...messageWrites(run, db),
    ...deliveryWrites(run, db),
    ...outgoingWrites(run),
    ...itemWrites(run),
    ...peerWrites(run),
    ...changeWrites(db),
  }
}

/** Returns the writes of threads and their due times. */
function threadWrites(run: Writes) {
  return {
    putThread: ({ id, role, test, slot, summary, refMac, updatedMs }) =>
      void run.putThread.run(id, role, test ? 1 : 0, slot, summary, refMac, updatedMs),
    eraseThread: ({ id, erasedMs, reason, forced, slot, keep = '' }) => {
      run.eraseThread.run(id, slot, erasedMs, reason, forced ? 1 : 0)
      run.eraseMessages.run(id, keep)
      run.endDeliveries.run(id, keep)
      run.removeItems.run(id)
    },
    putOver: (id, ms) => void run.putOver.run(ms ?? null, id),
    dueFrom: (id, ms) => void run.dueFrom.run(ms, id),
    dueSooner: (id, ms) => void run.dueSooner.run(ms, id),
    dueSeen: (id, { dueMs, nextMs }) => void run.dueSeen.run(dueMs ?? null, nextMs ?? null, id),
    addAlarm: (id) => run.addAlarm.run(id) > 0,
  } satisfies Partial<DeskWrites>
}

/** Returns the writes of messages with their verdicts and keys. */
function messageWrites(run: Writes, db: Database) {
  const updateMessage = updateOf(db, 'message', 'digest = unhex(?)')
  return {
    addMessage: ({ digest, thread, status, content }) =>
      run.addMessage.get(digest, thread, status, content)?.sequence ?? 0,
    updateMessage: (digest, change) => updateMessage(change, digest),
    replaceMessage: (before, { digest, content }) => {
      run.dropEnvelopes.run(before)
      run.replaceMessage.run(digest, content, before)
    },
    addVerdict: (sender, messageId, { digest, status, code }) =>
      void run.addVerdict.run(messageId, sender, digest, status, code),
    changeVerdict: (sender, messageId, { digest, status, code }) =>
      void run.changeVerdict.run(digest, status, code, sender, messageId),
    addSendKey: (key, content, thread) => void run.addSendKey.run(key, content, thread),
  } satisfies Partial<DeskWrites>
}

/** Returns the writes of this desk's deliveries and of their envelopes. */
function deliveryWrites(run: Writes, db: Database) {
  const updateDelivery = updateOf(db, 'delivery', `message = ${MESSAGE} AND recipient = ?`)
  const updateEnvelope = updateOf(db, 'envelope', 'id = unhex(?)')
  return {
    addDelivery: (delivery) => {
      const { message, recipient, state, receivedMs, reason, expiresMs } = delivery
      const { urgent, sentMs, alarmed, minimumSuite, resealPending, attempts, resealMs, offerMs } = delivery
      const outcome = [message, recipient, state, receivedMs, reason, expiresMs] as const
      const alarm = [Number(urgent), sentMs, Number(alarmed)] as const
      run.addDelivery.run(
        ...outcome,
        ...alarm,
        minimumSuite,
        Number(resealPending),
        attempts,
        resealMs,
        offerMs,
      )
    },
    updateDelivery: ({ message, recipient }, change) => updateDelivery(change, message, recipient),
    markForReseal: ({ states, nowMs, recipient }, limit, after) => {
      const { expiresMs, ...from } = after ?? { expiresMs: nowMs, message: LAST, recipient: '' }
      const looked = run.resealable.all(expiresMs, from.message, from.recipient, limit)
      for (const one of looked)
        if (states.includes(one.state) && (recipient ?? one.recipient) === one.recipient)
          run.markForReseal.run(one.message, one.recipient)
      return looked.length < limit ? undefined : looked.at(-1)
    },
    markOffered: (nowMs, lastMs, limit) => {
      const offered = run.offered.all(nowMs, lastMs, limit)
      for (const { message, recipient } of offered) run.markForReseal.run(message, recipient)
      return offered.length
    },
    addEnvelope: ({ id, digest, message, recipient, closed, stored }) =>
      void run.addEnvelope.run(id, digest, message, recipient, closed, stored ?? null),
    updateEnvelope: (id, change) => updateEnvelope(change, id),
    addReceiptBatch: (digest, batch, envelopeIds) => {
      run.addBatch.run(digest, batch)
      for (const envelopeId of envelopeIds) run.addEnvelopeReceipt.run(envelopeId, digest)
    },
  } satisfies Partial<DeskWrites>
}

/** Returns the writes of submissions and receipts that wait to be sent. */
function outgoingWrites(run: Writes) {
  return {
    addOutgoing: (submission, thread) => run.addOutgoing.get(thread, submission)?.id ?? 0,
    replaceOutgoing: (id, submission) => void run.replaceOutgoing.run(submission, id),
    confirmOutgoing: (id, envelopeIds) => {
      run.removeOutgoing.run(id)
      for (const envelopeId of envelopeIds) run.submitted.run(envelopeId)
    },
    addReceipt: (recipient, receipt) => void run.addReceipt.run(recipient, receipt),
    removeReceipts: (ids) => {
      for (const id of ids) run.removeReceipt.run(id)
    },
    addSentReceipts: ({ envelope, recipient, createdMs, receipts }) =>
      void run.addSentReceipts.run(envelope, recipient, createdMs, receipts),
    removeSentReceipts: (envelopeId) => void run.removeSentReceipts.run(envelopeId),
  } satisfies Partial<DeskWrites>
}

/** Returns the writes of items for the application. */
function itemWrites(run: Writes) {
  return {
    addItem: ({ id, thread, urgent, content, alarm }) =>
      void run.addItem.run(id, thread, urgent ? 1 : 0, content, alarm ?? null),
    removeItem: (sequence) => void run.removeItem.run(sequence),
    postponeItem: (sequence, { nowMs, delayMs }) =>
      void run.postponeItem.run(nowMs, nowMs + delayMs, sequence),
    parkItem: (sequence, reason, sealedReason) =>
      void run.parkItem.run(reason, sealedReason ?? null, sequence),
    unparkItem: (sequence) => void run.unparkItem.run(sequence),
  } satisfies Partial<DeskWrites>
}

/** Returns the writes about other organisations and the desk's gateway. */
function peerWrites(run: Writes) {
  return {
    putPeer: ({ organisation, configuration, pairedMs }) =>
      void run.putPeer.run(organisation, configuration, pairedMs),
    deletePeer: (organisation) => void run.deletePeer.run(organisation),
    keepConfiguration({ organisation, keys, jwt }) {
      const newest = run.newestConfiguration.get(organisation)
      if (newest !== undefined && (newest.keys === keys || newest.count >= LIMITS.configurations))
        run.replaceConfiguration.run(keys, jwt, newest.sequence)
      else run.addConfiguration.run(organisation, keys, jwt)
    },
    putPairing: ({ organisation, configuration }) => void run.putPairing.run(organisation, configuration),
    endPairing: (organisation) => void run.endPairing.run(organisation),
    addChain: (organisation, chain) => void run.addChain.run(organisation, chain),
    putNotice: ({ kind, organisation, noticedMs, detail }) =>
      void run.putNotice.run(kind, organisation, noticedMs, detail),
    putIncarnation: (incarnation) => void run.putIncarnation.run(incarnation),
    confirmPlace: (id) => void run.confirmPlace.run(id),
    putTrustedTime: ({ confirmedMs, agreedMs, leapMs }) =>
      void run.putTrustedTime.run(confirmedMs, agreedMs, leapMs),
  } satisfies Partial<DeskWrites>
}

/** Returns a function that updates only the changed columns of a row, and their indexes. */
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
