import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../limits.ts'
import { trackEvent as event, type Made } from './fixture.ts'
import {
  addEvent,
  allowedTransitions,
  checkTransition,
  dropEvent,
  nextCounter,
  openTrack,
  type Track,
  type TrackEvent,
} from './track.ts'
import { next, type Role, STATES, type State, TRANSITIONS, type Transition } from './transitions.ts'

const ROLES: readonly Role[] = ['referrer', 'recipient']

/** Name and content of an event for each transition. */
const BY_TRANSITION: Partial<Record<Transition, [string, object]>> = {
  'complete-partly': ['complete', { partly: true }],
  'recall-thread': ['recall', {}],
  recall: ['recall', { messages: [new Uint8Array(32)] }],
  'consent-withdrawn': ['consent-change', {}],
  'consent-change': ['consent-change', { people: ['child'] }],
}
const ofTransition = (role: Role, transition: Transition, options: Made = {}): TrackEvent => {
  const [name, content] = BY_TRANSITION[transition] ?? [transition, {}]
  return event(role, name, { ...options, content })
}

const opened = () => openTrack(event('referrer', 'refer'))
const follow = (track: Track, role: Role, transition: Transition): Track =>
  addEvent(track, ofTransition(role, transition, { heads: track.heads })).track

/** The shortest way to each state of a track. */
const WAYS: Readonly<Record<State, readonly [Role, Transition][]>> = {
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
const inState = (state: State): Track =>
  WAYS[state].reduce((track, [role, transition]) => follow(track, role, transition), opened())

/** Permitted transitions of each role, written by hand: `>` precedes the next state if it differs. */
const ALWAYS = 'note resumed consent-change consent-acknowledgement'
const OPEN = 'withdraw>withdrawn recall-thread>withdrawn consent-withdrawn>withdrawn correct recall'
const ENDED = `${ALWAYS} consent-withdrawn correct feedback`
const BY_REFERRER: Readonly<Record<State, string>> = {
  requested: `${ALWAYS} ${OPEN} provide-info entered-in-error>entered-in-error`,
  'info-requested': `${ALWAYS} ${OPEN} provide-info>requested entered-in-error>entered-in-error`,
  waitlisted: `${ALWAYS} ${OPEN} provide-info entered-in-error>entered-in-error`,
  accepted: `${ALWAYS} ${OPEN} disclose provide-info entered-in-error>entered-in-error`,
  'in-progress': `${ALWAYS} ${OPEN} disclose provide-info entered-in-error>entered-in-error`,
  completed: `${ENDED} recall-thread recall entered-in-error>entered-in-error`,
  'partly-completed': `${ENDED} recall-thread recall entered-in-error>entered-in-error`,
  failed: `${ENDED} recall-thread recall entered-in-error>entered-in-error`,
  declined: `${ENDED} recall-thread recall entered-in-error>entered-in-error`,
  withdrawn: `${ENDED} recall-thread recall entered-in-error>entered-in-error`,
  'entered-in-error': `${ALWAYS} consent-withdrawn recall-thread recall`,
}
const HELPING = `${ALWAYS} recall-attestation consent-withdrawn>withdrawn correct`
const DECIDING = `${HELPING} accept>accepted decline>declined`
const WORKING = `${HELPING} request-info complete>completed complete-partly>partly-completed fail>failed`
const BY_RECIPIENT: Readonly<Record<State, string>> = {
  requested: `${DECIDING} request-info>info-requested waitlist>waitlisted`,
  'info-requested': `${DECIDING} request-info waitlist>waitlisted`,
  waitlisted: `${DECIDING} request-info>info-requested waitlist`,
  accepted: `${WORKING} progress>in-progress`,
  'in-progress': `${WORKING} progress`,
  completed: `${ENDED} recall-attestation`,
  'partly-completed': `${ENDED} recall-attestation`,
  failed: `${ENDED} recall-attestation`,
  declined: `${ENDED} recall-attestation`,
  withdrawn: `${ENDED} recall-attestation`,
  'entered-in-error': `${ALWAYS} consent-withdrawn recall-attestation`,
}
const expectedAfter = (state: State, role: Role, transition: Transition): string | undefined => {
  const cells = (role === 'referrer' ? BY_REFERRER : BY_RECIPIENT)[state].split(' ')
  const cell = cells.find((entry) => entry.split('>')[0] === transition)
  return cell && (cell.split('>')[1] ?? state)
}

describe('T-051 every cell of the transition table', () => {
  const cells = (Object.keys(STATES) as State[]).flatMap((state) =>
    (Object.keys(TRANSITIONS) as Transition[])
      .filter((transition) => transition !== 'refer')
      .flatMap((transition) => ROLES.map((role) => [state, role, transition] as const)),
  )
  test.each(cells)('%s: %s %s', (state, role, transition) => {
    const track = inState(state)
    expect(track.state).toBe(state)
    const expected = expectedAfter(state, role, transition)
    const added = () => addEvent(track, ofTransition(role, transition, { heads: track.heads }))
    if (expected === undefined) expect(added).toThrow(expect.objectContaining({ reason: 'INVALID_EVENT' }))
    else expect(added().track.state).toBe(expected)
    expect(allowedTransitions(track, role).includes(transition)).toBe(expected !== undefined)
  })

  test('a terminal state is left only into entered-in-error', () => {
    for (const [state, { terminal }] of Object.entries(STATES)) {
      if (!terminal) continue
      for (const { next: cells } of Object.values(TRANSITIONS))
        expect([undefined, state, 'entered-in-error']).toContain(cells[state as State])
    }
  })
})

describe('T-051 REX-THR-031 sections of an event', () => {
  const opening = () => openTrack(event('referrer', 'refer', { sections: ['triage', 'handling', 'consent'] }))
  const inState = (state: State) =>
    WAYS[state].reduce((track, [role, transition]) => follow(track, role, transition), opening())
  const adding = (track: Track, role: Role, name: string, sections: readonly string[]) => () =>
    addEvent(track, event(role, name, { heads: track.heads, sections }))
  const invalid = expect.objectContaining({ reason: 'INVALID_EVENT' })
  const states = Object.keys(STATES) as State[]
  const gives = (name: 'correct' | 'provide-info') =>
    states
      .filter((state) => next(state, name, 'referrer') !== undefined)
      .map((state) => [name, state] as const)

  test.each([...gives('correct'), ...gives('provide-info')])('%s in state %s', (name, state) => {
    const track = inState(state)
    const { terminal, responsible } = STATES[state]
    expect(adding(track, 'referrer', name, [])).not.toThrow()
    const granted = expect(adding(track, 'referrer', name, ['consent']))
    const others = expect(adding(track, 'referrer', name, ['consent', 'people']))
    if (terminal) granted.toThrow(invalid)
    else granted.not.toThrow()
    if (responsible === 'recipient') others.not.toThrow()
    else others.toThrow(invalid)
  })
  test('REX-THR-007 no other event but a disclose has any', () => {
    const track = inState('accepted')
    for (const name of ['note', 'withdraw', 'resumed'])
      expect(adding(track, 'referrer', name, ['consent'])).toThrow(invalid)
    expect(adding(track, 'referrer', 'disclose', ['people'])).not.toThrow()
  })
  test('the rules of handling stay those of the referrer', () => {
    const track = inState('accepted')
    expect(adding(track, 'recipient', 'correct', ['people'])).not.toThrow()
    expect(adding(track, 'recipient', 'correct', ['people', 'handling'])).toThrow(invalid)
    expect(adding(track, 'referrer', 'correct', ['handling'])).not.toThrow()
  })
  test('what its sender had seen decides, also after it has waited for a predecessor', () => {
    const track = opening()
    const accept = event('recipient', 'accept', { heads: track.heads })
    const missed = event('referrer', 'note', { heads: track.heads })
    const sections = ['people']
    const early = event('referrer', 'correct', { heads: [missed.digest], sections })
    const knowing = event('referrer', 'correct', { heads: [missed.digest, accept.digest], sections })
    const waiting = [accept, early, knowing].reduce((before, each) => addEvent(before, each).track, track)
    expect(waiting.parked).toEqual([early, knowing])
    const { events } = addEvent(waiting, missed).track
    expect([events.has(early.digest), events.has(knowing.digest)]).toEqual([false, true])
  })
})

describe('opening', () => {
  test('only a refer by the referrer without heads opens a track', () => {
    for (const wrong of [
      event('referrer', 'note'),
      event('recipient', 'refer'),
      event('referrer', 'refer', { heads: ['x'] }),
    ]) {
      expect(() => openTrack(wrong)).toThrow(expect.objectContaining({ reason: 'INVALID_EVENT' }))
    }
  })
})

describe('order', () => {
  const orders = <T>(list: readonly T[]): T[][] =>
    list.length < 2
      ? [[...list]]
      : list.flatMap((first, i) => orders(list.toSpliced(i, 1)).map((rest) => [first, ...rest]))
  const transitions = (Object.keys(TRANSITIONS) as Transition[]).filter(
    (transition) => transition !== 'refer' && transition !== 'resumed',
  )

  test('all pairs of concurrent transitions, from every open state, in both orders of arrival: one state', () => {
    for (const state of ['requested', 'info-requested', 'waitlisted', 'accepted', 'in-progress'] as const) {
      for (const a of transitions.filter((transition) => next(state, transition, 'referrer'))) {
        for (const b of transitions.filter((transition) => next(state, transition, 'recipient'))) {
          const track = inState(state)
          const [x, y] = [
            ofTransition('referrer', a, { heads: track.heads }),
            ofTransition('recipient', b, { heads: track.heads }),
          ]
          const [one, two] = [
            [x, y],
            [y, x],
          ].map((order) => order.reduce((current, entry) => addEvent(current, entry).track, track))
          expect(one?.state).toBe(two?.state)
          expect(one?.placed.map((placed) => [placed.event.digest, placed.effective])).toEqual(
            two?.placed.map((placed) => [placed.event.digest, placed.effective]),
          )
        }
      }
    }
  })

  test.each(['accept', 'decline', 'waitlist'] as const)(
    'withdraw beats a concurrent %s, whatever the digests',
    (transition) => {
      for (const digests of [
        ['a', 'b'],
        ['b', 'a'],
      ] as const) {
        const track = opened()
        const withdraw = event('referrer', 'withdraw', { heads: track.heads, digest: digests[0] })
        const other = event('recipient', transition, { heads: track.heads, digest: digests[1] })
        const first = addEvent(track, other)
        expect(first.effect).toBe('applied')
        const { track: both } = addEvent(first.track, withdraw)
        expect(both.state).toBe('withdrawn')
        expect(both.placed.find((placed) => placed.event === other)?.effective).toBe(false)
        expect(addEvent(addEvent(track, withdraw).track, other).effect).toBe('crossed')
      }
    },
  )

  test('withdraw beats a concurrent completion also when a note of its sender stands between', () => {
    const track = inState('accepted')
    const note = event('referrer', 'note', { heads: track.heads, digest: 'z' })
    const withdraw = event('referrer', 'withdraw', { heads: ['z'], digest: 'y' })
    const complete = event('recipient', 'complete', { heads: track.heads, digest: 'a' })
    const result = [complete, note, withdraw].reduce(
      (current, entry) => addEvent(current, entry).track,
      track,
    )
    expect(result.state).toBe('withdrawn')
  })

  test('T-045 three events of a chain in all orders of arrival', () => {
    const root = event('referrer', 'refer')
    const accept = event('recipient', 'accept', { heads: [root.digest] })
    const progress = event('recipient', 'progress', { heads: [accept.digest] })
    const complete = event('recipient', 'complete', { heads: [progress.digest] })
    for (const order of orders([accept, progress, complete])) {
      const track = order.reduce((current, entry) => addEvent(current, entry).track, openTrack(root))
      expect([track.state, track.parked.length, track.heads]).toEqual(['completed', 0, [complete.digest]])
    }
  })

  test('random histories: any order of arrival gives the same track, and a responsible party always exists', () => {
    const history = fc.array(
      fc.record({
        role: fc.constantFrom(...ROLES),
        transition: fc.constantFrom(...transitions),
        fresh: fc.boolean(),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(history, fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), (steps, keys) => {
        const root = event('referrer', 'refer')
        const events: TrackEvent[] = []
        const views: Record<Role, Track> = { referrer: openTrack(root), recipient: openTrack(root) }
        for (const { role, transition, fresh } of steps) {
          if (fresh) for (const known of events) views[role] = addEvent(views[role], known).track
          if (next(views[role].state, transition, role) === undefined) continue
          const made = ofTransition(role, transition, { heads: views[role].heads })
          events.push(made)
          views[role] = addEvent(views[role], made).track
        }
        const shuffled = events.map((entry, i) => [keys[i] ?? 0, entry] as const).sort((a, b) => a[0] - b[0])
        const direct = events.reduce((track, entry) => addEvent(track, entry).track, openTrack(root))
        const mixed = shuffled.reduce((track, [, entry]) => addEvent(track, entry).track, openTrack(root))
        expect(mixed.state).toBe(direct.state)
        expect(mixed.placed.map((placed) => placed.event.digest)).toEqual(
          direct.placed.map((placed) => placed.event.digest),
        )
        expect(mixed.heads.toSorted()).toEqual(direct.heads.toSorted())
        expect(mixed.parked).toEqual([])
        expect(ROLES).toContain(STATES[direct.state].responsible)
      }),
      { numRuns: 300 },
    )
  })
})

test('T-048 both recipients of a split referral accept: each track has its one responsible party', () => {
  const refer = event('referrer', 'refer')
  const tracks = [openTrack(refer), openTrack(refer)].map((track) => follow(track, 'recipient', 'accept'))
  expect(tracks.map(({ state }) => STATES[state].responsible)).toEqual(['recipient', 'recipient'])
  const [first] = tracks as [Track]
  const other = event('recipient', 'accept', { heads: [refer.digest], counter: 99_000 })
  const { track: twice } = addEvent(first, other)
  expect([
    twice.state,
    twice.placed.filter(({ effective, transition }) => effective && transition === 'accept').length,
  ]).toEqual(['accepted', 1])
})

describe('what a sender must not do', () => {
  test('T-051 a second accept after its own is refused', () => {
    const track = inState('accepted')
    expect(() => addEvent(track, event('recipient', 'accept', { heads: track.heads }))).toThrow(
      expect.objectContaining({ reason: 'INVALID_EVENT', metadata: { state: 'accepted', event: 'accept' } }),
    )
  })
  test('an event that its own past refuses is refused also beside concurrent ones', () => {
    const track = follow(opened(), 'recipient', 'accept')
    const note = event('recipient', 'note', { heads: track.heads })
    const disclose = event('referrer', 'disclose', { heads: [track.placed[0]?.event.digest as string] })
    const { track: noted } = addEvent(track, note)
    expect(() => addEvent(noted, disclose)).toThrow(expect.objectContaining({ reason: 'INVALID_EVENT' }))
  })
  test('a parked event that its own past refuses never counts', () => {
    const track = opened()
    const decline = event('recipient', 'decline', { heads: track.heads })
    const accept = event('recipient', 'accept', { heads: [decline.digest] })
    const parked = addEvent(track, accept)
    expect([parked.effect, parked.missing]).toEqual(['parked', [decline.digest]])
    const { track: result } = addEvent(parked.track, decline)
    expect([result.state, result.parked]).toEqual(['declined', []])
  })
  test('before sending, the error names what is allowed', () => {
    expect(() => checkTransition(opened(), 'recipient', 'complete')).toThrow(
      expect.objectContaining({ reason: 'INVALID_EVENT', hint: expect.stringContaining('accept') }),
    )
    expect(() => checkTransition(opened(), 'recipient', 'accept')).not.toThrow()
  })
})

describe('gaps, forks, voids', () => {
  test('T-041 the same event again has no effect', () => {
    const track = inState('accepted')
    const last = track.placed.at(-1)?.event as TrackEvent
    expect(addEvent(track, last)).toMatchObject({ effect: 'duplicate' })
    const parked = addEvent(track, event('recipient', 'note', { heads: ['missing'], digest: 'p' })).track
    expect(addEvent(parked, parked.parked[0] as TrackEvent).effect).toBe('duplicate')
  })
  test('T-043 T-046 two messages in one place: both are kept, automation stops', () => {
    const track = opened()
    const one = event('recipient', 'accept', { heads: track.heads, counter: 0 })
    const two = event('recipient', 'decline', { heads: track.heads, counter: 0 })
    const { track: forked, effect } = addEvent(addEvent(track, one).track, two)
    expect(effect).toBe('forked')
    expect(forked.forks).toEqual([[one, two]])
    expect(forked.state).toBe('accepted')
  })
  test("T-046 T-047 a chain is its sender's: its id in an event of the other side claims no place in it", () => {
    const refer = event('referrer', 'refer', { chain: 'c', counter: 0 })
    const mine = event('recipient', 'note', { heads: [refer.digest], chain: 'c', counter: 0 })
    const { track, effect } = addEvent(openTrack(refer), mine)
    expect([effect, track.forks]).toEqual(['applied', []])
    const far = event('referrer', 'note', { heads: track.heads, chain: 'c', counter: 9 })
    const { track: after } = addEvent(track, far)
    expect([nextCounter(after, 'recipient', 'c'), nextCounter(after, 'referrer', 'c')]).toEqual([1, 10])
  })
  test.each([
    ['before', [0, 1]],
    ['after', [1, 0]],
  ])('T-046 the place of a void message may be used again: it arrives %s', (_when, order) => {
    const track = opened()
    const lost = event('recipient', 'note', { heads: track.heads, counter: 0 })
    const again = event('recipient', 'note', { heads: track.heads, counter: 0, void: [lost.digest] })
    const both = order.map((i) => [lost, again][i] as TrackEvent)
    const result = both.reduce((before, next) => addEvent(before, next).track, track)
    expect([result.forks, result.placed.length]).toEqual([[], 3])
  })
  test('a predecessor that its sender declared void is not waited for', () => {
    const track = opened()
    const lost = event('recipient', 'note', { heads: track.heads })
    const waiting = event('recipient', 'note', { heads: [lost.digest] })
    const parked = addEvent(track, waiting).track
    const after = event('recipient', 'note', { heads: [waiting.digest], void: [lost.digest] })
    const { track: result, effect } = addEvent(parked, after)
    expect([effect, result.parked, result.placed.length]).toEqual(['applied', [], 3])
    const invalid = event('recipient', 'complete', { heads: [waiting.digest], void: [lost.digest] })
    expect(() => addEvent(parked, invalid)).toThrow(expect.objectContaining({ reason: 'INVALID_EVENT' }))
  })
  test('an own event that ended refused is dropped, and its place in the order with it', () => {
    const track = inState('accepted')
    const { track: more } = addEvent(
      track,
      event('referrer', 'withdraw', { heads: track.heads, digest: 'w' }),
    )
    expect(more.state).toBe('withdrawn')
    const dropped = dropEvent(more, 'w')
    expect([dropped.state, dropped.heads]).toEqual(['accepted', track.heads])
  })
  test('counters count in each chain', () => {
    const track = openTrack(event('referrer', 'refer', { counter: 0 }))
    expect([
      nextCounter(track, 'referrer', 'referrer'),
      nextCounter(track, 'recipient', 'recipient'),
    ]).toEqual([1, 0])
  })
})

describe('limits', () => {
  test('T-053 the last places of a track are kept for its end', () => {
    const root = event('referrer', 'refer')
    const accepted = follow(openTrack(root), 'recipient', 'accept')
    const others = Array.from(
      { length: LIMITS.eventsPerTrack - LIMITS.terminalReserve },
      (_, i) => [`e${i}`, root] as const,
    )
    const filled = { ...accepted, events: new Map([...accepted.events, ...others]) }
    const note = event('recipient', 'note', { heads: filled.heads })
    expect(() => addEvent(filled, note)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }))
    expect(addEvent(filled, event('recipient', 'complete', { heads: filled.heads })).track.state).toBe(
      'completed',
    )
  })
  test('T-045 parked events are bounded', () => {
    const park = (track: Track) => addEvent(track, event('recipient', 'note', { heads: ['missing'] })).track
    const full = Array.from({ length: 64 }).reduce<Track>(park, opened())
    expect(() => park(full)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }))
    const missing = event('referrer', 'note', { heads: full.heads, digest: 'missing' })
    expect(addEvent(full, missing).track.parked).toEqual([])
  })
})
