// The state machine: the state of a track is a pure function of its causally closed events. docs/spec/thread.md, "Order"
import { RexError } from '../error.ts'
import { LIMITS } from '../limits.ts'
import { eventName, transitionOf } from './event.ts'
import { ancestorsOf, contentOf, type Placed, run, step, type TrackEvent } from './order.ts'
import { misplacedSection } from './sections.ts'
import { INITIAL, next, type Role, STATES, type State, TRANSITIONS, type Transition } from './transitions.ts'

export type { Placed, TrackEvent } from './order.ts'

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
export function addEvent(before: Track, event: TrackEvent): Added {
  const { track, effect, missing } = add(before, event, true)
  if (effect !== 'placed') return { track, effect, missing }
  const placed = track.placed.find((entry) => entry.event.digest === event.digest)
  return { track, effect: placed?.effective === true ? 'applied' : 'crossed', missing }
}

/**
 * Adds an event that was placed or parked before, without checking limits, because a lower limit must not make a stored thread
 * unreadable.
 * @throws RexError INVALID_EVENT
 */
export function restoreEvent(track: Track, event: TrackEvent): Track {
  return add(track, event, false).track
}

/** Like `Added`, before it is known whether a placed event takes effect. */
interface Taken extends Omit<Added, 'effect'> {
  readonly effect: Exclude<Added['effect'], 'applied' | 'crossed'> | 'placed'
}

function add(track: Track, event: TrackEvent, isNew: boolean): Taken {
  if (track.events.has(event.digest) || track.parked.some(({ digest }) => digest === event.digest))
    return { track, effect: 'duplicate', missing: [] }
  const rival = rivalOf(track, event)
  if (rival !== undefined) {
    if (isNew) checkForks(track)
    const forks = [...track.forks, [rival, event] as const]
    return { track: changed(track, { forks }), effect: 'forked', missing: [] }
  }
  const voided = event.void.length === 0 ? track.voided : new Set([...track.voided, ...event.void])
  const missing = missingOf(track.events, voided, event)
  if (isNew) checkRoom(track, event, missing)
  const known = changed(track, { voided })
  if (missing.length > 0) return park(known, event)
  return { track: unpark(append(known, event)), effect: 'placed', missing: [] }
}

/** Parks an event, unless it declares void the very events that it waits for. */
function park(track: Track, event: TrackEvent): Taken {
  const grown = unpark(changed(track, { parked: [...track.parked, event] }))
  if (grown.parked.includes(event))
    return { track: grown, effect: 'parked', missing: missingOf(grown.events, grown.voided, event) }
  if (!grown.events.has(event.digest)) throw refused(grown.state, event)
  return { track: grown, effect: 'placed', missing: [] }
}

/** Removes one of our own events that was refused or expired. Our next event must list its digest in `void` (REX-THR-027). */
export function dropEvent(track: Track, digest: string): Track {
  const events = new Map(track.events)
  events.delete(digest)
  const known = changed(track, { voided: new Set([...track.voided, digest]) })
  return reordered(known, { events, heads: headsOf(events) })
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
  voided.add(digest)
  const kept = track.forks.map(([, fork]) => fork)
  return [...track.events.values(), ...track.parked, ...kept].find(
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
    return reordered(track, { events, heads: headsWith(track, event, events) })
  }
  requireValid(track, event)
  const { state, placed } = step(track.state, event)
  return changed(track, { state, placed: [...track.placed, placed], heads: [event.digest], events })
}

function sees(event: TrackEvent, heads: readonly string[]): boolean {
  return heads.every((head) => event.heads.includes(head))
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
  const rest = changed(track, { parked: track.parked.filter((event) => event !== ready) })
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

/** Returns a copy with other members. Does not evaluate getters, as a spread would, because these compute the order of the events. */
function changed(track: Track, members: Partial<Track>): Track {
  const all = { ...Object.getOwnPropertyDescriptors(track), ...Object.getOwnPropertyDescriptors(members) }
  return Object.defineProperties({}, all) as Track
}

/**
 * Returns a track with other events. The events are ordered only when `state` or `placed` is first read. Therefore, loading a stored track
 * with thousands of concurrent events orders them once, not for each event (T-058).
 */
function reordered(track: Track, parts: Pick<Track, 'events' | 'heads'>): Track {
  let found: Pick<Track, 'state' | 'placed'> | undefined
  const order = () => {
    found ??= run([...parts.events.values()])
    return found
  }
  const { parked, forks, voided } = track
  return {
    ...parts,
    parked,
    forks,
    voided,
    get state() {
      return order().state
    },
    get placed() {
      return order().placed
    },
  }
}

/** Returns the heads after a concurrent event. A void event may arrive after an event that refers to it. */
function headsWith({ heads, voided }: Track, event: TrackEvent, events: Track['events']): string[] {
  if (voided.has(event.digest)) return headsOf(events)
  const after = heads.filter((head) => !event.heads.includes(head))
  const place = after.findIndex((head) => head > event.digest)
  return after.toSpliced(place < 0 ? after.length : place, 0, event.digest)
}

function headsOf(events: Track['events']): string[] {
  const followed = new Set([...events.values()].flatMap(({ heads }) => heads))
  return [...events.keys()].filter((digest) => !followed.has(digest)).sort()
}
