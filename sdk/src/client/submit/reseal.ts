// Seals own messages again for one recipient, when they are marked and due. docs/spec/envelope.md, "Sealing"
import { toHex } from '../../core/encoding/encoding.ts'
import { envelopeDigest } from '../../core/envelope/digest.ts'
import { resealMessage, type SealedMessage } from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import type { RecipientKeys, Suite } from '../../core/jose/suite.ts'
import type { Cancel } from '../clock/clock.ts'
import type { DeskContext } from '../context.ts'
import { endUnsealable } from '../deliveries/outcomes.ts'
import { sealingKeys, usesKey } from '../gateway/peers.ts'
import { enqueue, evidenceOf } from '../outbox/queue.ts'
import type { DeliveryRecord, DeskWrites, EnvelopeRecord } from '../store/store.ts'
import { extendEvidence } from '../thread/messages.ts'
import { OFFER } from '../thread/offers.ts'
import type { OpenThread, ThreadMessage } from '../thread/open-thread.ts'
import { UNANSWERED } from '../thread/states.ts'

/** The pause after a message was sealed again or that was postponed. It doubles each time: about twenty times in 14 days. */
const PAUSE_MS = 1000
const RETRY_MS = 10_000
const HOUR = 60 * 60_000
const AT_ONCE = 64
const REFUSED: ReadonlySet<string> = new Set(['UNKNOWN_ORGANISATION', 'SUITE_UNAVAILABLE'])

/** Seals messages again. */
export interface Reseal {
  /** Deliveries were marked. Resolves when the due ones are sealed again. */
  wake(): Promise<void>
  /**
   * A message of this chain arrived. A chain that is not the organisation's first, or says that it resumes another,
   * belongs to a restored desk store: this desk sends its messages to it again (REX-THR-028). Once for each chain.
   */
  heardFrom(organisation: string, chain: string, saysSo: boolean): Promise<void>
  /** The own desk store was restored: messages without an answer here may have one there. */
  restored(): Promise<void>
  /** The own gateway was met. A new incarnation knows nothing that the previous one was told (REX-MBX-014). */
  metGateway(incarnation: string): Promise<void>
  /** Ends it; resolves when no message is being sealed any more. */
  close(): Promise<void>
}

