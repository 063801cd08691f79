// Tracks in each state, for the tests of this folder. docs/spec/thread.md
import { trackEvent as event, type Made } from '../fixture.ts'
import { addEvent, openTrack, type Track, type TrackEvent } from '../track.ts'
import type { Role, State, Transition } from '../transitions.ts'

export const ROLES: readonly Role[] = ['referrer', 'recipient']

/** The name and content of a sample event for each transition. */
export const BY_TRANSITION: Partial<Record<Transition, [string, object]>> = {
  'complete-partly': ['complete', { partly: true }],
  'recall-thread': ['recall', {}],
  recall: ['recall', { messages: [new Uint8Array(32)] }],
  'consent-withdrawn': ['consent-change', {}],
  'consent-change': ['consent-change', { people: ['child'] }],
}
export const ofTransition = (role: Role, transition: Transition, options: Made = {}): TrackEvent => {
  const [name, content] = BY_TRANSITION[transition] ?? [transition, {}]
  return event(role, name, { ...options, content })
}

export const opened = () => openTrack(event('referrer', 'refer'))
export const follow = (track: Track, role: Role, transition: Transition): Track =>
  addEvent(track, ofTransition(role, transition, { heads: track.heads })).track

/** The shortest path to each state of a track. */
export const WAYS: Readonly<Record<State, readonly [Role, Transition][]>> = {
  requested: [],
  'info-requested': [['recipient', 'request-info']],
  waitlisted: [['recipient', 'waitlist']],
  accepted: [['recipient', 'accept']],
  'in-progress': [
    ['recipient', 'accept'],
    ['recipient', 'progress'],
  ],
  completed: [
    ['recipient', 'accept'],
    ['recipient', 'complete'],
  ],
  'partly-completed': [
    ['recipient', 'accept'],
    ['recipient', 'complete-partly'],
  ],
  failed: [
    ['recipient', 'accept'],
    ['recipient', 'fail'],
  ],
  declined: [['recipient', 'decline']],
  withdrawn: [['referrer', 'withdraw']],
  'entered-in-error': [['referrer', 'entered-in-error']],
}
export const inState = (state: State): Track =>
  WAYS[state].reduce((track, [role, transition]) => follow(track, role, transition), opened())
