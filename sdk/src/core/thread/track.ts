// The state machine: the state of a track is a pure function of its causally closed events. docs/spec/thread.md, "Order"
import type { Event, EventType } from '@rex/proto/core/v1/thread'
import { RexError } from '../error.ts'
import { LIMITS } from '../limits.ts'
import { eventName, transitionOf } from './event.ts'
import { misplacedSection } from './sections.ts'
import {
  goesFirst,
  INITIAL,
  next,
  type Role,
  STATES,
  type State,
  TRANSITIONS,
  type Transition,
} from './transitions.ts'

/** A signed event of a track, as plain data. Digests and chains are hexadecimal. */
export interface TrackEvent {
  /** Manifest digest. */
  readonly digest: string
  readonly messageId: string
  readonly role: Role
  readonly chain: string
  readonly counter: number
  readonly heads: readonly string[]
  readonly void: readonly string[]
  readonly createdMs: number
  readonly type: EventType
  readonly event: Event
  /** Size of the event and the content of its sections, in bytes (REX-THR-079). */
  readonly bytes: number
  /** Types of the referral sections that the event carries; for a refer, the types granted to the track's recipient. */
  readonly sections: readonly string[]
}

/** An event with its effect. */
export interface Placed {
  readonly event: TrackEvent
  readonly transition: Transition
  /** Whether the event took effect. False if a concurrent event comes first in the total order and the table then refuses this event. */
  readonly effective: boolean
}

/** One recipient's part of a thread. Immutable. */
export interface Track {
  readonly state: State
  /** All placed events, in the total order that every party computes. */
  readonly placed: readonly Placed[]
  /** Digests of events that no other event refers to yet. The next event names them as its heads. */
  readonly heads: readonly string[]
  /** Events waiting for a predecessor. */
  readonly parked: readonly TrackEvent[]
  /** Pairs of events that claim the same position in a chain. A pair proves a fork, so automation stops. */
  readonly forks: readonly (readonly [TrackEvent, TrackEvent])[]
  readonly events: ReadonlyMap<string, TrackEvent>
  /** Digests of events that their sender declared void. */
  readonly voided: ReadonlySet<string>
}

/** Result of adding an event. */
export interface Added {
  readonly track: Track
  readonly effect: 'applied' | 'crossed' | 'parked' | 'duplicate' | 'forked'
  /** Digests of missing predecessors, if the event was parked. */
  readonly missing: readonly string[]
}

const PARKED_LIMIT = 64

/** Opens a track with a refer. @throws RexError INVALID_EVENT unless the event is a refer by the referrer */
export function openTrack(root: TrackEvent): Track {
  if (eventName(root.type) !== 'refer' || root.role !== 'referrer' || root.heads.length > 0)
    throw refused('none', root)
  return {
    state: INITIAL,
    placed: [{ event: root, transition: 'refer', effective: true }],
    heads: [root.digest],
    parked: [],
    forks: [],
    events: new Map([[root.digest, root]]),
    voided: new Set(),
  }
}

/**
 * Adds an event (REX-THR-020 to 027); events may arrive in any order.
 * @throws RexError INVALID_EVENT if the event is not allowed in the state that its sender saw, LIMIT_EXCEEDED
 */
export function addEvent(track: Track, event: TrackEvent): Added {
  return add(track, event, true)
}

/**
 * Adds an event that was placed or parked before, without checking limits: a lower limit must not make a stored thread unreadable.
 * @throws RexError INVALID_EVENT
 */
export function restoreEvent(track: Track, event: TrackEvent): Added {
  return add(track, event, false)
}

function add(track: Track, event: TrackEvent, isNew: boolean): Added {
  if (track.events.has(event.digest) || track.parked.some(({ digest }) => digest === event.digest))
    return { track, effect: 'duplicate', missing: [] }
  const rival = rivalOf(track, event)
  if (rival !== undefined) {
    if (isNew) checkForks(track)
    return { track: { ...track, forks: [...track.forks, [rival, event]] }, effect: 'forked', missing: [] }
  }
  const voided = event.void.length === 0 ? track.voided : new Set([...track.voided, ...event.void])
  const missing = missingOf(track.events, voided, event)
  if (isNew) checkRoom(track, event, missing)
  if (missing.length > 0) return park({ ...track, voided }, event)
  return placedIn(unpark(append({ ...track, voided }, event)), event)
}