/** Starts with the due messages. `publish` publishes the own statement after the own gateway lost its memory. */
export function createReseal(desk: DeskContext, publish: () => Promise<unknown>): Reseal {
  const { store, threads, peers, random, clock, warn } = desk
  const { now } = clock
  let working: Promise<void> = Promise.resolve()
  /** Chains that were seen and stored. */
  const chains = new Set<string>()
  let queued = false
  let closed = false
  let cancel: Cancel = () => {}
  void wake()

  return {
    wake,
    async heardFrom(organisation, chain, saysSo) {
      if (chains.has(organisation + chain)) return
      await store.commit((write) => {
        const isFirst = write.addChain(organisation, chain)
        if (isFirst === undefined || (isFirst && !saysSo)) return
        write.markForReseal(['stored', 'received', 'seen', 'held'], now(), organisation)
      })
      chains.add(organisation + chain)
    },
    restored: () => store.commit((write) => write.markForReseal(['submitted', 'stored', 'held'], now())),
    async metGateway(incarnation) {
      const before = store.read.incarnation()
      if (incarnation === before) return
      if (before !== undefined) await publish().then(peers.introduce)
      await store.commit((write) => {
        write.putIncarnation(incarnation)
        if (before !== undefined) write.markForReseal(['submitted', 'stored'], now())
      })
    },
    async close() {
      closed = true
      cancel()
      await working
    },
  }

  function wake(): Promise<void> {
    if (queued || closed) return working
    queued = true
    working = working.then(async () => {
      queued = false
      cancel()
      const pauseMs = await sealDue()
      if (pauseMs !== undefined && !closed) cancel = clock.after(pauseMs, wake)
    })
    return working
  }

  /** Seals the due messages. Resolves with the milliseconds until the next. */
  async function sealDue(): Promise<number | undefined> {
    const refreshed = new Set<string>()
    try {
      await markOffered()
      while (await sealAll(refreshed));
      return closed ? undefined : nextMs()
    } catch (error) {
      if (!closed) warn('Sending again paused.', RexError.from(error))
      return RETRY_MS
    }
  }

  /** Seals each message once, however many wait. False: none was due. */
  async function sealAll(refreshed: Set<string>): Promise<boolean> {
    let last: DeliveryRecord | undefined
    for (let due = next(); due.length > 0; due = next(last))
      for (last of due) if (!closed) await again(last, refreshed)
    return last !== undefined
  }

  /** Stored messages without an answer from any desk may be lost there unnoticed (REX-DLV-150). */
  async function markOffered(): Promise<void> {
    const nowMs = now()
    const lastMs = nowMs + OFFER.mostMs
    const offers = closed ? undefined : store.read.offers(nowMs)
    if (offers === undefined) return
    // A clock that was temporarily wrong must not delay an offer beyond the longest pause.
    if (offers.firstMs <= nowMs || offers.lastMs > lastMs)
      await store.commit((write) => write.markOffered(nowMs, lastMs))
  }

  function nextMs(): number | undefined {
    const next = [store.read.nextResealMs(now()), store.read.offers(now())?.firstMs].filter(
      (ms) => ms !== undefined,
    )
    return next.length === 0 ? undefined : Math.min(Math.max(Math.min(...next) - now(), 1), HOUR)
  }

  function next(after?: DeliveryRecord): DeliveryRecord[] {
    return closed ? [] : store.read.dueForReseal(now(), AT_ONCE, after)
  }

  /** A failure is retried later and does not hold up others. If the store fails, postponing fails too. */
  async function again(delivery: DeliveryRecord, refreshed: Set<string>): Promise<void> {
    try {
      await sealFor(delivery, refreshed)
    } catch (cause) {
      const error = RexError.from(cause)
      if (REFUSED.has(error.reason)) return endUnsealable(desk, delivery, error)
      warn('A message could not be sealed again.', error)
      await putOff(delivery)
    }
  }

  async function sealFor(delivery: DeliveryRecord, refreshed: Set<string>): Promise<void> {
    const { recipient, minimumSuite } = delivery
    const thread = threads.open(delivery.thread)
    const message = thread.messages.find(({ digest }) => digest === delivery.message)
    const newest = store.read.envelopes(delivery).at(-1)
    const commitment = message?.evidence.deliveries.find(
      (candidate) => candidate.commitment?.recipient === recipient,
    )?.commitment
    const signed = message?.evidence.manifest
    if (message === undefined || newest === undefined || commitment === undefined || signed === undefined)
      throw new RexError('INTERNAL', 'The message is not kept.')
    const expired = newest.closed === 'KEY_EXPIRED'
    if (expired) await refresh(recipient, refreshed)
    const { keys } = sealingKeys(peers.get(recipient), now())
    if (expired && isSealedTo(message, newest, keys)) return putOff(delivery)
    const { salt: commitmentSalt, lane, sections: granted } = commitment
    const { manifest, evidence } = message
    const sealed = await resealMessage(
      { manifest, signed, sections: evidence.sections },
      { organisation: recipient, lane, granted, commitmentSalt },
      // A clock that was set back must not date the envelope before its content.
      { random, keys, minimumSuite: minimumSuite as Suite, now: Math.max(now(), manifest.createdMs) },
    )
    await send(thread, { delivery, newest, sealed })
  }

  /** Once for each organisation, however many messages wait for its newest keys. */
  async function refresh(organisation: string, refreshed: Set<string>): Promise<void> {
    if (refreshed.has(organisation)) return
    refreshed.add(organisation)
    await peers.refresh(organisation).catch((error: unknown) => {
      warn('The keys could not be refreshed.', RexError.from(error))
    })
  }

  /** Meanwhile the message may have ended or been sealed again: then nothing is sent. */
  async function send(
    thread: OpenThread,
    { delivery, newest, sealed }: { delivery: DeliveryRecord; newest: EnvelopeRecord; sealed: SealedMessage },
  ): Promise<void> {
    const work = (write: DeskWrites) => {
      const current = store.read.delivery(delivery)
      if (current?.resealPending !== true || store.read.envelopes(delivery).at(-1)?.id !== newest.id) return
      enqueue(write, sealed)
      extendEvidence(write, threads, {
        thread,
        digest: delivery.message,
        more: evidenceOf(sealed).deliveries,
      })
      const alarmed = current.alarmed || !UNANSWERED.has(current.state)
      write.updateDelivery(delivery, { state: 'intended', resealPending: false, alarmed, ...later(current) })
    }
    await store.commit(work, () => threads.reload(thread.id))
  }

  async function putOff(delivery: DeliveryRecord): Promise<void> {
    await store.commit((write) => write.updateDelivery(delivery, later(delivery)))
  }

  function later({ attempts }: DeliveryRecord): Pick<DeliveryRecord, 'attempts' | 'resealMs'> {
    return { attempts: attempts + 1, resealMs: now() + PAUSE_MS * 2 ** attempts }
  }
}

/** Whether an envelope is sealed to a key that would be used again now. */
function isSealedTo({ evidence }: ThreadMessage, { digest }: EnvelopeRecord, keys: RecipientKeys): boolean {
  const sealed = evidence.deliveries.find(
    ({ context, grant }) => toHex(envelopeDigest(context, grant)) === digest,
  )
  return sealed !== undefined && usesKey(sealed.context, keys)
}
