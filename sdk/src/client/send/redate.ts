// Dates messages anew that were written while the clock was ahead, if no part of them has left. docs/spec/envelope.md, "Sealing"
import { Section } from '@rex/proto/core/v1/envelope'
import { decode, fromHex, toHex } from '../../core/encoding/encoding.ts'
import type { SealedMessage } from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import type { Suite } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { DeskContext } from '../context.ts'
import { enqueue, envelopeIdsOf, evidenceOf, queued } from '../outbox/queue.ts'
import { sealMessage, type UnsealedMessage } from '../outbox/seal.ts'
import type { DeliveryRecord, DeskWrites } from '../store/store.ts'
import { grantedTo, type OpenThread, type ThreadMessage } from '../thread/open-thread.ts'

/** Dates messages anew. */
export interface Redate {
  /**
   * The own gateway does not accept these envelopes yet. Once the clock is right, signs and seals their message
   * anew, with this desk's later messages of the same thread, in one transaction. False: the clock is still ahead,
   * or a part may have left.
   */
  notTaken(envelopeIds: readonly string[]): Promise<boolean>
  /** The own gateway returned an envelope that nobody has taken: as for `notTaken`, but whatever the clock says. */
  givenBack(envelopeId: string): Promise<boolean>
  /** Whether a message of a thread waits to be dated anew: until then nothing can follow it. */
  isAhead(thread: OpenThread): boolean
  /** Messages that were or are dated ahead. */
  problems(): DeskProblem[]
}

interface Again {
  readonly message: ThreadMessage
  readonly deliveries: readonly DeliveryRecord[]
  readonly sealed: SealedMessage
}

