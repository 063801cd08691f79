// Sends again to an organisation whose desk store was restored: what it had received may be lost there. docs/spec/thread.md, "Order"
import { type Random, sealAfresh } from '../core/envelope/seal.ts'
import { RexError } from '../core/error.ts'
import { LIMITS } from '../core/limits.ts'
import type { Book, OpenThread, ThreadMessage } from './book.ts'
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

/**
 * What to do when an organisation resumes with a new chain: sends it again, in their order, the messages that have not expired
 * (REX-THR-028). Every thread says so; the first one counts.
 */
export function createResend(options: ResendOptions): (organisation: string, chain: string) => Promise<void> {
  const { store, book, peers, outbox, random, now } = options
  const answered = new Map<string, Set<string>>()

  return async (organisation, chain) => {
    const chains = answered.get(organisation) ?? new Set()
    if (chains.has(chain) || chains.size >= MOST_CHAINS) return
    answered.set(organisation, chains.add(chain))
    for (const { id, updatedMs } of store.read.threads(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
      if (updatedMs < now() - LIMITS.maxLifetime) break
      await resendThread(book.open(id), organisation)
    }
    outbox.wake()
  }

  async function resendThread(thread: OpenThread, organisation: string): Promise<void> {
    const deliveries = store.read.deliveries(thread.id).filter(({ recipient }) => recipient === organisation)
    for (const message of thread.messages) {
      const arrived = deliveries.find(
        (delivery) => delivery.message === message.digest && ARRIVED.has(delivery.state),
      )
      if (arrived === undefined || message.status !== 'counted' || now() >= message.manifest.expiresMs)
        continue
      await resend(thread, message, arrived).catch((error: unknown) =>
        options.log('A message could not be sent again.', RexError.from(error)),
      )
    }
  }

  async function resend(
    thread: OpenThread,
    { manifest, evidence }: ThreadMessage,
    { recipient, envelopeId, state }: DeliveryRecord,
  ): Promise<void> {
    const commitment = evidence.deliveries.find(
      (delivery) => delivery.commitment?.recipient === recipient,
    )?.commitment
    const signed = evidence.manifest
    if (commitment === undefined || signed === undefined) return
    const { salt: commitmentSalt, lane, sections: granted } = commitment
    const { keys } = sealingKeys(peers.get(recipient), now())
    const sealed = await sealAfresh(
      { manifest, signed, sections: evidence.sections },
      { organisation: recipient, lane, granted, commitmentSalt },
      { random, keys, now: now() },
    )
    await store.commit((write) => {
      outbox.enqueue(write, sealed, (record) => book.seal(thread, record))
      if (state === 'stored') write.updateDelivery(envelopeId, { state: 'refused', forgetReseal: true })
    })
  }
}
