// Tests of the chains and limits of a track. docs/spec/thread.md
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../limits.ts'
import { trackEvent as event } from '../fixture.ts'
import {
  addEvent,
  dropEvent,
  nextCounter,
  openTrack,
  restoreEvent,
  type Track,
  type TrackEvent,
} from '../track.ts'
import { STATES } from '../transitions.ts'
import { follow, inState, opened } from './fixture.ts'

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

describe('gaps, forks, voids', () => {
  test('T-041 the same event again has no effect', () => {
    const track = inState('accepted')
    const last = track.placed.at(-1)?.event as TrackEvent
    expect(addEvent(track, last)).toMatchObject({ effect: 'duplicate' })
    const parked = addEvent(track, event('recipient', 'note', { heads: ['missing'], digest: 'p' })).track
    expect(addEvent(parked, parked.parked[0] as TrackEvent).effect).toBe('duplicate')
  })
  test('T-043 T-046 two messages at the same position: both are kept, and automation stops', () => {
    const track = opened()
    const one = event('recipient', 'accept', { heads: track.heads, counter: 0 })
    const two = event('recipient', 'decline', { heads: track.heads, counter: 0 })
    const { track: forked, effect } = addEvent(addEvent(track, one).track, two)
    expect(effect).toBe('forked')
    expect(forked.forks).toEqual([[one, two]])
    expect(forked.state).toBe('accepted')
  })
  test('T-046 forks are kept as proof up to a limit; stored ones are read whatever their number', () => {
    const track = opened()
    const claim = (n: number) =>
      event('recipient', 'note', { heads: track.heads, counter: 0, digest: `claim ${n}` })
    let forked = addEvent(track, claim(0)).track
    for (let n = 1; n <= LIMITS.forksPerTrack; n++) forked = addEvent(forked, claim(n)).track
    expect(forked.forks).toHaveLength(LIMITS.forksPerTrack)
    const more = claim(LIMITS.forksPerTrack + 1)
    expect(() => addEvent(forked, more)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }))
    expect(restoreEvent(forked, more).forks.at(-1)?.[1]).toBe(more)
  })
  test("T-046 T-047 a chain is its sender's: its id in an event of the other side claims no position in it", () => {
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
  ])('T-046 the position of a void message may be reused: the message arrives %s', (_when, order) => {
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
  test('a refused own event is dropped together with its position in the order', () => {
    const track = inState('accepted')
    const { track: more } = addEvent(
      track,
      event('referrer', 'withdraw', { heads: track.heads, digest: 'w' }),
    )
    expect(more.state).toBe('withdrawn')
    const dropped = dropEvent(more, 'w')
    expect([dropped.state, dropped.heads]).toEqual(['accepted', track.heads])
  })
  test('each chain has separate counters', () => {
    const track = openTrack(event('referrer', 'refer', { counter: 0 }))
    expect([
      nextCounter(track, 'referrer', 'referrer'),
      nextCounter(track, 'recipient', 'recipient'),
    ]).toEqual([1, 0])
  })
})

describe('limits', () => {
  test('T-053 the last positions of a track are reserved for its end', () => {
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
  test('T-053 REX-THR-079 the bytes of a track are limited, and the last of them are reserved for its end', () => {
    const bytes = LIMITS.envelope
    const add = (track: Track, name: string) =>
      addEvent(track, event('recipient', name, { heads: track.heads, bytes })).track
    const refused = expect.objectContaining({ reason: 'LIMIT_EXCEEDED', path: 'events' })
    const fitting = (LIMITS.trackBytes - LIMITS.terminalReserveBytes) / bytes - 2
    const accepted = add(openTrack(event('referrer', 'refer', { bytes })), 'accept')
    const full = Array.from({ length: fitting }).reduce<Track>((track) => add(track, 'note'), accepted)
    expect(() => add(full, 'note')).toThrow(refused)
    expect(add(full, 'complete').state).toBe('completed')
    const waiting = event('recipient', 'note', { heads: ['missing'], bytes: 1 })
    expect(() => addEvent(full, waiting)).toThrow(refused)
    const last = event('recipient', 'note', { heads: full.heads, bytes })
    expect(restoreEvent(full, last).placed.at(-1)).toMatchObject({ event: last, effective: true })
  })
  test('T-045 REX-THR-079 parked events count towards the bytes of a track', () => {
    const bytes = LIMITS.envelope
    const park = (track: Track) =>
      addEvent(track, event('recipient', 'note', { heads: ['missing'], bytes })).track
    const most = (LIMITS.trackBytes - LIMITS.terminalReserveBytes) / bytes - 1
    const full = Array.from({ length: most }).reduce<Track>(park, opened())
    expect(() => park(full)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }))
  })
  test('T-045 parked events are bounded', () => {
    const park = (track: Track) => addEvent(track, event('recipient', 'note', { heads: ['missing'] })).track
    const full = Array.from({ length: 64 }).reduce<Track>(park, opened())
    expect(() => park(full)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }))
    const missing = event('referrer', 'note', { heads: full.heads, digest: 'missing' })
    expect(addEvent(full, missing).track.parked).toEqual([])
  })
})
