// Sorts the events of a track into their total order, and applies them in that order. docs/spec/thread.md, "Order"
import type { Event, EventType } from '@rex/proto/core/v1/thread'
import { transitionOf } from './event.ts'
import { goesFirst, INITIAL, next, type Role, type State, type Transition } from './transitions.ts'

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

/** An event in the total order, with its transition and whether it took effect. */
export interface Placed {
  readonly event: TrackEvent
  readonly transition: Transition
  /** Whether the event took effect. False if a concurrent event comes first in the total order and the table then refuses this event. */
  readonly effective: boolean
}

/** Applies events in their total order (REX-THR-021 to 023). */
export function run(events: readonly TrackEvent[]): { state: State; placed: Placed[] } {
  const placed: Placed[] = []
  let state: State = INITIAL
  for (const event of inOrder(events)) {
    const done = step(state, event)
    state = done.state
    placed.push(done.placed)
  }
  return { state, placed }
}

/** Applies the next event in the total order. */
export function step(state: State, event: TrackEvent): { state: State; placed: Placed } {
  const transition = transitionOf(event.type, contentOf(event))
  const after = transition === 'refer' ? INITIAL : next(state, transition, event.role)
  return { state: after ?? state, placed: { event, transition, effective: after !== undefined } }
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
 * Sorts events: the refer first, because only it has no heads, then every event after its heads. The lower digest breaks ties. Concurrent events take
 * no longer than the same number of successive events. Otherwise a partner, who decides how many events are concurrent, could slow this desk down
 * (T-058).
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

/** Returns the index at which to insert an event into `ready`, which is sorted so that the last event goes first. */
function placeOf(ready: readonly TrackEvent[], event: TrackEvent): number {
  let [from, to] = [0, ready.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (isBefore(event, ready[middle] as TrackEvent)) from = middle + 1
    else to = middle
  }
  return from
}

/** Returns the content of an event. It is never undefined, although its type in the generated code permits that. */
export function contentOf(event: TrackEvent): NonNullable<Event['content']> {
  return event.event.content as NonNullable<Event['content']>
}

/** Returns the digests of the events to which these heads refer, if they have arrived, and of all their ancestors. */
export function ancestorsOf(events: ReadonlyMap<string, TrackEvent>, heads: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const queue = heads.filter((head) => events.has(head))
  for (let digest = queue.pop(); digest !== undefined; digest = queue.pop()) {
    if (seen.has(digest)) continue
    seen.add(digest)
    queue.push(...(events.get(digest) as TrackEvent).heads.filter((head) => events.has(head)))
  }
  return seen
}
