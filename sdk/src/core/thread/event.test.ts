import { EventType } from '@rex/proto/core/v1/thread'
import { describe, expect, test } from 'vitest'
import {
  checkEvent,
  EVENT_TYPES,
  type EventContent,
  eventName,
  identifies,
  transitionOf,
  unknownEventCodes,
} from './event.ts'
import { makeEvent } from './fixture.ts'

const YEAR_10000 = Date.UTC(10_000, 0, 1)
const names = [...EVENT_TYPES.keys()].filter((name) => !['unspecified', 'receipt'].includes(name))
const transition = (name: string, content?: object) =>
  transitionOf(EVENT_TYPES.get(name) as EventType, makeEvent(name, content).content as EventContent)

describe('names', () => {
  test('every type has one', () => {
    expect(eventName(EventType.REQUEST_INFO)).toBe('request-info')
    expect(eventName(99 as EventType)).toBe('99')
    expect(EVENT_TYPES.get('entered-in-error')).toBe(EventType.ENTERED_IN_ERROR)
  })
  test('one type can be several transitions', () => {
    expect(transition('complete')).toBe('complete')
    expect(transition('complete', { partly: true })).toBe('complete-partly')
    expect(transition('recall')).toBe('recall-thread')
    expect(transition('recall', { messages: [new Uint8Array(32)] })).toBe('recall')
    expect(transition('consent-change')).toBe('consent-withdrawn')
    expect(transition('consent-change', { people: ['child'] })).toBe('consent-change')
    expect(transition('consent-change', { sections: ['people'] })).toBe('consent-change')
    expect(transition('consent-change', { code: 'narrowed' })).toBe('consent-change')
  })
})

describe('what identifies somebody', () => {
  test.each<[string, object, boolean]>([
    ['refer', {}, false],
    ['accept', {}, false],
    ['accept', { text: 'Amal is safe' }, true],
    ['accept', { reference: 'our-12' }, true],
    ['accept', { except: [{ id: 'sibling', code: 'no-capacity' }] }, true],
    ['decline', {}, false],
    ['request-info', {}, true],
    ['provide-info', {}, true],
    ['note', {}, true],
    ['progress', {}, false],
    ['progress', { itemOutcomes: [{ item: 'url-1', code: 'removed', timeMs: 0 }] }, true],
    ['consent-change', { people: ['child'] }, true],
  ])('%s %o: %s', (name, content, expected) => expect(identifies(makeEvent(name, content))).toBe(expected))
  test('no event identifies no one', () => expect(identifies({ content: undefined })).toBe(false))
})

