import { describe, expect, test } from 'vitest'
import { trackEvent as event } from './fixture.ts'
import { addEvent, openTrack, type Track, type TrackEvent } from './track.ts'
import { DEADLINES, dueFrom, type ViewContext, viewTrack } from './view.ts'

const NOW = 10_000_000_000
const RECEIVED = NOW - 1000
const context = (change: Partial<ViewContext> = {}): ViewContext => ({
  now: NOW,
  urgent: false,
  receivedMs: () => RECEIVED,
  ...change,
})
const opened = (content: object = {}) => openTrack(event('referrer', 'refer', { content }))
const grow = (
  track: Track,
  ...made: readonly (readonly ['referrer' | 'recipient', string, object?])[]
): Track =>
  made.reduce(
    (current, [role, name, content = {}]) =>
      addEvent(current, event(role, name, { heads: current.heads, content })).track,
    track,
  )
const bytes = (digest: string) => Uint8Array.from(Buffer.from(digest, 'hex'))
const last = (track: Track) => track.placed.at(-1)?.event as TrackEvent

test('REX-THR-052 no step is due before: the shortest time of the lane, or the time that a refer asks for', () => {
  const [urgent, routine] = (['urgent', 'routine'] as const).map((lane) =>
    Math.min(...Object.values(DEADLINES).map((times) => times[lane])),
  ) as [number, number]
  expect(dueFrom({}, { startMs: NOW, urgent: true })).toBe(NOW + urgent)
  expect(dueFrom({}, { startMs: NOW, urgent: false })).toBe(NOW + routine)
  const asking = (decideByMs: number) => event('referrer', 'refer', { content: { decideByMs } }).event
  expect(dueFrom(asking(0), { startMs: NOW, urgent: false })).toBe(NOW + routine)
  expect(dueFrom(asking(NOW + 1), { startMs: NOW, urgent: false })).toBe(NOW + 1)
  expect(dueFrom(asking(NOW + routine + 1), { startMs: NOW, urgent: false })).toBe(NOW + routine)
  const waiting = event('recipient', 'waitlist', { content: { expectedMs: NOW + 1 } }).event
  expect(dueFrom(waiting, { startMs: NOW, urgent: false })).toBe(NOW + 1)
})

describe('who owes what by when', () => {
  test('the recipient owes a decision, from when it received the refer', () => {
    const view = viewTrack(opened(), context())
    expect(view).toMatchObject({ state: 'requested', responsible: 'referrer' })
    expect(view.nextStep).toEqual({
      who: 'recipient',
      what: 'decide',
      byMs: RECEIVED + DEADLINES.decide.routine,
      overdue: false,
    })
  })
  test('urgent steps are due sooner, and being overdue does not change the state', () => {
    const late = viewTrack(opened(), context({ urgent: true, now: RECEIVED + DEADLINES.decide.urgent + 1 }))
    expect(late.nextStep?.overdue).toBe(true)
    expect(late.state).toBe('requested')
  })
  test('T-154 REX-THR-044 until the message is received, its sender owes the delivery, and no other clock runs', () => {
    const track = opened({ decideByMs: NOW - 1 })
    const sentMs = track.placed[0]?.event.createdMs as number
    const byMs = sentMs + 24 * 3_600_000
    const unreceived = context({ now: byMs, receivedMs: () => undefined })
    const waits = { who: 'referrer', what: 'await-arrival', byMs, overdue: false }
    expect(viewTrack(track, unreceived).nextStep).toEqual(waits)
    expect(viewTrack(track, { ...unreceived, now: byMs + 1 }).nextStep).toEqual({ ...waits, overdue: true })
    expect(viewTrack(track, { ...unreceived, urgent: true }).nextStep?.byMs).toBe(sentMs + 15 * 60_000)
    const asking = grow(opened(), [
      'recipient',
      'request-info',
      { questions: [{ id: '1', text: 'Who?', path: '' }] },
    ])
    expect(viewTrack(asking, unreceived).nextStep).toMatchObject({ who: 'recipient', what: 'await-arrival' })
  })
  test('the sender may set the due time', () => {
    const view = viewTrack(opened({ decideByMs: NOW - 1 }), context())
    expect(view.nextStep).toEqual({ who: 'recipient', what: 'decide', byMs: NOW - 1, overdue: true })
  })
  test('REX-THR-050 a party that reports in time is not late: each of its steps starts the clock of the next', () => {
    const accepted = grow(opened(), ['recipient', 'accept', {}])
    const acceptedMs = last(accepted).createdMs
    const afterAccept = context({
      now: acceptedMs,
      receivedMs: () => acceptedMs - 60 * DEADLINES.start.routine,
    })
    expect(viewTrack(accepted, afterAccept).nextStep).toEqual({
      who: 'recipient',
      what: 'start',
      byMs: acceptedMs + DEADLINES.start.routine,
      overdue: false,
    })
    const working = grow(accepted, ['recipient', 'progress', {}], ['recipient', 'note', {}])
    const reportedMs = working.placed.at(-2)?.event.createdMs as number
    const byMs = reportedMs + DEADLINES.report.routine
    const unreceived = context({ now: byMs + 1, receivedMs: () => undefined })
    expect(viewTrack(working, unreceived).nextStep).toMatchObject({ what: 'report', byMs, overdue: true })
    const asked = context({ receivedMs: () => reportedMs + 5 })
    expect(viewTrack(working, asked).nextStep?.byMs).toBe(byMs + 5)
  })
  test('REX-THR-050 a postponed start is due at the expected time, within a year, otherwise after the usual time', () => {
    const waits = (expectedMs: number) =>
      grow(opened({ decideByMs: NOW - 1 }), ['recipient', 'waitlist', { expectedMs }])
    const due = (track: Track) => viewTrack(track, context()).nextStep
    const year = 366 * 24 * 3_600_000
    expect(due(waits(NOW + 5))).toEqual({ who: 'recipient', what: 'decide', byMs: NOW + 5, overdue: false })
    const [far, soon] = [waits(Number.MAX_SAFE_INTEGER), waits(0)]
    expect(due(far)?.byMs).toBe(last(far).createdMs + year)
    expect(due(soon)?.byMs).toBe(Math.max(last(soon).createdMs, RECEIVED) + DEADLINES.decide.routine)
  })
  test('REX-THR-051 an undelivered referral must be referred again immediately, until that is settled', () => {
    const view = viewTrack(opened(), context({ undelivered: 'open' }))
    expect(view).toMatchObject({ state: 'requested', responsible: 'referrer' })
    expect(view.nextStep).toEqual({ who: 'referrer', what: 'refer-again', overdue: true })
    expect(viewTrack(opened(), context({ undelivered: 'followed-up' })).nextStep).toBeUndefined()
  })
  test('T-055 a deadline in the far future is due after a year at the latest', () => {
    const track = opened({ decideByMs: NOW * 20 })
    const byMs = (track.placed[0]?.event.createdMs as number) + 366 * 86_400_000
    expect(viewTrack(track, context({ now: byMs + 1 })).nextStep).toMatchObject({ byMs, overdue: true })
  })
  test('after the accept the recipient is responsible and owes a start; after the end nobody owes anything', () => {
    const accepted = grow(opened(), ['recipient', 'accept'])
    expect(viewTrack(accepted, context())).toMatchObject({
      responsible: 'recipient',
      nextStep: { who: 'recipient', what: 'start' },
    })
    const done = viewTrack(grow(accepted, ['recipient', 'complete']), context())
    expect(done.responsible).toBe('referrer')
    expect(done.nextStep).toBeUndefined()
  })
})

