// Makes the common parts of this desk's messages, and stores the messages. docs/spec/thread.md, "Events"
import { Lane, type Manifest } from '@rex/proto/core/v1/envelope'
import { type Event, EventType } from '@rex/proto/core/v1/thread'
import { codeOf } from '../../core/code.ts'
import { toHex } from '../../core/encoding/encoding.ts'
import { newMessageId } from '../../core/envelope/id.ts'
import type { SealedMessage } from '../../core/envelope/seal.ts'
import type { Suite } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import { EVENT_TYPES, type EventContent, identifies } from '../../core/thread/event.ts'
import { dueFrom } from '../../core/thread/view.ts'
import type { DeskContext } from '../context.ts'
import { enqueue, evidenceOf } from '../outbox/queue.ts'
import type { DeskWrites } from '../store/store.ts'
import type { EventSection } from '../thread/content/sections.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'

const HOUR = 60 * 60_000
const LIFETIME = { urgent: 72 * HOUR, routine: LIMITS.maxLifetime }

/** A sealed message of this desk. */
export interface Composed {
  readonly sealed: SealedMessage
  readonly content: EventContent
  /** All sections except the event section. */
  readonly sections: readonly EventSection[]
  /** The weakest suite that is allowed. Default: REX-1. */
  readonly minimumSuite?: Suite | undefined
}

/** Makes the frame of a message: id, times, type, content. */
export function frameOf(
  { time, random }: Pick<DeskContext, 'time' | 'random'>,
  content: EventContent,
  how: {
    readonly test: boolean
    readonly urgent: boolean
    /** In milliseconds. Default: 72 hours if urgent, otherwise the maximum. */
    readonly lifetimeMs?: number | undefined
  },
) {
  const createdMs = time.messageTime()
  const lifetimeMs = how.lifetimeMs ?? (how.urgent ? LIFETIME.urgent : LIFETIME.routine)
  const event: Event = { content }
  return {
    messageId: newMessageId(createdMs, random),
    createdMs,
    expiresMs: createdMs + Math.min(lifetimeMs, LIMITS.maxLifetime),
    type: typeOf(content),
    event,
    confidential: identifies(event),
    testTraffic: how.test,
  }
}

/** Returns the event type of a content. */
export function typeOf({ $case }: EventContent): Manifest['type'] {
  return EVENT_TYPES.get(codeOf($case)) ?? EventType.UNSPECIFIED
}

/** Returns the lane of a thread's messages. */
export function laneOf({ urgent }: { readonly urgent: boolean }): Lane {
  return urgent ? Lane.URGENT : Lane.ROUTINE
}

/** Stores the thread, archive copy, deliveries and submission of a message. Call it inside a commit. */
export function keepMessage(
  write: DeskWrites,
  { threads, time }: DeskContext,
  { thread, message }: { thread: OpenThread; message: Composed },
): void {
  const { sealed, content, sections, minimumSuite = 'REX-1' } = message
  const evidence = evidenceOf(sealed)
  const { manifest } = sealed
  const digest = toHex(sealed.digest)
  const status = 'counted'
  write.putThread(threads.record(thread, time.messageTime()))
  const sequence = write.addMessage({
    digest,
    thread: thread.id,
    status,
    content: threads.sealMessage(thread, evidence),
  })
  for (const { organisation: recipient, lane } of sealed.deliveries)
    write.addDelivery({
      ...NEW_DELIVERY,
      message: digest,
      recipient,
      thread: thread.id,
      expiresMs: manifest.expiresMs,
      urgent: lane === Lane.URGENT,
      sentMs: manifest.createdMs,
      minimumSuite,
    })
  enqueue(write, sealed)
  const first = sealed.sections.length - sections.length
  const own = sections.map(({ type, content: bytes }, i) => ({
    index: first + i,
    type,
    content: bytes,
    bytes: sealed.sections[first + i] as Uint8Array,
  }))
  thread.messages.push({ sequence, digest, status, manifest, event: { content }, sections: own, evidence })
}

const NEW_DELIVERY = {
  state: 'intended',
  receivedMs: 0,
  reason: '',
  alarmed: false,
  resealPending: false,
  attempts: 0,
  resealMs: 0,
  offerMs: 0,
} as const

/** Returns the earliest due time among the steps that a message opens, in Unix milliseconds. */
export function soonestMsOf({ summary }: OpenThread, { sealed, content }: Composed): number {
  return dueFrom({ content }, { startMs: sealed.manifest.createdMs, urgent: summary.urgent })
}
