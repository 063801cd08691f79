// Speaking: turns a decision of a person into a signed event of a track, and a referral into the refer that opens a thread.
// docs/spec/thread.md, "Events"
import { Lane, type Manifest } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { type Event, EventType } from '@rex/proto/core/v1/thread'
import { fromHex, toHex } from '../../core/encoding/encoding.ts'
import { newMessageId } from '../../core/envelope/id.ts'
import type { SealedMessage } from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import type { Suite } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import { checkEvent, EVENT_TYPES, type EventContent, identifies, moveOf } from '../../core/thread/event.ts'
import {
  addEvent,
  checkMove,
  checkSections,
  isOfChain,
  nextCounter,
  openTrack,
  type Track,
} from '../../core/thread/track.ts'
import { dueFrom } from '../../core/thread/view.ts'
import { evidenceOf, type Outbox } from '../outbox/outbox.ts'
import type { DeskStore, DeskWrites } from '../store/store.ts'
import { type Book, heldFrom, isHeldRefer, type OpenThread, trackEventOf, trackOf } from '../thread/book.ts'
import { guardEvent } from '../thread/content.ts'
import { noteDue } from '../thread/dues.ts'
import type { EventSection } from '../thread/sections.ts'
import { FAILED } from '../thread/states.ts'
import type { Plan } from './plan.ts'

const HOUR = 60 * 60_000
const LIFETIME = { urgent: 72 * HOUR, routine: LIMITS.maxLifetime }

/** What speaking stands on. */
export interface SpeakOptions {
  readonly organisation: string
  readonly chain: Uint8Array
  readonly store: DeskStore
  readonly book: Book
  readonly outbox: Outbox
  /** Whether something in the thread waits to be dated anew. */
  readonly isAhead: (thread: OpenThread) => boolean
  /** A message was made durable, to be sent. */
  readonly sent: () => void
  /** Inside a commit: events of the other side that waited in a track may wait no more. True: some do not. */
  readonly released: (
    write: DeskWrites,
    thread: OpenThread,
    change: { before: Track; after: Track },
  ) => boolean
  /** Items were committed. */
  readonly wakeItems: () => void
  readonly random: (length: number) => Uint8Array
  readonly now: () => number
}

/** A message of our own, sealed. */
interface Said {
  readonly sealed: SealedMessage
  readonly content: EventContent
  /** Without the event section. */
  readonly sections: readonly EventSection[]
  /** Default: REX-1. */
  readonly minimumSuite?: Suite | undefined
}

/** How a referral is sent. */
export interface ReferOptions {
  readonly ref?: string | undefined
  readonly minimumSuite?: Suite | undefined
  readonly lifetimeMs?: number | undefined
  readonly follows?: string | undefined
  /** More to write in the same transaction; gets the ids of the threads. */
  readonly also?: (write: DeskWrites, threads: readonly string[]) => void
}

/** The voice of a desk. */
export interface Voice {
  /** Opens a thread for each plan, all or none; resolves when the intent is durable. */
  refer(plans: readonly Plan[], options: ReferOptions): Promise<OpenThread[]>
  /** Adds an event to the track with one organisation; resolves when the intent is durable. @throws RexError INVALID_EVENT */
  say(thread: OpenThread, counterpart: string, what: Saying): Promise<void>
}

/** What is said. */
export interface Saying {
  readonly content: EventContent
  readonly sections?: readonly EventSection[]
  /** More to write in the same transaction. */
  readonly also?: (write: DeskWrites) => void
}