describe('what is open', () => {
  test('a question, until it is answered', () => {
    const asked = grow(opened(), ['recipient', 'request-info'])
    const request = last(asked).digest
    expect(viewTrack(asked, context())).toMatchObject({
      openQuestions: [{ request, question: { id: '1' } }],
      nextStep: { who: 'referrer', what: 'provide-info' },
    })
    const answered = grow(asked, ['referrer', 'provide-info', { request: bytes(request) }])
    expect(viewTrack(answered, context())).toMatchObject({
      state: 'requested',
      openQuestions: [],
      nextStep: { what: 'decide' },
    })
  })
  test('a consent change, until it is acknowledged by the other side', () => {
    const changed = grow(opened(), ['referrer', 'consent-change', { code: 'narrowed' }])
    const change = last(changed).digest
    expect(viewTrack(changed, context())).toMatchObject({
      unacknowledged: [change],
      nextStep: { who: 'recipient', what: 'acknowledge-consent' },
    })
    const done = grow(changed, ['recipient', 'consent-acknowledgement', { change: bytes(change) }])
    expect(viewTrack(done, context()).unacknowledged).toEqual([])
    const byRecipient = grow(opened(), ['recipient', 'consent-change', { code: 'narrowed' }])
    expect(viewTrack(byRecipient, context()).nextStep?.who).toBe('referrer')
  })
  test('a recall, until it is attested', () => {
    const recalled = grow(opened(), ['referrer', 'recall'])
    const recall = last(recalled).digest
    expect(viewTrack(recalled, context())).toMatchObject({
      state: 'withdrawn',
      nextStep: { who: 'recipient', what: 'attest-recall' },
    })
    expect(
      viewTrack(grow(recalled, ['recipient', 'recall-attestation', { recall: bytes(recall) }]), context())
        .unacknowledged,
    ).toEqual([])
  })
})

test('outcomes are merged item by item, the last one counts', () => {
  const outcome = (item: string, code: string, timeMs = 5) => ({ itemOutcomes: [{ item, code, timeMs }] })
  const track = grow(
    opened(),
    ['recipient', 'accept'],
    ['recipient', 'progress', outcome('a', 'notice-sent')],
    ['recipient', 'progress', outcome('a', 'removed')],
    ['recipient', 'complete', outcome('b', 'moved', 0)],
  )
  const { items } = viewTrack(track, context())
  expect(items.get('a')).toEqual({ code: 'removed', timeMs: 5 })
  expect(items.get('b')).toEqual({ code: 'moved', timeMs: last(track).createdMs })
})

test('disclosed sections are known, forks freeze', () => {
  const track = grow(opened(), ['recipient', 'accept'], ['referrer', 'disclose', { sections: [1, 3] }])
  expect([...viewTrack(track, context()).disclosed]).toEqual([1, 3])
  const rival = { ...last(track), digest: 'rival' }
  expect(viewTrack(addEvent(track, rival).track, context()).frozen).toBe('fork')
  expect(viewTrack(track, context()).frozen).toBeUndefined()
})

test('REX-THR-077 if an event names an item twice, the last entry counts', () => {
  const itemOutcomes = ['removed', 'not-found', 'moved'].map((code, i) => ({
    item: i === 1 ? 'other' : 'a',
    code,
    timeMs: 5,
  }))
  const track = grow(opened(), ['recipient', 'accept'], ['recipient', 'progress', { itemOutcomes }])
  expect(viewTrack(track, context()).items).toEqual(
    new Map([
      ['a', { code: 'moved', timeMs: 5 }],
      ['other', { code: 'not-found', timeMs: 5 }],
    ]),
  )
})