/** Parks an event, unless it declares void the very events that it waits for. */
function park(track: Track, event: TrackEvent): Added {
  const grown = unpark({ ...track, parked: [...track.parked, event] })
  if (grown.parked.includes(event))
    return { track: grown, effect: 'parked', missing: missingOf(grown.events, grown.voided, event) }
  if (!grown.events.has(event.digest)) throw refused(grown.state, event)
  return placedIn(grown, event)
}

function placedIn(track: Track, { digest }: TrackEvent): Added {
  const placed = track.placed.find(({ event }) => event.digest === digest)
  return { track, effect: placed?.effective === true ? 'applied' : 'crossed', missing: [] }
}

/** Removes one of our own events that was refused or expired. Our next event must list its digest in `void` (REX-THR-027). */
export function dropEvent(track: Track, digest: string): Track {
  const events = new Map(track.events)
  events.delete(digest)
  return replay({ ...track, events, voided: new Set([...track.voided, digest]) })
}

/** Returns the position of the next event in a role's chain. */
export function nextCounter(track: Track, role: Role, chain: string): number {
  let counter = -1
  for (const event of track.events.values())
    if (isOfChain(event, { role, chain })) counter = Math.max(counter, event.counter)
  return counter + 1
}

/** Whether an event belongs to this chain. A chain belongs to its sender: the other side may use the same id (T-047). */
export function isOfChain(event: TrackEvent, { role, chain }: Pick<TrackEvent, 'role' | 'chain'>): boolean {
  return event.role === role && event.chain === chain
}

/** Lists the transitions that a role may make in the current state. */
export function allowedTransitions(track: Track, role: Role): Transition[] {
  return (Object.keys(TRANSITIONS) as Transition[]).filter(
    (transition) => next(track.state, transition, role) !== undefined,
  )
}

/** Rejects an event that the table does not allow in the current state. @throws RexError INVALID_EVENT that lists the allowed transitions */
export function checkTransition(track: Track, role: Role, transition: Transition): void {
  if (next(track.state, transition, role) !== undefined) return
  throw new RexError('INVALID_EVENT', `In state ${track.state} the ${role} cannot ${transition}.`, {
    metadata: { state: track.state, event: transition },
    hint: `Allowed now: ${allowedTransitions(track, role).join(', ')}.`,
  })
}

/** Rejects sections that an event must not carry in this state (REX-THR-031). @throws RexError INVALID_EVENT that states the section type */
export function checkSections(
  { state, events }: Pick<Track, 'state' | 'events'>,
  role: Role,
  { transition, carried }: { readonly transition: Transition; readonly carried: readonly string[] },
): void {
  // Events keep their order of insertion, so the first one is the refer that opened the track.
  const [root] = events.values()
  const type = misplacedSection({ state, role, transition, carried, granted: (root as TrackEvent).sections })
  if (type === undefined) return
  throw new RexError(
    'INVALID_EVENT',
    `In state ${state} the ${role} cannot send ${type} with ${transition}.`,
    {
      metadata: { state, event: transition },
      hint: 'Sections that were not granted with the referral can be sent after the accept; after the end, none can.',
    },
  )
}

/**
 * Finds another event at the same position of the same chain (REX-THR-025). An event that its sender declared void does not count, because
 * a later event has taken its position.
 */
function rivalOf(track: Track, event: TrackEvent): TrackEvent | undefined {
  const { counter, digest } = event
  const voided = new Set([...track.voided, ...event.void])
  if (voided.has(digest)) return undefined
  return [...track.events.values(), ...track.parked].find(
    (other) => isOfChain(other, event) && other.counter === counter && !voided.has(other.digest),
  )
}

