// Reseals a message of this desk for one recipient. docs/spec/envelope.md, REX-ENV-060 to REX-ENV-062
import type { RecipientCommitment } from '@rex/proto/core/v1/envelope'
import { toHex } from '../../core/encoding/encoding.ts'
import { envelopeDigest } from '../../core/envelope/digest.ts'
import { resealMessage, type SealedMessage } from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import type { RecipientKeys, Suite } from '../../core/jose/suite.ts'
import type { DeskContext } from '../context.ts'
import { endUnsealable } from '../deliveries/outcomes.ts'
import { sealingKeys, usesKey } from '../gateway/peers.ts'
import { enqueue, evidenceOf } from '../outbox/queue.ts'
import type { DeliveryRecord, DeskWrites, EnvelopeRecord } from '../store/store.ts'
import { extendEvidence } from '../thread/repository/messages.ts'
import type { OpenThread, ThreadMessage } from '../thread/repository/open-thread.ts'
import { checkKept } from '../thread/repository/repository.ts'
import { UNANSWERED } from '../thread/states.ts'

/** The pause after a message is first resealed or postponed. The pause doubles each time, so a message is resealed about twenty times in 14 days. */
const PAUSE_MS = 1000
const REFUSED: ReadonlySet<string> = new Set(['UNKNOWN_ORGANISATION', 'SUITE_UNAVAILABLE', 'ERASED'])

/** A delivery that is marked for resealing, with everything that its next envelope needs. */
interface Kept {
  readonly delivery: DeliveryRecord
  readonly thread: OpenThread
  readonly message: ThreadMessage
  readonly commitment: RecipientCommitment
  readonly newest: EnvelopeRecord
}

/**
 * Reseals a marked message to the newest keys of its recipient and queues it. A failed message is retried later and
 * does not hold up the rest. `refreshed` collects the organisations whose keys were already fetched in this round.
 * @throws RexError STORE_FULL, STORE_FAILED
 */
export async function sealAgain(
  desk: DeskContext,
  delivery: DeliveryRecord,
  refreshed: Set<string>,
): Promise<void> {
  try {
    await sealTo(desk, delivery, refreshed)
  } catch (cause) {
    const error = RexError.from(cause)
    if (REFUSED.has(error.reason)) return endUnsealable(desk, delivery, error)
    desk.warn('A message could not be resealed.', error)
    await postpone(desk, delivery)
  }
}

async function sealTo(desk: DeskContext, delivery: DeliveryRecord, refreshed: Set<string>): Promise<void> {
  const { peers, clock } = desk
  const kept = keptOf(desk, delivery)
  const isExpired = kept.newest.closed === 'KEY_EXPIRED'
  if (isExpired) await refresh(desk, delivery.recipient, refreshed)
  const { keys } = sealingKeys(peers.get(delivery.recipient), clock.now())
  if (isExpired && isSealedTo(kept, keys)) return postpone(desk, delivery)
  await replace(desk, kept, await sealKept(desk, kept, keys))
}

/** Reads everything that the next envelope needs. @throws RexError INTERNAL if anything is missing */
function keptOf({ threads, store }: DeskContext, delivery: DeliveryRecord): Kept {
  const thread = threads.open(delivery.thread)
  const message = thread.messages.find(({ digest }) => digest === delivery.message)
  // In an erased thread, only the last message can still exist.
  if (message === undefined) checkKept(thread)
  const newest = store.read.envelopes(delivery).at(-1)
  const commitment = message?.evidence.deliveries.find(
    (candidate) => candidate.commitment?.recipient === delivery.recipient,
  )?.commitment
  if (message === undefined || newest === undefined || commitment === undefined)
    throw new RexError('INTERNAL', 'The message is not in the store.')
  return { delivery, thread, message, commitment, newest }
}

/** Fetches the newest keys of an organisation once per round, however many messages wait for them. */
async function refresh(
  { peers, warn }: DeskContext,
  organisation: string,
  refreshed: Set<string>,
): Promise<void> {
  if (refreshed.has(organisation)) return
  refreshed.add(organisation)
  await peers.refresh(organisation).catch((error: unknown) => {
    warn('The keys could not be refreshed.', RexError.from(error))
  })
}

/** Returns whether resealing would use the same key as the newest envelope. */
function isSealedTo({ message, newest }: Kept, keys: RecipientKeys): boolean {
  const sealed = message.evidence.deliveries.find(
    ({ context, grant }) => toHex(envelopeDigest(context, grant)) === newest.digest,
  )
  return sealed !== undefined && usesKey(sealed.context, keys)
}

/** Seals the same signed manifest and sections in a new envelope. */
function sealKept(
  { random, clock }: DeskContext,
  { delivery, message, commitment }: Kept,
  keys: RecipientKeys,
): Promise<SealedMessage> {
  const { manifest, evidence } = message
  const { salt: commitmentSalt, lane, sections: granted } = commitment
  if (evidence.manifest === undefined) throw new RexError('INTERNAL', 'The message is not in the store.')
  return resealMessage(
    { manifest, signed: evidence.manifest, sections: evidence.sections },
    { organisation: delivery.recipient, lane, granted, commitmentSalt },
    {
      random,
      keys,
      minimumSuite: delivery.minimumSuite as Suite,
      // If the clock was set back, the envelope must still not be dated before its content.
      now: Math.max(clock.now(), manifest.createdMs),
    },
  )
}

/** Stores the new envelope, unless the message has meanwhile ended or been resealed. */
async function replace(
  desk: DeskContext,
  { delivery, thread, newest }: Kept,
  sealed: SealedMessage,
): Promise<void> {
  const { store, threads, clock } = desk
  const work = (write: DeskWrites) => {
    const current = store.read.delivery(delivery)
    if (current?.resealPending !== true || store.read.envelopes(delivery).at(-1)?.id !== newest.id) return
    enqueue(write, sealed)
    extendEvidence(write, threads, { thread, digest: delivery.message, more: evidenceOf(sealed).deliveries })
    const alarmed = current.alarmed || !UNANSWERED.has(current.state)
    const sent = { state: 'intended', resealPending: false, alarmed } as const
    write.updateDelivery(delivery, { ...sent, ...later(current, clock.now()) })
  }
  await store.commit(work, () => threads.reload(thread.id))
}

async function postpone({ store, clock }: DeskContext, delivery: DeliveryRecord): Promise<void> {
  await store.commit((write) => write.updateDelivery(delivery, later(delivery, clock.now())))
}

function later({ attempts }: DeliveryRecord, nowMs: number): Pick<DeliveryRecord, 'attempts' | 'resealMs'> {
  return { attempts: attempts + 1, resealMs: nowMs + PAUSE_MS * 2 ** attempts }
}
