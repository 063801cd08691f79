// Tests of concurrent events, in every order of arrival. docs/spec/thread.md
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { processorTime } from '../../../testing/harness/processor-time.ts'
import { trackEvent as event } from '../fixture.ts'
import { addEvent, dropEvent, openTrack, restoreEvent, type Track, type TrackEvent } from '../track.ts'
import { next, type Role, STATES, TRANSITIONS, type Transition } from '../transitions.ts'
import { inState, ofTransition, opened, ROLES } from './fixture.ts'

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

test('a withdrawal beats a concurrent completion, even with a note of its sender in between', () => {
  const track = inState('accepted')
  const note = event('referrer', 'note', { heads: track.heads, digest: 'z' })
  const withdraw = event('referrer', 'withdraw', { heads: ['z'], digest: 'y' })
  const complete = event('recipient', 'complete', { heads: track.heads, digest: 'a' })
  const result = [complete, note, withdraw].reduce((current, entry) => addEvent(current, entry).track, track)
  expect(result.state).toBe('withdrawn')
})

test('REX-THR-022 a later event, or one that is dropped again, does not undo a withdrawal that has beaten a completion', () => {
  const track = inState('accepted')
  const complete = event('recipient', 'complete', { heads: track.heads, digest: 'a' })
  const withdraw = event('referrer', 'withdraw', { heads: track.heads, digest: 'b' })
  const consent = ofTransition('recipient', 'consent-withdrawn', { heads: ['a', 'b'] })
  const note = event('referrer', 'note', { heads: track.heads })
  const before = [complete, withdraw, consent].reduce(
    (current, entry) => addEvent(current, entry).track,
    track,
  )
  const after = addEvent(before, note).track
  const orderOf = ({ placed }: Track) => placed.map((entry) => entry.event)
  expect([before.state, after.state]).toEqual(['withdrawn', 'withdrawn'])
  expect(orderOf(dropEvent(after, note.digest))).toEqual(orderOf(before))
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

test('REX-THR-021 an event whose heads are all void comes after the refer, and a withdrawal keeps its effect', () => {
  const refer = event('referrer', 'refer', { digest: 'f'.repeat(64) })
  const lost = 'a'.repeat(64)
  const withdraw = event('referrer', 'withdraw', { heads: [lost] })
  const resumed = event('recipient', 'resumed', { heads: [refer.digest], void: [lost] })
  const waiting = addEvent(openTrack(refer), withdraw).track
  const { track } = addEvent(waiting, resumed)
  expect([track.state, track.placed[0]?.event]).toEqual(['withdrawn', refer])
})

test('T-058 the order of many concurrent events takes little time', () => {
  const track = opened()
  const notes = Array.from({ length: 16_000 }, () => event('referrer', 'note', { heads: track.heads }))
  const last = event('referrer', 'note', { heads: track.heads })
  const events = new Map([...track.events, ...[...notes, last].map((note) => [note.digest, note] as const)])
  const took = processorTime()
  expect(dropEvent({ ...track, events }, last.digest).placed).toHaveLength(notes.length + 1)
  expect(took()).toBeLessThan(1000)
})

test('T-058 a stored track with many concurrent events is ordered once, not for each event', () => {
  const track = opened()
  let looks = 0
  const notes = Array.from({ length: 400 }, (): TrackEvent => {
    const { event: content, ...note } = event('referrer', 'note', { heads: track.heads })
    return {
      ...note,
      get event() {
        looks++
        return content
      },
    }
  })
  const { placed, heads } = notes.reduce(restoreEvent, track)
  expect(placed).toHaveLength(notes.length + 1)
  expect(heads).toEqual(notes.map(({ digest }) => digest).sort())
  expect(looks).toBeLessThan(10 * notes.length)
})
