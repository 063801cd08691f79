// Composes events: turns a person's decision into a signed event of a track. docs/spec/thread.md, "Events"
import { EventType } from '@rex/proto/core/v1/thread'
import { fromHex, toHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { guardEvent, trackEventOf } from '../../core/judge.ts'
import { LIMITS } from '../../core/limits.ts'
import { checkEvent, type EventContent, transitionOf } from '../../core/thread/event.ts'
import {
  addEvent,
  checkSections,
  checkTransition,
  isOfChain,
  nextCounter,
  type Track,
} from '../../core/thread/track.ts'
import { createTurns, type Turns } from '../clock/turns.ts'
import type { DeskContext } from '../context.ts'
import { sealMessage, type UnsealedMessage } from '../outbox/seal.ts'
import type { DeskWrites } from '../store/store.ts'
import type { EventSection } from '../thread/content/sections.ts'
import { noteDue } from '../thread/repository/dues.ts'
import { heldFrom, isHeldRefer, type OpenThread, trackOf } from '../thread/repository/open-thread.ts'
import { checkKept } from '../thread/repository/repository.ts'
import { FAILED } from '../thread/states.ts'
import { releaseWaiting } from '../thread/verdicts.ts'
import { type Composed, frameOf, keepMessage, laneOf, soonestMsOf, typeOf } from './message.ts'
import type { Redate } from './redate.ts'

/** An event to compose. */
interface NewEvent {
  readonly content: EventContent
  readonly sections?: readonly EventSection[] | undefined
  /** Adds writes to the transaction that stores the event. */
  readonly also?: (write: DeskWrites) => void
}

/** Composes the events of a desk, one at a time in each thread. */
export class EventComposer {
  readonly #desk: DeskContext
  readonly #redate: Pick<Redate, 'isAhead'>
  readonly #inTurn: Turns = createTurns()

  constructor(desk: DeskContext, redate: Pick<Redate, 'isAhead'>) {
    this.#desk = desk
    this.#redate = redate
  }

  /**
   * Adds an event to the track with one organisation. Resolves when the event is durably stored.
   * @throws RexError INVALID_EVENT, FORK, UNKNOWN_CODE, CLOCK_SKEW
   */
  compose(thread: OpenThread, counterpart: string, added: NewEvent): Promise<void> {
    return this.#inTurn(thread.id, async () => {
      const message = await this.sealed(thread, counterpart, added)
      await keepEvent(this.#desk, thread, { counterpart, message, also: added.also })
    })
  }

  /** Runs work while no event of the thread is being composed. */
  alone<T>(thread: OpenThread, work: () => Promise<T>): Promise<T> {
    return this.#inTurn(thread.id, work)
  }

  /** Checks and seals an event for a caller that stores it within `alone`. @throws RexError as `compose` does */
  async sealed(thread: OpenThread, counterpart: string, added: NewEvent): Promise<Composed> {
    this.#check(thread, counterpart, added)
    return sealEvent(this.#desk, thread, { counterpart, added })
  }

  #check(thread: OpenThread, counterpart: string, { content, sections = [] }: NewEvent): void {
    checkKept(thread)
    const track = trackOf(thread, counterpart)
    if (this.#redate.isAhead(thread)) throw notYet()
    const type = typeOf(content)
    checkEvent({ content })
    guardEvent({ content })
    if (track.forks.length > 0)
      throw new RexError('FORK', 'The thread has two histories, so the desk makes no events in it.')
    if (type !== EventType.RESUMED) checkHeld(thread, counterpart)
    const transition = transitionOf(type, content)
    checkTransition(track, thread.role, transition)
    checkSections(track, thread.role, { transition, carried: sections.map((section) => section.type) })
  }
}

async function sealEvent(
  desk: DeskContext,
  thread: OpenThread,
  { counterpart, added: { content, sections = [] } }: { counterpart: string; added: NewEvent },
): Promise<Composed> {
  const track = trackOf(thread, counterpart)
  const { urgent } = thread.summary
  const unsealed: UnsealedMessage = {
    ...frameOf(desk, content, { test: thread.test, urgent }),
    threadId: fromHex(thread.id, 'thread'),
    counter: nextCounter(track, thread.role, toHex(desk.chain)),
    heads: track.heads.slice(0, LIMITS.heads).map((head) => fromHex(head, 'head')),
    void: voidOf(desk, thread, counterpart),
    sections,
    to: [
      {
        organisation: counterpart,
        lane: laneOf({ urgent }),
        sections: sections.map((_, index) => index),
      },
    ],
  }
  return { sealed: await sealMessage(desk, unsealed), content, sections }
}

async function keepEvent(
  desk: DeskContext,
  thread: OpenThread,
  { counterpart, message, also }: { counterpart: string; message: Composed; also: NewEvent['also'] },
): Promise<void> {
  const { organisation, store, threads } = desk
  const { sealed, content, sections } = message
  const event = trackEventOf(
    { digest: toHex(sealed.digest), manifest: sealed.manifest, event: { content }, sections },
    { organisation, role: thread.role },
  )
  await store.commit(
    (write) => {
      keepMessage(write, desk, { thread, message })
      const before = trackOf(thread, counterpart)
      const { track: after } = addEvent(before, event)
      thread.tracks.set(counterpart, after)
      noteDue(write, thread, { read: store.read, soonestMs: soonestMsOf(thread, message) })
      also?.(write)
      releaseWaiting(write, desk, { thread, before, after })
    },
    () => threads.reload(thread.id),
  )
}

/** Refuses a decision while a message from the counterpart is held, because the message may be a withdrawal (REX-THR-062). */
function checkHeld(thread: OpenThread, counterpart: string): void {
  if (heldFrom(thread, counterpart).every(isHeldRefer)) return
  throw new RexError(
    'UNKNOWN_CODE',
    `A message of ${counterpart} is held: this desk does not know a code in it.`,
    {
      hint: 'Read it (`view().held`, `rex-desk show`), then decide with `resolve`.',
    },
  )
}

/**
 * Returns the messages that the next event declares void: this desk's messages to the organisation that were refused or
 * expired, and messages for which a restored desk store waits although nobody can send them again.
 */
function voidOf({ store, chain }: DeskContext, thread: OpenThread, counterpart: string): Uint8Array[] {
  const ended = store.read
    .deliveries(thread.id)
    .filter(({ recipient, state }) => recipient === counterpart && FAILED.has(state))
  const track = trackOf(thread, counterpart)
  const own = ended.map(({ message }) => message).filter((digest) => !track.events.has(digest))
  return [...new Set([...own, ...lostTo(track, { role: thread.role, chain: toHex(chain) })])]
    .slice(-LIMITS.void)
    .map((digest) => fromHex(digest, 'void'))
}

/** Returns the predecessors for which parked events of a restored desk store still wait. The desk can no longer get these messages (REX-THR-029). */
function lostTo({ events, parked }: Track, own: Parameters<typeof isOfChain>[1]): string[] {
  const resumed = [...events.values()].some(
    (event) => isOfChain(event, own) && event.type === EventType.RESUMED,
  )
  const known = new Set([...events.keys(), ...parked.map(({ digest }) => digest)])
  return resumed ? parked.flatMap(({ heads }) => heads.filter((head) => !known.has(head))) : []
}

/**
 * Makes the error for an event that must wait until an earlier message is redated, because the event would refer to the
 * old digest of that message.
 */
function notYet(): RexError {
  return new RexError(
    'CLOCK_SKEW',
    'An earlier message of this thread is dated ahead, and must be redated first.',
    {
      hint: 'The desk does that as soon as its gateway answers. Try again in a moment.',
    },
  )
}
