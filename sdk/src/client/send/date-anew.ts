// Signs and seals messages again with the current time, and replaces the earlier messages. docs/spec/identity.md, REX-ID-066
import { Section } from '@rex/proto/core/v1/envelope'
import { decode, fromHex, toHex } from '../../core/encoding/encoding.ts'
import type { SealedMessage } from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import type { Suite } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import type { DeskContext } from '../context.ts'
import { enqueue, envelopeIdsOf, evidenceOf, queuedAt } from '../outbox/queue.ts'
import { sealMessage, type UnsealedMessage } from '../outbox/seal.ts'
import type { DeliveryRecord, DeskReads, DeskWrites } from '../store/store.ts'
import { grantedTo, type OpenThread, type ThreadMessage } from '../thread/repository/open-thread.ts'
import { UNSTORED } from '../thread/states.ts'

/** A message and its replacement. */
interface Anew {
  readonly message: ThreadMessage
  readonly deliveries: readonly DeliveryRecord[]
  readonly sealed: SealedMessage
}

/** The new digest of each replaced message, by its old digest in hex. */
type Renamed = Map<string, Uint8Array>

/** Returns the deliveries of a message of this desk that are still in the store. */
export function deliveriesOf(read: DeskReads, message: ThreadMessage): DeliveryRecord[] {
  return recipientsOf(message).flatMap(
    (recipient) => read.delivery({ message: message.digest, recipient }) ?? [],
  )
}

/** Outcomes of envelopes that were returned or not opened, so that their recipient does not have the message. */
const NOT_TAKEN: ReadonlySet<string> = new Set(['CLOCK_SKEW', 'KEY_EXPIRED'])

/** Returns whether nobody has the message yet: no envelope was accepted, or every accepted envelope came back. */
export function isHere(read: DeskReads, delivery: DeliveryRecord): boolean {
  if (!UNSTORED.has(delivery.state)) return false
  const envelopes = read.envelopes(delivery)
  // In state `intended`, the newest envelope is still in the queue, so nobody can have it.
  const left = delivery.state === 'intended' ? envelopes.slice(0, -1) : envelopes
  return left.every(({ closed }) => NOT_TAKEN.has(closed))
}

/**
 * Redates messages of this desk in a thread: replaces messages, envelopes and submissions in one transaction.
 * `messages` must be in the order in which they were sent.
 */
export async function dateAnew(
  desk: DeskContext,
  thread: OpenThread,
  messages: readonly ThreadMessage[],
): Promise<void> {
  const { store, threads } = desk
  const anew = await sealAnew(desk, thread, messages)
  const submissions = submissionsOf(store.read, thread, new Set(messages.map(({ digest }) => digest)))
  await store.commit(
    (write) => {
      for (const id of submissions) write.confirmOutgoing(id, [])
      for (const one of anew) replace(write, desk, { thread, ...one })
    },
    () => threads.reload(thread.id),
  )
  threads.reload(thread.id)
}

/** Seals the messages in order, so that later messages refer to the new digests of earlier messages. */
async function sealAnew(
  desk: DeskContext,
  thread: OpenThread,
  messages: readonly ThreadMessage[],
): Promise<Anew[]> {
  const renamed: Renamed = new Map()
  const anew: Anew[] = []
  for (const message of messages) {
    const deliveries = deliveriesOf(desk.store.read, message)
    const unsealed = unsealedOf(thread, message, { renamed, nowMs: desk.time.date() })
    const sealed = await sealMessage(desk, unsealed, deliveries[0]?.minimumSuite as Suite)
    renamed.set(message.digest, sealed.digest)
    anew.push({ message, deliveries, sealed })
  }
  return anew
}