/** Checks the number (REX-THR-020, 026) and bytes (REX-THR-079) of events in a track with one more event. @throws RexError LIMIT_EXCEEDED */
function checkRoom({ events, parked }: Track, event: TrackEvent, missing: readonly string[]): void {
  const isEnd = isTerminal(transitionOf(event.type, contentOf(event)))
  const places = LIMITS.eventsPerTrack - (isEnd ? 0 : LIMITS.terminalReserve)
  const room = LIMITS.trackBytes - (isEnd ? 0 : LIMITS.terminalReserveBytes)
  const waiting = missing.length === 0 ? 0 : parked.length + 1
  const bytes = [...events.values(), ...parked, event].reduce((sum, each) => sum + each.bytes, 0)
  requireAtMost(places, events.size + 1, 'The thread has too many events.')
  requireAtMost(PARKED_LIMIT, waiting, 'Too many events wait.')
  requireAtMost(room, bytes, 'The thread has too many bytes.')
}

/** Checks that one more fork can be kept as proof (REX-THR-025). @throws RexError LIMIT_EXCEEDED */
function checkForks({ forks }: Track): void {
  requireAtMost(LIMITS.forksPerTrack, forks.length + 1, 'The thread has too many forks.')
}

function requireAtMost(limit: number, actual: number, message: string): void {
  if (actual <= limit) return
  throw new RexError('LIMIT_EXCEEDED', message, {
    path: 'events',
    metadata: { limit: String(limit), actual: String(actual) },
    hint: 'Close this thread and send a new referral.',
  })
}

function isTerminal(transition: Transition): boolean {
  const cells = Object.entries(TRANSITIONS[transition].next) as [State, State][]
  return cells.some(([before, after]) => !STATES[before].terminal && STATES[after].terminal)
}

function missingOf(
  events: ReadonlyMap<string, TrackEvent>,
  voided: ReadonlySet<string>,
  event: TrackEvent,
): string[] {
  return event.heads.filter((head) => !events.has(head) && !voided.has(head))
}

/** Places an event whose predecessors are all present. */
function append(track: Track, event: TrackEvent): Track {
  const events = new Map(track.events).set(event.digest, event)
  if (!sees(event, track.heads)) {
    requireValid({ state: stateSeenBy(events, event), events }, event)
    return replay({ ...track, events })
  }
  requireValid(track, event)
  const { state, placed } = step(track.state, event)
  return { ...track, state, placed: [...track.placed, placed], heads: [event.digest], events }
}

function sees(event: TrackEvent, heads: readonly string[]): boolean {
  return heads.every((head) => event.heads.includes(head))
}

function step(state: State, event: TrackEvent): { state: State; placed: Placed } {
  const transition = transitionOf(event.type, contentOf(event))
  const after = transition === 'refer' ? INITIAL : next(state, transition, event.role)
  return { state: after ?? state, placed: { event, transition, effective: after !== undefined } }
}

function requireValid(seen: Pick<Track, 'state' | 'events'>, event: TrackEvent): void {
  const { type, role, sections } = event
  const transition = transitionOf(type, contentOf(event))
  if (next(seen.state, transition, role) === undefined) throw refused(seen.state, event)
  checkSections(seen, role, { transition, carried: sections })
}

function refused(state: string, event: TrackEvent): RexError {
  const name = eventName(event.type)
  return new RexError('INVALID_EVENT', `In state ${state} the ${event.role} cannot ${name}.`, {
    metadata: { state, event: name },
  })
}

/** Places parked events whose predecessors have all arrived. An event that is not allowed after its predecessors is dropped. */
function unpark(track: Track): Track {
  const ready = track.parked.find((event) => missingOf(track.events, track.voided, event).length === 0)
  if (ready === undefined) return track
  const rest = { ...track, parked: track.parked.filter((event) => event !== ready) }
  try {
    return unpark(append(rest, ready))
  } catch {
    return unpark(rest)
  }
}

/** Returns the state that the sender of an event saw: the state after the event's ancestors, without concurrent events. */
function stateSeenBy(events: ReadonlyMap<string, TrackEvent>, event: TrackEvent): State {
  const seen = ancestorsOf(events, event.heads)
  return run([...seen].map((digest) => events.get(digest) as TrackEvent)).state
}