describe('structure', () => {
  test.each(names)('the default %s is well formed', (name) =>
    expect(checkEvent(makeEvent(name))).toEqual(makeEvent(name).content),
  )

  const refusal = (name: string, content: object) => {
    try {
      checkEvent(makeEvent(name, content))
      return 'accepted'
    } catch (error) {
      return (error as { path: string }).path
    }
  }
  test.each<[string, object, string]>([
    ['decline', { code: 'No Capacity' }, 'decline.code'],
    ['decline', { code: '' }, 'decline.code'],
    ['decline', { code: 'a'.repeat(65) }, 'decline.code'],
    ['decline', { code: 'other' }, 'decline.text'],
    ['fail', { code: 'other' }, 'fail.text'],
    ['fail', { alternative: 'ngo' }, 'fail.alternative'],
    ['request-info', { questions: [] }, 'requestInfo.questions'],
    [
      'request-info',
      { questions: Array.from({ length: 65 }, (_, i) => ({ id: String(i), path: '', text: 'Where?' })) },
      'requestInfo.questions',
    ],
    ['accept', { reference: 'é'.repeat(201) }, 'accept.reference'],
    [
      'request-info',
      { questions: [{ id: '1', path: '', text: 'x'.repeat(20_001) }] },
      'requestInfo.questions[0].text',
    ],
    ['note', { text: 'x'.repeat(20_001) }, 'note.text'],
    [
      'progress',
      { itemOutcomes: Array.from({ length: 10_001 }, () => ({ item: 'a', code: 'removed', timeMs: 0 })) },
      'progress.itemOutcomes',
    ],
    ['progress', { itemOutcomes: [{ item: 'a', code: '', timeMs: 0 }] }, 'progress.itemOutcomes[0].code'],
    ['accept', { except: [{ id: 'a', code: 'X' }] }, 'accept.except[0].code'],
    ['refer', { decideByMs: YEAR_10000 }, 'refer.decideByMs'],
    ['decline', { retryAfterMs: Number.MAX_SAFE_INTEGER }, 'decline.retryAfterMs'],
    ['waitlist', { expectedMs: YEAR_10000 }, 'waitlist.expectedMs'],
    [
      'progress',
      { itemOutcomes: [{ item: 'a', code: 'removed', timeMs: YEAR_10000 }] },
      'progress.itemOutcomes[0].timeMs',
    ],
    ['refer', { decideByMs: YEAR_10000 - 1 }, 'accepted'],
  ])('T-055 %s %#: refused at %s', (name, content, path) => expect(refusal(name, content)).toBe(path))
  test.each<[number, number, number, string]>([
    [0, 0, 0, 'accepted'],
    [16, 1, 1, 'accepted'],
    [16, 1000, 1000, 'accepted'],
    [15, 1, 1, 'refer.group'],
    [16, 0, 1, 'refer.group'],
    [16, 2, 1, 'refer.group'],
    [16, 1, 1001, 'refer.group'],
    [0, 1, 0, 'refer.group'],
    [0, 0, 1, 'refer.group'],
  ])('REX-THR-004 a group of %i bytes with place %i of %i: %s', (bytes, groupIndex, groupSize, path) =>
    expect(refusal('refer', { group: new Uint8Array(bytes), groupIndex, groupSize })).toBe(path),
  )
  test.each([
    [0, 'accepted'],
    [15, 'refer.follows'],
    [16, 'accepted'],
  ])('REX-THR-004 a refer that follows a thread id of %i bytes: %s', (bytes, path) =>
    expect(refusal('refer', { follows: new Uint8Array(bytes) })).toBe(path),
  )
  test('an alternative that is an organisation, and a reason in words, are accepted', () => {
    expect(
      refusal('decline', { code: 'other', text: 'moved abroad', alternative: 'https://ngo.example' }),
    ).toBe('accepted')
    expect(refusal('recall', { messages: [new Uint8Array(32)] })).toBe('accepted')
  })
  test('an event without content is refused', () =>
    expect(() => checkEvent({ content: undefined })).toThrow(expect.objectContaining({ path: 'event' })))
})

describe('unknown codes', () => {
  test('are reported with path, list and whether a decision depends on them', () => {
    const known = (_list: string, code: string) => code !== 'future'
    expect(unknownEventCodes(makeEvent('decline', { code: 'future' }), known)).toEqual([
      { path: 'decline.code', list: 'decline', code: 'future', decisive: true },
    ])
    const progress = makeEvent('progress', {
      code: 'future',
      itemOutcomes: [{ item: 'a', code: 'future', timeMs: 0 }],
    })
    expect(unknownEventCodes(progress, known).map(({ path, decisive }) => [path, decisive])).toEqual([
      ['progress.code', false],
      ['progress.itemOutcomes[0].code', false],
    ])
    const accept = makeEvent('accept', { except: [{ id: 'a', code: 'future' }] })
    expect(unknownEventCodes(accept, known)).toEqual([
      { path: 'accept.except[0].code', list: 'decline', code: 'future', decisive: true },
    ])
    expect(unknownEventCodes(makeEvent('note'), known)).toEqual([])
    expect(unknownEventCodes({ content: undefined }, known)).toEqual([])
  })
})