/** Returns the same message with the current time and the same lifetime, but never with a later time than before. */
function unsealedOf(
  thread: OpenThread,
  message: ThreadMessage,
  { renamed, nowMs }: { readonly renamed: Renamed; readonly nowMs: number },
): UnsealedMessage {
  const { manifest, event, evidence } = message
  const { messageId, threadId, counter, createdMs, expiresMs, type, testTraffic } = manifest
  const confidential = manifest.event === undefined
  const dated = Math.min(nowMs, createdMs)
  const rename = (head: Uint8Array) => renamed.get(toHex(head)) ?? head
  return {
    ...{ messageId, threadId, counter, type, event, confidential, testTraffic },
    heads: headsOf(thread, message).map(rename),
    void: manifest.void.map(rename),
    createdMs: dated,
    expiresMs: dated + Math.min(expiresMs - createdMs, LIMITS.maxLifetime),
    sections: evidence.sections
      .map((bytes) => decode(Section, bytes, 'section', LIMITS.envelope))
      .filter((section) => section.type !== 'event'),
    to: recipientsOf(message).map((recipient) => ({
      organisation: recipient,
      lane: laneOf(message, recipient),
      sections: sectionsFor(message, recipient),
    })),
  }
}

/**
 * Returns the heads for a redated message. If a predecessor was redated earlier, its digest has changed, so the heads
 * of the track replace the old heads. An erased thread has no track, so the old heads stay.
 */
function headsOf(
  { erased, messages, tracks }: OpenThread,
  { manifest, digest }: ThreadMessage,
): Uint8Array[] {
  const known = new Set(messages.map((message) => message.digest))
  if (erased !== undefined || manifest.heads.every((head) => known.has(toHex(head)))) return manifest.heads
  const heads = [...tracks.values()].flatMap((track) => track.heads).filter((head) => head !== digest)
  return heads.slice(0, LIMITS.heads).map((head) => fromHex(head, 'head'))
}

function recipientsOf({ evidence }: ThreadMessage): string[] {
  return [...new Set(evidence.deliveries.flatMap(({ commitment }) => commitment?.recipient ?? []))]
}

/**
 * Returns the positions of a recipient's sections in the list of sections of the message. Does not count a confidential
 * event, which is the first section in the evidence.
 */
function sectionsFor({ manifest, evidence }: ThreadMessage, recipient: string): number[] {
  const first = manifest.event === undefined ? 1 : 0
  return (grantedTo(evidence, recipient) ?? []).filter((i) => i >= first).map((i) => i - first)
}

function laneOf({ evidence }: ThreadMessage, recipient: string) {
  const { commitment } = evidence.deliveries.find((one) => one.commitment?.recipient === recipient) ?? {}
  if (commitment === undefined) throw new RexError('INTERNAL', 'The message is not in the store.')
  return commitment.lane
}

/** Returns the ids of the queued submissions in a thread whose messages have these digests. */
function submissionsOf(
  read: DeskReads,
  thread: Pick<OpenThread, 'id'>,
  messages: ReadonlySet<string>,
): number[] {
  return read.outgoingOf(thread.id).filter((id) => {
    const [envelopeId = ''] = envelopeIdsOf(queuedAt(read, id)?.submission ?? { deliveries: [] })
    return messages.has(read.envelope(envelopeId)?.message ?? '')
  })
}

function replace(
  write: DeskWrites,
  { threads }: DeskContext,
  { thread, message, deliveries, sealed }: Anew & { readonly thread: OpenThread },
): void {
  const digest = toHex(sealed.digest)
  const { createdMs, expiresMs } = sealed.manifest
  write.replaceMessage(message.digest, { digest, content: threads.sealMessage(thread, evidenceOf(sealed)) })
  for (const { recipient } of deliveries)
    write.updateDelivery(
      { message: digest, recipient },
      { state: 'intended', resealPending: false, alarmed: false, expiresMs, sentMs: createdMs },
    )
  enqueue(write, sealed)
  // An erased thread needs no update: the desk has only its last message, sealed under a separate key (T-155).
  if (thread.erased === undefined) write.putThread(threads.record(thread, createdMs))
  write.dueFrom(thread.id, createdMs)
}
