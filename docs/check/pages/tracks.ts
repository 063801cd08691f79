// Histories of tracks in which events cross, with the result that every implementation must compute. docs/spec/vectors.md
import type { EventType } from '@rex/proto/core/v1/thread'
import { EVENT_TYPES } from '../../../sdk/src/core/thread/event.ts'
import { makeEvent } from '../../../sdk/src/core/thread/fixture.ts'
import { addEvent, openTrack, type Track, type TrackEvent } from '../../../sdk/src/core/thread/track.ts'
import type { Role } from '../../../sdk/src/core/thread/transitions.ts'

/**
 * An event of a vector. Digests are short. All events of a role are in one chain, and their counters follow from the
 * order of the list.
 */
export interface CaseEvent {
  readonly digest: string
  readonly role: Role
  /** Event type in kebab-case. The content is fixed: a recall names no messages, a consent-change withdraws for all recipients. */
  readonly type: string
  readonly heads: readonly string[]
  readonly void?: readonly string[]
}

/** Result of a history. */
export interface CaseResult {
  readonly state: string
  /** Digests in the canonical order. */
  readonly order: readonly string[]
  /** Digests of events that are on record but have no effect. */
  readonly crossed: readonly string[]
  /** Heads that the next event will have. */
  readonly heads: readonly string[]
}

const refer: CaseEvent = { digest: '10', role: 'referrer', type: 'refer', heads: [] }
const by =
  (role: Role) =>
  (digest: string, type: string, heads: readonly string[], more = {}): CaseEvent => ({
    digest,
    role,
    type,
    heads,
    ...more,
  })
const [referrer, recipient] = [by('referrer'), by('recipient')]

/** The histories, each in one possible order of arrival. */
export const CASES: readonly { readonly name: string; readonly events: readonly CaseEvent[] }[] = [
  {
    name: 'a withdrawal goes before a concurrent accept, whatever the digests',
    events: [refer, recipient('20', 'accept', ['10']), referrer('30', 'withdraw', ['10'])],
  },
  {
    name: 'a withdrawal takes its own past with it to the front',
    events: [
      refer,
      recipient('20', 'accept', ['10']),
      recipient('21', 'complete', ['20']),
      referrer('40', 'note', ['20']),
      referrer('41', 'withdraw', ['40']),
    ],
  },
  {
    name: 'the lower digest goes first',
    events: [refer, recipient('30', 'request-info', ['10']), referrer('20', 'note', ['10'])],
  },
  {
    name: 'an answer that crosses the accept has its effect after it',
    events: [
      refer,
      recipient('20', 'request-info', ['10']),
      referrer('40', 'provide-info', ['20']),
      recipient('30', 'accept', ['20']),
      referrer('50', 'disclose', ['30', '40']),
    ],
  },
  {
    name: 'consent withdrawn by the recipient beside a correction by the referrer',
    events: [
      refer,
      recipient('20', 'accept', ['10']),
      referrer('30', 'correct', ['20']),
      recipient('40', 'consent-change', ['20']),
      referrer('50', 'consent-acknowledgement', ['30', '40']),
    ],
  },
  {
    name: 'a void predecessor is not waited for',
    events: [refer, recipient('30', 'accept', ['10', '29'], { void: ['29'] })],
  },
  {
    name: 'the whole referral was a mistake',
    events: [refer, recipient('20', 'decline', ['10']), referrer('30', 'entered-in-error', ['10'])],
  },
]

/** Returns the reference implementation's result for a history. */
export function trackOf(events: readonly CaseEvent[]): CaseResult {
  const [root, ...rest] = events.map(eventOf) as [TrackEvent, ...TrackEvent[]]
  const { state, placed, heads } = rest.reduce<Track>(
    (track, event) => addEvent(track, event).track,
    openTrack(root),
  )
  return {
    state,
    order: placed.map(({ event }) => event.digest),
    crossed: placed.filter(({ effective }) => !effective).map(({ event }) => event.digest),
    heads: [...heads].sort(),
  }
}

function eventOf({ digest, role, type, heads, void: voided = [] }: CaseEvent, counter: number): TrackEvent {
  return {
    digest,
    messageId: digest,
    role,
    chain: role,
    counter,
    heads,
    void: voided,
    createdMs: counter,
    type: EVENT_TYPES.get(type) as EventType,
    event: makeEvent(type),
    bytes: 0,
    sections: [],
  }
}
