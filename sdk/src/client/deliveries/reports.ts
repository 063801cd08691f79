// Processes what the desk's gateway reports about the desk's messages. docs/spec/mailbox.md, "Reports"
import { Jws } from '@rex/proto/core/v1/envelope'
import type { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { encode, fromHex, toHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { verifyStoredReceipt } from '../../core/receipt/stored.ts'
import { fromErrorDetail } from '../../transport/messages/status.ts'
import { isInterruption } from '../clock/interruption.ts'
import type { DeskContext } from '../context.ts'
import { markForReseal } from '../outbox/reseal-marks.ts'
import type { Redate } from '../send/redate.ts'
import type { DeskWrites, EnvelopeRecord } from '../store/store.ts'
import { offerMsOf } from '../thread/offers.ts'
import { UNSTORED } from '../thread/states.ts'
import { addAlarm, raiseLate } from './items.ts'
import { closeEnvelopes, newestEnvelope } from './outcomes.ts'

/** The component that processes reports. */
export interface Reports {
  /** Resolves when the effect of the report is durable. */
  note(report: DeliveryReport): Promise<void>
}

/** Creates the component that processes the gateway's reports about a desk's messages. */
export function createReports(desk: DeskContext, redate: Pick<Redate, 'givenBack'>): Reports {
  const { store, clock } = desk
  /**
   * Reports of `stored` that are still being processed. A later report of lost memory waits for these reports, so that it finds
   * their messages in state `stored`.
   */
  const storing = new Set<Promise<void>>()

  return { note }

  async function note({ envelopeId, recipient, outcome }: DeliveryReport): Promise<void> {
    if (outcome?.$case === 'memoryLost') return noteMemoryLost(recipient)
    if (outcome === undefined) return
    const id = toHex(envelopeId)
    const envelope = store.read.envelope(id)
    if (envelope === undefined) return noteBatch(id, outcome)
    switch (outcome.$case) {
      case 'stored': {
        const stored = noteStored(desk, envelope, outcome.value)
        storing.add(stored)
        return stored.finally(() => storing.delete(stored))
      }
      case 'refused':
        return noteRefused(id, fromErrorDetail(outcome.value).reason)
      case 'expired':
        return closeEnvelopes(desk, [id], { outcome: 'expired', reason: 'EXPIRED' })
      case 'delayed':
        return raiseLate(desk, [envelope])
    }
  }

  /** Processes a report about a batch of receipts. A stored batch is finished, because desks send no receipt for a batch. */
  async function noteBatch(id: string, outcome: NonNullable<DeliveryReport['outcome']>): Promise<void> {
    if (store.read.sentReceipts(id) === undefined) return
    if (outcome.$case === 'stored') await store.commit((write) => write.removeSentReceipts(id))
    if (outcome.$case === 'refused')
      await closeEnvelopes(desk, [id], { outcome: 'refused', reason: fromErrorDetail(outcome.value).reason })
    if (outcome.$case === 'expired')
      await closeEnvelopes(desk, [id], { outcome: 'expired', reason: 'EXPIRED' })
  }

  /**
   * Marks for resending all messages that the recipient's desk has not answered, because the recipient's gateway has
   * lost its memory (REX-DLV-090).
   */
  async function noteMemoryLost(organisation: string): Promise<void> {
    await Promise.allSettled(storing)
    await markForReseal(store, { states: ['stored'], nowMs: clock.now(), recipient: organisation })
  }

  /**
   * Processes a refusal. CLOCK_SKEW means that the desk's gateway returns an envelope that nobody accepted
   * (REX-DLV-144); the gateway repeats this report until the desk settles it. A message that cannot be redated ends as
   * refused, and the application is informed.
   */
  async function noteRefused(id: string, reason: string): Promise<void> {
    if (reason !== 'CLOCK_SKEW') return closeEnvelopes(desk, [id], { outcome: 'refused', reason })
    await store.commit((write) => write.updateEnvelope(id, { closed: reason }))
    const isRedated = await redate.givenBack(id).catch(RexError.from)
    if (isRedated === true) return
    if (isRedated !== false) desk.warn('A message could not be redated.', isRedated)
    if (isRedated !== false && isInterruption(isRedated)) throw isRedated
    const also = (write: DeskWrites) => write.updateEnvelope(id, { closed: '' })
    const why = isRedated === false ? reason : isRedated.reason
    await closeEnvelopes(desk, [id], { outcome: 'refused', reason: why, also })
  }
}

async function noteStored(desk: DeskContext, envelope: EnvelopeRecord, stored: Jws): Promise<void> {
  const { store, clock } = desk
  const { id, recipient } = envelope
  if (!(await isGenuine(desk, envelope, stored))) {
    await store.commit((write) => addAlarm(write, desk, { key: envelope, alarm: 'receipt-mismatch' }))
    return
  }
  await store.commit((write) => {
    write.updateEnvelope(id, { stored: encode(Jws, stored) })
    const delivery = store.read.delivery({ message: envelope.message, recipient })
    if (delivery === undefined || !UNSTORED.has(delivery.state)) return
    if (newestEnvelope(desk, envelope)?.id !== id) return
    write.updateDelivery(envelope, { state: 'stored', offerMs: offerMsOf(delivery, clock.now()) })
  })
}

/**
 * Returns whether a stored receipt comes from the recipient's gateway and is about this envelope. The time of a genuine
 * receipt helps to confirm the trusted time.
 */
async function isGenuine(
  { organisation, peers, time, warn }: DeskContext,
  { id, digest, recipient }: EnvelopeRecord,
  stored: Jws,
): Promise<boolean> {
  const expected = {
    envelopeId: fromHex(id, 'envelope_id'),
    envelopeDigest: fromHex(digest, 'envelope_digest'),
    sender: organisation,
    recipient,
  }
  try {
    const { storedMs } = await peers.withReceiptKeys(recipient, (keys) =>
      verifyStoredReceipt(stored, keys, expected),
    )
    time.witness(recipient, storedMs)
    return true
  } catch (cause) {
    const error = RexError.from(cause)
    // The receipt's key is unknown, and the recipient could not be asked about it: let the gateway repeat the report.
    if (error.retryable) throw error
    warn('A stored receipt is not valid.', error)
    return false
  }
}