function ancestorsOf(events: ReadonlyMap<string, TrackEvent>, heads: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const queue = heads.filter((head) => events.has(head))
  for (let digest = queue.pop(); digest !== undefined; digest = queue.pop()) {
    if (seen.has(digest)) continue
    seen.add(digest)
    queue.push(...(events.get(digest) as TrackEvent).heads.filter((head) => events.has(head)))
  }
  return seen
}

function replay(track: Track): Track {
  const { state, placed } = run([...track.events.values()])
  const followed = new Set([...track.events.values()].flatMap(({ heads }) => heads))
  const heads = [...track.events.keys()].filter((digest) => !followed.has(digest)).sort()
  return { ...track, state, placed, heads }
}

/** Applies events in their total order (REX-THR-021 to 023). */
function run(events: readonly TrackEvent[]): { state: State; placed: Placed[] } {
  const placed: Placed[] = []
  let state: State = INITIAL
  for (const event of inOrder(events)) {
    const done = step(state, event)
    state = done.state
    placed.push(done.placed)
  }
  return { state, placed }
}

/** Sorts events into causal order, then moves events that retract something, with their ancestors, to just after the refer (REX-THR-022). */
function inOrder(events: readonly TrackEvent[]): TrackEvent[] {
  const causal = inCausalOrder(events)
  const places = new Map(causal.map(({ digest }, place) => [digest, place]))
  const left = new Map(causal.map((event) => [event.digest, event]))
  const order: TrackEvent[] = []
  for (const event of causal) {
    if (event.heads.length > 0 && !goesFirst(transitionOf(event.type, contentOf(event)))) continue
    const moved = [event.digest, ...ancestorsOf(left, event.heads)].map(
      (digest) => places.get(digest) as number,
    )
    for (const place of moved.sort((one, other) => one - other)) {
      const next = causal[place] as TrackEvent
      order.push(next)
      left.delete(next.digest)
    }
  }
  return [...order, ...left.values()]
}

/**
 * Sorts events: the refer first, because only it has no heads, then every event after its heads. The lower digest breaks ties. The cost
 * grows with the number of events, because a partner decides how many are concurrent (T-058).
 */
function inCausalOrder(events: readonly TrackEvent[]): TrackEvent[] {
  const present = new Set(events.map(({ digest }) => digest))
  const followers = new Map<string, TrackEvent[]>()
  const waitsFor = new Map<string, number>()
  const ready: TrackEvent[] = []
  for (const event of events) {
    const heads = event.heads.filter((head) => present.has(head))
    waitsFor.set(event.digest, heads.length)
    for (const head of heads) listed(followers, head).push(event)
    if (heads.length === 0) ready.splice(placeOf(ready, event), 0, event)
  }
  const order: TrackEvent[] = []
  for (let event = ready.pop(); event !== undefined; event = ready.pop()) {
    order.push(event)
    for (const follower of followers.get(event.digest) ?? []) {
      const waits = (waitsFor.get(follower.digest) as number) - 1
      waitsFor.set(follower.digest, waits)
      if (waits === 0) ready.splice(placeOf(ready, follower), 0, follower)
    }
  }
  return order
}

function listed(followers: Map<string, TrackEvent[]>, head: string): TrackEvent[] {
  const known = followers.get(head) ?? []
  if (known.length === 0) followers.set(head, known)
  return known
}

/** Whether an event goes before another one if neither refers to the other. */
function isBefore(event: TrackEvent, other: TrackEvent): boolean {
  const [first, second] = [event.heads.length === 0, other.heads.length === 0]
  return first === second ? event.digest < other.digest : first
}

/** Returns the place of an event in a list whose last event goes first. */
function placeOf(ready: readonly TrackEvent[], event: TrackEvent): number {
  let [from, to] = [0, ready.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (isBefore(event, ready[middle] as TrackEvent)) from = middle + 1
    else to = middle
  }
  return from
}

function contentOf(event: TrackEvent): NonNullable<Event['content']> {
  return event.event.content as NonNullable<Event['content']>
}
