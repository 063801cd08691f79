// Redates messages that were signed while the clock was ahead, if nobody has received any part of them. docs/spec/identity.md, REX-ID-066
import { toBase64url, toHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { kid } from '../../core/jose/key.ts'
import { LIMITS } from '../../core/limits.ts'
import type { DeskProblem } from '../api/problems.ts'
import { createTurns } from '../clock/turns.ts'
import type { DeskContext } from '../context.ts'
import { envelopeIdsOf, queued } from '../outbox/queue.ts'
import type { DeliveryRecord } from '../store/store.ts'
import type { OpenThread, ThreadMessage } from '../thread/repository/open-thread.ts'
import { dateAnew, deliveriesOf, isHere } from './date-anew.ts'

/** Returns whether a message must be signed again, because the desk no longer uses the key that signed it. */
type IsLeft = (manifest: ThreadMessage['manifest']) => boolean

/** Redates messages, one at a time in each thread. */
export class Redate {
  readonly #desk: DeskContext
  readonly #turns = createTurns()
  #datedAnew = 0

  constructor(desk: DeskContext) {
    this.#desk = desk
  }

  /**
   * Handles envelopes that this desk's gateway does not accept yet. Once the clock is right, redates their message and this
   * desk's later messages of the same thread, in one transaction. Resolves with false if the clock is still ahead or somebody
   * may already have part of a message.
   */
  notTaken(envelopeIds: readonly string[]): Promise<boolean> {
    return this.#dateAnew(envelopeIds, ({ sentMs }) => this.#isDatedAhead(sentMs))
  }

  /** Handles an envelope that nobody accepted and that this desk's gateway returned. Does the same as `notTaken`, whatever the clock says. */
  givenBack(envelopeId: string): Promise<boolean> {
    return this.#dateAnew([envelopeId], () => true)
  }

  /**
   * Signs again the messages that were signed with one of these message keys (thumbprints, base64url) and that nobody has
   * received. Also signs again this desk's later messages in the same threads. Resolves with the number of messages.
   */
  leaveKeys(keys: ReadonlySet<string>): Promise<number> {
    return this.#leave(({ senderKey }) => keys.has(toBase64url(senderKey)))
  }

  /**
   * Does the same as `leaveKeys` for all messages of this chain that were not signed with the current message key: a restored desk may sign with a
   * revoked key before it learns of the revocation. Messages of earlier chains are unchanged, because somebody may have them.
   */
  leaveFormerKeys(): Promise<number> {
    const { chain, signer } = this.#desk
    const current = kid(signer().key)
    const isOwn = (one: Uint8Array) => toHex(one) === toHex(chain)
    return this.#leave((one) => isOwn(one.chain) && toBase64url(one.senderKey) !== current)
  }

  async #leave(isLeft: IsLeft): Promise<number> {
    const { store, warn } = this.#desk
    const threads = new Set(
      [...queued(store.read)].flatMap(
        ({ submission }) => this.#deliveryOf(envelopeIdsOf(submission))?.thread ?? [],
      ),
    )
    let count = 0
    for (const id of threads)
      count += await this.#turns(id, () => this.#leaveIn(id, isLeft)).catch((error: unknown) => {
        warn('A message could not be signed anew.', RexError.from(error))
        return 0
      })
    return count
  }

  async #leaveIn(id: string, isLeft: IsLeft): Promise<number> {
    const thread = this.#desk.threads.open(id)
    const own = this.#ownMessages(thread)
    const here = own.slice(own.findLastIndex((message) => !this.#isAllHere(message)) + 1)
    const first = here.findIndex(({ manifest }) => isLeft(manifest))
    if (first === -1) return 0
    await dateAnew(this.#desk, thread, here.slice(first))
    return here.length - first
  }

  /**
   * Returns whether the desk gives up on envelopes that are dated ahead. It gives up on messages that somebody may
   * already have, because they cannot be redated, and on receipts, because they are written again.
   */
  endsHere(envelopeIds: readonly string[]): boolean {
    const { read } = this.#desk.store
    const delivery = this.#deliveryOf(envelopeIds)
    if (delivery === undefined)
      return envelopeIds.some((id) => this.#isDatedAhead(read.sentReceipts(id)?.createdMs ?? 0))
    const { messages } = this.#desk.threads.open(delivery.thread)
    const message = messages.find(({ digest }) => digest === delivery.message)
    return (
      message !== undefined && this.#isDatedAhead(message.manifest.createdMs) && !this.#isAllHere(message)
    )
  }

  /** Returns whether a message of the thread waits to be redated. Until it is redated, no other message can follow it. */
  isAhead(thread: OpenThread): boolean {
    const { read } = this.#desk.store
    return this.#ownMessages(thread).some(
      (message) =>
        this.#isDatedAhead(message.manifest.createdMs) &&
        deliveriesOf(read, message).some((delivery) => isHere(read, delivery)),
    )
  }

  /** Reports messages that are or were dated ahead. */
  problems(): DeskProblem[] {
    const { store, time } = this.#desk
    const ahead = store.read.datedAhead(time.messageTime() + LIMITS.skew)
    if (ahead !== undefined) return [waiting(ahead)]
    if (this.#datedAnew === 0) return []
    return [{ code: 'clock', severity: 'warning', message: datedAnewMessage(this.#datedAnew) }]
  }

  async #dateAnew(
    envelopeIds: readonly string[],
    isWanted: (delivery: DeliveryRecord) => boolean,
  ): Promise<boolean> {
    const id = this.#deliveryOf(envelopeIds)?.thread
    if (id === undefined) return false
    return this.#turns(id, async () => {
      // Work that ran before may have replaced the message and its envelope.
      const delivery = this.#deliveryOf(envelopeIds)
      if (delivery === undefined || !isWanted(delivery)) return false
      const thread = this.#desk.threads.open(id)
      const messages = this.#messagesFrom(thread, delivery)
      if (!messages.every((message) => this.#isAllHere(message))) return false
      await dateAnew(this.#desk, thread, messages)
      this.#datedAnew += messages.length
      this.#desk.warn(
        'A message was redated.',
        new RexError('CLOCK_SKEW', 'The clock was ahead when it was written.'),
      )
      return true
    })
  }

  #deliveryOf(envelopeIds: readonly string[]): DeliveryRecord | undefined {
    const { read } = this.#desk.store
    const [envelope] = envelopeIds.flatMap((id) => read.envelope(id) ?? [])
    return envelope && read.delivery(envelope)
  }

  /**
   * Returns the messages of this desk to redate: the message of the delivery and all later messages. Starts earlier if
   * an earlier message is dated ahead and nobody has it.
   */
  #messagesFrom(thread: OpenThread, delivery: DeliveryRecord): ThreadMessage[] {
    const own = this.#ownMessages(thread)
    const from = own.findIndex(
      (message) =>
        message.digest === delivery.message ||
        (this.#isDatedAhead(message.manifest.createdMs) && this.#isAllHere(message)),
    )
    return own.slice(from)
  }

  #ownMessages({ messages }: OpenThread): ThreadMessage[] {
    return messages.filter(({ manifest }) => manifest.sender === this.#desk.organisation)
  }

  #isAllHere(message: ThreadMessage): boolean {
    const { read } = this.#desk.store
    return deliveriesOf(read, message).every((delivery) => isHere(read, delivery))
  }

  #isDatedAhead(ms: number): boolean {
    return ms > this.#desk.time.messageTime() + LIMITS.skew
  }
}

function waiting({ count, latestMs }: { count: number; latestMs: number }): DeskProblem {
  const when = new Date(latestMs - LIMITS.skew).toISOString().slice(0, 16).replace('T', ' ')
  const [waits, them] = count === 1 ? ['waits', 'it'] : ['wait', 'them']
  const message = `${sentences(count)} dated ahead, because the clock of this computer was ahead, and ${waits} until ${when} UTC at the latest. Correct the clock: the desk then dates ${them} again, and sends ${them} as soon as your gateway answers.`
  return { code: 'clock', severity: 'warning', message }
}

function datedAnewMessage(count: number): string {
  return `${sentences(count)} written while the clock of this computer was ahead. ${count === 1 ? 'It has been dated again and is' : 'They have been dated again and are'} on the way. Find out why the clock was wrong.`
}

function sentences(count: number): string {
  return count === 1 ? 'A message was' : `${count} messages were`
}