/** Starts with nothing waiting. Redating of one thread is serialised. */
export function createRedate(desk: DeskContext): Redate {
  const { organisation, store, threads, time, warn } = desk
  const { read } = store
  let turn: Promise<unknown> = Promise.resolve()
  let datedAnew = 0

  return {
    notTaken: (envelopeIds) => inTurn(() => dateAnew(envelopeIds, ({ sentMs }) => isAhead(sentMs))),
    givenBack: (envelopeId) => inTurn(() => dateAnew([envelopeId], () => true)),
    isAhead: (thread) =>
      thread.messages.some(
        (message) =>
          message.manifest.sender === organisation &&
          isAhead(message.manifest.createdMs) &&
          deliveriesOf(message).some(isHere),
      ),
    problems() {
      const ahead = read.datedAhead(time.messageTime() + LIMITS.skew)
      if (ahead !== undefined) return [waiting(ahead)]
      return datedAnew === 0
        ? []
        : [{ code: 'clock', severity: 'warning', message: datedAnewMessage(datedAnew) }]
    },
  }

  function isAhead(ms: number): boolean {
    return ms > time.messageTime() + LIMITS.skew
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }

  async function dateAnew(
    envelopeIds: readonly string[],
    wanted: (delivery: DeliveryRecord) => boolean,
  ): Promise<boolean> {
    const [first] = envelopeIds.flatMap((id) => read.envelope(id) ?? [])
    const delivery = first && read.delivery(first)
    if (delivery === undefined || !wanted(delivery)) return false
    const thread = threads.open(delivery.thread)
    const own = thread.messages.filter(({ manifest }) => manifest.sender === organisation)
    const from = own.findIndex(
      (message) =>
        message.digest === delivery.message || (isAhead(message.manifest.createdMs) && isAllHere(message)),
    )
    const later = own.slice(from)
    if (!later.every(isAllHere)) return false
    const again = await sealAll(thread, later)
    const outgoing = outgoingOf(new Set(again.map(({ message }) => message.digest)))
    await store.commit(
      (write) => {
        for (const id of outgoing) write.confirmOutgoing(id, [])
        for (const one of again) replace(write, thread, one)
      },
      () => threads.reload(thread.id),
    )
    threads.reload(thread.id)
    datedAnew += again.length
    warn('A message was dated anew.', new RexError('CLOCK_SKEW', 'The clock was ahead when it was written.'))
    return true
  }

  function deliveriesOf({ digest }: ThreadMessage): DeliveryRecord[] {
    return recipientsOf(digest).flatMap((recipient) => read.delivery({ message: digest, recipient }) ?? [])
  }

  function recipientsOf(digest: string): string[] {
    const message = read.message(digest)
    const thread = message && threads.find(message.thread)
    const evidence = thread?.messages.find((one) => one.digest === digest)?.evidence
    return [...new Set(evidence?.deliveries.flatMap(({ commitment }) => commitment?.recipient ?? []))]
  }

  function isAllHere(message: ThreadMessage): boolean {
    return deliveriesOf(message).every(isHere)
  }

  /** The gateway never accepted it, or returned it. */
  function isHere(delivery: DeliveryRecord): boolean {
    if (delivery.state === 'intended') return true
    return (
      delivery.state === 'submitted' &&
      read.envelopes(delivery).every(({ closed }) => closed === 'CLOCK_SKEW')
    )
  }

  /** The submissions of these messages, by their digests. */
  function outgoingOf(messages: ReadonlySet<string>): number[] {
    return [...queued(read)].flatMap(({ id, submission }) => {
      const [envelopeId = ''] = envelopeIdsOf(submission)
      return messages.has(read.envelope(envelopeId)?.message ?? '') ? [id] : []
    })
  }

  async function sealAll(thread: OpenThread, messages: readonly ThreadMessage[]): Promise<Again[]> {
    const renamed = new Map<string, Uint8Array>()
    const again: Again[] = []
    for (const message of messages) {
      const deliveries = deliveriesOf(message)
      const unsealed = unsealedOf(thread, message, renamed)
      const sealed = await sealMessage(desk, unsealed, deliveries[0]?.minimumSuite as Suite)
      renamed.set(message.digest, sealed.digest)
      again.push({ message, deliveries, sealed })
    }
    return again
  }

  function unsealedOf(
    thread: OpenThread,
    { manifest, event, evidence, digest }: ThreadMessage,
    renamed: ReadonlyMap<string, Uint8Array>,
  ): UnsealedMessage {
    const { messageId, threadId, counter, createdMs, expiresMs, type, testTraffic } = manifest
    const confidential = manifest.event === undefined
    const first = confidential ? 1 : 0
    const dated = Math.min(time.date(), createdMs)
    const rename = (head: Uint8Array) => renamed.get(toHex(head)) ?? head
    return {
      messageId,
      threadId,
      counter,
      heads: headsOf(thread, { manifest, digest }).map(rename),
      void: manifest.void.map(rename),
      createdMs: dated,
      expiresMs: dated + Math.min(expiresMs - createdMs, LIMITS.maxLifetime),
      type,
      event,
      confidential,
      sections: evidence.sections
        .map((bytes) => decode(Section, bytes, 'section', LIMITS.envelope))
        .filter((section) => section.type !== 'event'),
      testTraffic,
      to: recipientsOf(digest).map((recipient) => ({
        organisation: recipient,
        lane: laneOf(evidence, recipient),
        sections: (grantedTo(evidence, recipient) ?? []).filter((i) => i >= first).map((i) => i - first),
      })),
    }
  }

  /** If a predecessor was dated anew, its digest has changed: the heads of the track replace it. */
  function headsOf(
    { messages, tracks }: OpenThread,
    { manifest, digest }: Pick<ThreadMessage, 'manifest' | 'digest'>,
  ): Uint8Array[] {
    const known = new Set(messages.map((message) => message.digest))
    if (manifest.heads.every((head) => known.has(toHex(head)))) return manifest.heads
    const heads = [...tracks.values()].flatMap((track) => track.heads).filter((head) => head !== digest)
    return heads.slice(0, LIMITS.heads).map((head) => fromHex(head, 'head'))
  }

  function replace(write: DeskWrites, thread: OpenThread, { message, deliveries, sealed }: Again): void {
    const digest = toHex(sealed.digest)
    const { createdMs, expiresMs } = sealed.manifest
    write.replaceMessage(message.digest, { digest, content: threads.sealMessage(thread, evidenceOf(sealed)) })
    for (const { recipient } of deliveries)
      write.updateDelivery(
        { message: digest, recipient },
        { state: 'intended', resealPending: false, alarmed: false, expiresMs, sentMs: createdMs },
      )
    enqueue(write, sealed)
    write.putThread(threads.record(thread, createdMs))
    write.dueFrom(thread.id, createdMs)
  }
}

function waiting({ count, latestMs }: { count: number; latestMs: number }): DeskProblem {
  const when = new Date(latestMs - LIMITS.skew).toISOString().slice(0, 16).replace('T', ' ')
  const [waits, they] = count === 1 ? ['waits', 'it is'] : ['wait', 'they are']
  const message = `${sentences(count)} dated ahead, while the clock of this computer was, and ${waits} until ${when} UTC at the latest. With the clock set right ${they} dated anew and sent as soon as the gateway answers.`
  return { code: 'clock', severity: 'warning', message }
}

function datedAnewMessage(count: number): string {
  return `${sentences(count)} written while the clock of this computer was ahead; dated anew, ${count === 1 ? 'it is' : 'they are'} on the way. Find out why the clock was wrong.`
}

function sentences(count: number): string {
  return count === 1 ? 'A message was' : `${count} messages were`
}

function laneOf({ deliveries }: ThreadMessage['evidence'], recipient: string) {
  const { commitment } = deliveries.find((one) => one.commitment?.recipient === recipient) ?? {}
  if (commitment === undefined) throw new RexError('INTERNAL', 'The message is not kept.')
  return commitment.lane
}
