// Sends messages again: sealed afresh, for one recipient. docs/spec/envelope.md, "Sealing"; docs/spec/thread.md, "Order"
import { type Random, sealAgain } from '../core/envelope/seal.ts'
import { RexError } from '../core/error.ts'
import { LIMITS } from '../core/limits.ts'
import { type Book, type OpenThread, readable } from './book.ts'
import type { Outbox } from './outbox.ts'
import { type Peers, sealingKeys } from './peers.ts'
import type { DeliveryRecord, DeskStore } from './store/store.ts'

/** No organisation makes this desk send without end: so many restores are answered while it is open. */
const MOST_CHAINS = 16

/** What sending again stands on. */
export interface ResendOptions {
  readonly store: DeskStore
  readonly book: Book
  readonly peers: Peers
  readonly outbox: Pick<Outbox, 'enqueue' | 'wake'>
  readonly random: Random
  readonly now: () => number
  readonly log: (message: string, error: RexError) => void
}

/** States in which the other gateway or desk has the message, and may have lost it. */
const ARRIVED: ReadonlySet<string> = new Set(['stored', 'received', 'seen', 'held'])
const RECEIVED: ReadonlySet<string> = new Set(['received', 'seen'])

/** Sends messages again. */
export interface Resend {
  /**
   * Seals a message of a thread afresh to the recipient of a delivery, and queues it (REX-ENV-060). The delivery ends refused,
   * unless it was received. @throws RexError EXPIRED, UNKNOWN_ORGANISATION, SUITE_UNAVAILABLE
   */
  again(thread: OpenThread, delivery: DeliveryRecord): Promise<void>
  /**
   * An organisation resumes with a new chain, because its desk store was restored: sends it again, in their order, the messages
   * that have not expired (REX-THR-028). Every thread says so; the first one counts.
   */
  resumed(organisation: string, chain: string): Promise<void>
}

/** Starts with nothing sent again. */
export function createResend(options: ResendOptions): Resend {
  const { store, book, peers, outbox, random, now } = options
  const answered = new Map<string, Set<string>>()

  return {
    again,
    async resumed(organisation, chain) {
      const chains = answered.get(organisation) ?? new Set()
      if (chains.has(chain) || chains.size >= MOST_CHAINS) return
      answered.set(organisation, chains.add(chain))
      for (const { id, updatedMs } of store.read.threads(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
        if (updatedMs < now() - LIMITS.maxLifetime) break
        const thread = readable(book, id, options.log)
        if (thread !== undefined) await resendThread(thread, organisation)
      }
    },
  }

  async function resendThread(thread: OpenThread, organisation: string): Promise<void> {
    const deliveries = store.read.deliveries(thread.id).filter(({ recipient }) => recipient === organisation)
    for (const message of thread.messages) {
      const arrived = deliveries.find(
        (delivery) => delivery.message === message.digest && ARRIVED.has(delivery.state),
      )
      if (arrived === undefined || message.status !== 'counted' || now() >= message.manifest.expiresMs)
        continue
      await again(thread, arrived).catch((error: unknown) =>
        options.log('A message could not be sent again.', RexError.from(error)),
      )
    }
  }

  async function again(thread: OpenThread, delivery: DeliveryRecord): Promise<void> {
    const { recipient, envelopeId, state } = delivery
    const message = thread.messages.find(({ digest }) => digest === delivery.message)
    const commitment = message?.evidence.deliveries.find(
      (candidate) => candidate.commitment?.recipient === recipient,
    )?.commitment
    const signed = message?.evidence.manifest
    if (message === undefined || commitment === undefined || signed === undefined)
      throw new RexError('INTERNAL', 'The message is not kept.')
    const { salt: commitmentSalt, lane, sections: granted } = commitment
    const { keys } = sealingKeys(peers.get(recipient), now())
    const sealed = await sealAgain(
      { manifest: message.manifest, signed, sections: message.evidence.sections },
      { organisation: recipient, lane, granted, commitmentSalt },
      { random, keys, now: now() },
    )
    await store.commit((write) => {
      outbox.enqueue(write, sealed)
      if (!RECEIVED.has(state)) write.updateDelivery(envelopeId, { state: 'refused' })
    })
    outbox.wake()
  }
}
