// Writes of the desk store, each inside a commit. docs/guide/desk.md, "The desk store"
import type { Database, SQLInputValue, Statement } from '../../sqlite/database.ts'
import { CONFIRMED, ENVELOPE, MESSAGE, OFFERED, THREAD, UNANSWERED } from './expressions.ts'
import type { DeskWrites } from './store.ts'

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

/** Prepares the writes of a store. */
export function prepareWrites(db: Database): DeskWrites {
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
