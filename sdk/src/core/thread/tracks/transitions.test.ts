// Tests of the transition table, written a second time by hand. docs/spec/thread.md
import { describe, expect, expectTypeOf, test } from 'vitest'
import { trackEvent as event } from '../fixture.ts'
import { addEvent, allowedTransitions, checkTransition, openTrack, type Track } from '../track.ts'
import table from '../transitions.json' with { type: 'json' }
import { next, type Role, STATES, type State, TRANSITIONS, type Transition } from '../transitions.ts'
import { follow, inState, ofTransition, opened, ROLES, WAYS } from './fixture.ts'

test('REX-THR-010 the types name the states and rows of the table, and no others', () => {
  expectTypeOf<keyof typeof table.states>().toEqualTypeOf<State>()
  expectTypeOf<keyof typeof table.events>().toEqualTypeOf<Transition>()
})

/** Permitted transitions of each role, written by hand. If a transition changes the state, `>` and the new state follow its name. */
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
  test('REX-THR-007 of other events, only a disclose has any', () => {
    const track = inState('accepted')
    for (const name of ['note', 'withdraw', 'resumed'])
      expect(adding(track, 'referrer', name, ['consent'])).toThrow(invalid)
    expect(adding(track, 'referrer', 'disclose', ['people'])).not.toThrow()
  })
  test('the handling rules remain those of the referrer', () => {
    const track = inState('accepted')
    expect(adding(track, 'recipient', 'correct', ['people'])).not.toThrow()
    expect(adding(track, 'recipient', 'correct', ['people', 'handling'])).toThrow(invalid)
    expect(adding(track, 'referrer', 'correct', ['handling'])).not.toThrow()
  })
  test('an event is judged by the events its sender had seen, even after it has waited for a predecessor', () => {
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

describe('what a sender must not do', () => {
  test('T-051 a second accept after its own is refused', () => {
    const track = inState('accepted')
    expect(() => addEvent(track, event('recipient', 'accept', { heads: track.heads }))).toThrow(
      expect.objectContaining({ reason: 'INVALID_EVENT', metadata: { state: 'accepted', event: 'accept' } }),
    )
  })
  test('an event that its own ancestors do not allow is refused, even with concurrent events', () => {
    const track = follow(opened(), 'recipient', 'accept')
    const note = event('recipient', 'note', { heads: track.heads })
    const disclose = event('referrer', 'disclose', { heads: [track.placed[0]?.event.digest as string] })
    const { track: noted } = addEvent(track, note)
    expect(() => addEvent(noted, disclose)).toThrow(expect.objectContaining({ reason: 'INVALID_EVENT' }))
  })
  test('a parked event that its own ancestors do not allow never counts', () => {
    const track = opened()
    const decline = event('recipient', 'decline', { heads: track.heads })
    const accept = event('recipient', 'accept', { heads: [decline.digest] })
    const parked = addEvent(track, accept)
    expect([parked.effect, parked.missing]).toEqual(['parked', [decline.digest]])
    const { track: result } = addEvent(parked.track, decline)
    expect([result.state, result.parked]).toEqual(['declined', []])
  })
  test('before sending, the error names the allowed events', () => {
    expect(() => checkTransition(opened(), 'recipient', 'complete')).toThrow(
      expect.objectContaining({ reason: 'INVALID_EVENT', hint: expect.stringContaining('accept') }),
    )
    expect(() => checkTransition(opened(), 'recipient', 'accept')).not.toThrow()
  })
})