/** Opens the voice. What concerns one thread is said one after the other. */
export function openVoice(options: SpeakOptions): Voice {
  const { organisation, chain, store, book, outbox, random, now } = options
  const turns = new Map<string, Promise<unknown>>()

  return {
    refer,
    say: (thread, counterpart, what) => inTurn(thread.id, () => say(thread, counterpart, what)),
  }

  async function refer(plans: readonly Plan[], { also, ...how }: ReferOptions): Promise<OpenThread[]> {
    const opened = await Promise.all(plans.map((plan) => opening(plan, how)))
    const threads = opened.map(({ thread }) => thread)
    const { follows } = how
    await store.commit(
      (write) => {
        for (const { thread, said } of opened) {
          keep(write, thread, said)
          write.dueFrom(thread.id, soonestMs(thread, said.sealed.manifest, said.content))
        }
        if (follows !== undefined) for (const { id } of threads) follow(write, follows, id)
        also?.(
          write,
          threads.map(({ id }) => id),
        )
      },
      () => {
        for (const { messages } of threads) messages.length = 0
        if (follows !== undefined) book.reload(follows)
      },
    )
    for (const thread of threads) book.keep(thread)
    outbox.wake()
    options.sent()
    return threads
  }

  /** A thread that is not kept yet, with its sealed refer. */
  async function opening(plan: Plan, { ref, minimumSuite, lifetimeMs, follows }: Omit<ReferOptions, 'also'>) {
    const { kind, lane = 'routine', test } = plan.referral
    const urgent = lane === 'urgent'
    const threadId = random(16)
    const summary = {
      ...(ref !== undefined && { ref }),
      kind,
      urgent,
      referrer: organisation,
      recipients: plan.recipients.map((one) => one.organisation),
      staged: Object.fromEntries(plan.recipients.map((one) => [one.organisation, one.staged])),
    }
    const thread = book.create({ id: toHex(threadId), role: 'referrer', test, summary })
    const content = referContent(plan, follows)
    const sealed = await outbox.seal(
      {
        ...messageBase(content, { testTraffic: test, urgent, lifetimeMs }),
        threadId,
        counter: 0,
        heads: [],
        void: [],
        sections: plan.sections,
        to: plan.recipients.map((one) => ({
          organisation: one.organisation,
          lane: laneOf(urgent),
          sections: one.granted,
        })),
      },
      minimumSuite,
    )
    for (const { organisation: recipient, granted } of plan.recipients) {
      const event = trackEventOf(thread, sealed.manifest, {
        digest: toHex(sealed.digest),
        event: { content },
        sections: plan.sections.filter((_, index) => granted.includes(index)),
        organisation,
      })
      thread.tracks.set(recipient, openTrack(event))
    }
    return { thread, said: { sealed, content, sections: plan.sections, minimumSuite } }
  }

  async function say(
    thread: OpenThread,
    counterpart: string,
    { content, sections = [], also }: Saying,
  ): Promise<void> {
    const track = trackOf(thread, counterpart)
    if (options.isAhead(thread)) throw notYet()
    const type = typeOf(content)
    checkEvent({ content })
    guardEvent({ content })
    if (track.forks.length > 0)
      throw new RexError('FORK', 'The thread has two histories; it is closed to automation.')
    if (type !== EventType.RESUMED) checkHeld(thread, counterpart)
    const move = moveOf(type, content)
    checkMove(track, thread.role, move)
    checkSections(track, thread.role, { move, carried: sections.map((section) => section.type) })
    const base = messageBase(content, {
      testTraffic: thread.test,
      urgent: thread.summary.urgent,
      lifetimeMs: undefined,
    })
    const sealed = await outbox.seal({
      ...base,
      threadId: fromHex(thread.id, 'thread'),
      counter: nextCounter(track, thread.role, toHex(chain)),
      heads: track.heads.slice(0, LIMITS.heads).map((head) => fromHex(head, 'head')),
      void: voidOf(thread, counterpart),
      sections,
      to: [
        {
          organisation: counterpart,
          lane: laneOf(thread.summary.urgent),
          sections: sections.map((_, index) => index),
        },
      ],
    })
    const event = trackEventOf(thread, sealed.manifest, {
      digest: toHex(sealed.digest),
      event: { content },
      sections,
      organisation,
    })
    const released = await store.commit(
      (write) => {
        keep(write, thread, { sealed, content, sections })
        const before = trackOf(thread, counterpart)
        const { track: after } = addEvent(before, event)
        thread.tracks.set(counterpart, after)
        noteDue(write, thread, { read: store.read, soonestMs: soonestMs(thread, sealed.manifest, content) })
        also?.(write)
        return options.released(write, thread, { before, after })
      },
      () => book.reload(thread.id),
    )
    outbox.wake()
    options.sent()
    if (released) options.wakeItems()
  }

  /** The earlier thread knows that its child was referred anew: nobody needs to be told to do so (REX-THR-051). */
  function follow(write: DeskWrites, earlier: string, followedBy: string): void {
    const thread = book.find(earlier)
    if (thread === undefined) return
    thread.summary = { ...thread.summary, followedBy }
    write.putThread(book.record(thread, now()))
  }

  /** Thread, archive copy and outgoing message in one transaction. */
  function keep(write: DeskWrites, thread: OpenThread, said: Said): void {
    const { sealed, content, sections, minimumSuite = 'REX-1' } = said
    const evidence: EvidenceMessage = evidenceOf(sealed)
    const { manifest } = sealed
    const digest = toHex(sealed.digest)
    write.putThread(book.record(thread, now()))
    const sequence = write.addMessage({
      digest,
      thread: thread.id,
      status: 'counted',
      content: book.sealMessage(thread, evidence),
    })
    for (const { organisation: recipient, lane } of sealed.deliveries)
      write.addDelivery({
        message: digest,
        recipient,
        thread: thread.id,
        state: 'intended',
        receivedMs: 0,
        reason: '',
        expiresMs: manifest.expiresMs,
        urgent: lane === Lane.URGENT,
        sentMs: manifest.createdMs,
        alarmed: false,
        minimumSuite,
        again: false,
        attempts: 0,
        againMs: 0,
        offerMs: 0,
      })
    outbox.enqueue(write, sealed)
    const first = sealed.sections.length - sections.length
    const own = sections.map(({ type, content: bytes }, i) => ({
      index: first + i,
      type,
      content: bytes,
      bytes: sealed.sections[first + i] as Uint8Array,
    }))
    thread.messages.push({
      sequence,
      digest,
      status: 'counted',
      manifest,
      event: { content },
      sections: own,
      evidence,
    })
  }

  function messageBase(
    content: EventContent,
    how: { testTraffic: boolean; urgent: boolean; lifetimeMs: number | undefined },
  ) {
    const createdMs = now()
    const lifetime = Math.min(
      how.lifetimeMs ?? (how.urgent ? LIFETIME.urgent : LIFETIME.routine),
      LIMITS.maxLifetime,
    )
    const event: Event = { content }
    return {
      messageId: newMessageId(createdMs, random),
      createdMs,
      expiresMs: createdMs + lifetime,
      type: typeOf(content),
      event,
      confidential: identifies(event),
      testTraffic: how.testTraffic,
    }
  }

  /** Own messages to this organisation that ended refused or expired, and what a restored desk store waits for in vain. */
  function voidOf(thread: OpenThread, counterpart: string): Uint8Array[] {
    const ended = store.read
      .deliveries(thread.id)
      .filter(({ recipient, state }) => recipient === counterpart && FAILED.has(state))
    const track = trackOf(thread, counterpart)
    const own = ended.map(({ message }) => message).filter((digest) => !track.events.has(digest))
    return [...new Set([...own, ...lostTo(track, { role: thread.role, chain: toHex(chain) })])]
      .slice(-LIMITS.void)
      .map((digest) => fromHex(digest, 'void'))
  }

  function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (turns.get(id) ?? Promise.resolve()).then(work, work)
    turns.set(id, turn)
    const done = () => {
      if (turns.get(id) === turn) turns.delete(id)
    }
    turn.then(done, done)
    return turn
  }
}

