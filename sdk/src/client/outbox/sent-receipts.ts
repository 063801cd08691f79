// Resends a batch of receipts if it arrived after the key to which it was sealed had expired. docs/spec/receipts.md, REX-RCP-018
import { DeskReceipt } from '@rex/proto/core/v1/thread'
import { encode, toHex } from '../../core/encoding/encoding.ts'
import type { SealedMessage } from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import { wait } from '../clock/clock.ts'
import type { DeskContext } from '../context.ts'
import { sealingKeys, usesKey } from '../gateway/peers.ts'

/** How many of the newest batches to remember. A few are enough, because a refusal arrives soon or never. */
const REMEMBERED = 64
const RETRY = { firstMs: 1000, mostMs: 3_600_000 }

/** The receipts sent since the desk was opened. */
export interface SentReceipts {
  remember(batch: SealedMessage, receipts: readonly DeskReceipt[]): void
  /** Handles the refusal of a batch with KEY_EXPIRED. */
  refused(organisation: string, envelopeId: string): void
  /** Resolves when all work has stopped, after `stop` was aborted. */
  closed(): Promise<unknown>
}

interface Batch {
  readonly recipient: string
  readonly receipts: readonly DeskReceipt[]
  /** The canonical EnvelopeContext bytes, which name the key to which the batch was sealed. */
  readonly context: Uint8Array
}

/** Remembers sent batches. `stop` is aborted when sending has ended. */
export function createSentReceipts(
  { store, peers, clock, warn }: Pick<DeskContext, 'store' | 'peers' | 'clock' | 'warn'>,
  stop: AbortSignal,
): SentReceipts {
  /** Sent batches by envelope id in hex, oldest first. */
  const sent = new Map<string, Batch>()
  /** Batches that wait for a new key, by organisation. */
  const waiting = new Map<string, Batch[]>()
  const working = new Set<Promise<void>>()

  return { remember, refused, closed: () => Promise.all(working) }

  function remember({ deliveries }: SealedMessage, receipts: readonly DeskReceipt[]): void {
    for (const { envelopeId, organisation: recipient, context } of deliveries)
      sent.set(toHex(envelopeId), { recipient, receipts, context })
    for (const oldest of [...sent.keys()].slice(0, -REMEMBERED)) sent.delete(oldest)
  }

  function refused(organisation: string, envelopeId: string): void {
    const batch = sent.get(envelopeId)
    if (batch?.recipient !== organisation) return
    sent.delete(envelopeId)
    const before = waiting.get(organisation)
    if (before !== undefined) return void before.push(batch)
    waiting.set(organisation, [batch])
    const work: Promise<void> = sendAgain(organisation)
      .catch((error: unknown) => warn('Receipts could not be resent.', RexError.from(error)))
      .finally(() => {
        waiting.delete(organisation)
        working.delete(work)
      })
    working.add(work)
  }

  /** Fetches the newest keys once for all waiting batches. Never seals a batch to the same key again (REX-ENV-062). */
  async function sendAgain(organisation: string): Promise<void> {
    for (let pause = RETRY.firstMs; pause <= RETRY.mostMs && !stop.aborted; pause *= 2) {
      await peers
        .refresh(organisation, stop)
        .catch((error: unknown) => warn('The keys could not be refreshed.', RexError.from(error)))
      const { keys } = sealingKeys(peers.get(organisation), clock.now())
      const { useless = [], ready = [] } = Object.groupBy(waiting.get(organisation) ?? [], ({ context }) =>
        usesKey(context, keys) ? 'useless' : 'ready',
      )
      waiting.set(organisation, useless)
      if (ready.length > 0) await keep(organisation, ready)
      if (waiting.get(organisation)?.length === 0) return
      await wait(clock, pause, stop)
    }
  }

  async function keep(organisation: string, batches: readonly Batch[]): Promise<void> {
    await store.commit((write) => {
      for (const receipt of batches.flatMap(({ receipts }) => receipts))
        write.addReceipt(organisation, encode(DeskReceipt, receipt))
    })
  }
}