/** No step whose clock starts with this message is due before. */
function soonestMs({ summary }: OpenThread, { createdMs }: Manifest, content: EventContent): number {
  return dueFrom({ content }, { startMs: createdMs, urgent: summary.urgent })
}

/** What they have said and is not understood may be a withdrawal: nothing is decided on top of it (REX-THR-062). */
function checkHeld(thread: OpenThread, counterpart: string): void {
  if (heldFrom(thread, counterpart).every(isHeldRefer)) return
  throw new RexError('UNKNOWN_CODE', `A message of ${counterpart} is held: a code in it is not understood.`, {
    hint: 'See what it is (`view().held`, `rex-desk show`) and decide: `resolve`.',
  })
}

/** Predecessors that parked events of a restored desk store still wait for: it cannot get them any more (REX-THR-029). */
function lostTo({ events, parked }: Track, own: Parameters<typeof isOfChain>[1]): string[] {
  const resumed = [...events.values()].some(
    (event) => isOfChain(event, own) && event.type === EventType.RESUMED,
  )
  const known = new Set([...events.keys(), ...parked.map(({ digest }) => digest)])
  return resumed ? parked.flatMap(({ heads }) => heads.filter((head) => !known.has(head))) : []
}

function referContent(plan: Plan, follows: string | undefined): EventContent {
  const { group } = plan.referral
  const staged = plan.staged.map((index) => ({ index, type: plan.sections[index]?.type ?? '' }))
  const due = plan.referral.triage.urgency?.due
  const value = {
    kind: plan.referral.kind,
    group: group === undefined ? new Uint8Array() : fromHex(group.id, 'group.id'),
    groupIndex: group?.index ?? 0,
    groupSize: group?.size ?? 0,
    decideByMs: due === undefined ? 0 : Date.parse(due),
    follows: follows === undefined ? new Uint8Array() : fromHex(follows, 'follows'),
    codeLists: [...plan.codeLists],
    staged,
  }
  return { $case: 'refer', value }
}

function typeOf(content: EventContent): Manifest['type'] {
  const name = content.$case.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return EVENT_TYPES.get(name) ?? EventType.UNSPECIFIED
}

function laneOf(urgent: boolean): Lane {
  return urgent ? Lane.URGENT : Lane.ROUTINE
}

/** What follows names what came before, which gets another digest when it is dated anew. */
function notYet(): RexError {
  return new RexError(
    'CLOCK_SKEW',
    'An earlier message of this thread is dated ahead, and must be dated anew first.',
    {
      hint: 'The desk does that as soon as its gateway answers. Try again in a moment.',
    },
  )
}
