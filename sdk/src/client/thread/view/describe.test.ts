// Tests of descriptions of a thread in plain sentences. docs/guide/desk.md, "Threads"
import { describe, expect, test } from 'vitest'
import { EVENT_TYPES } from '../../../core/thread/event.ts'
import { STATES } from '../../../core/thread/transitions.ts'
import { DEADLINES } from '../../../core/thread/view.ts'
import type { ThreadView } from '../../api/thread.ts'
import { describeThread } from './describe.ts'
import { PHRASES } from './phrases.ts'

/** Replaces Arabic digits with ASCII digits. */
const arabic = (text: string) => text.replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const options = {
  organisation: HOTLINE,
  nameOf: (id: string) => (id === NGO ? 'NGO Example' : id),
  test: true,
  locale: 'en',
}
const view: ThreadView = {
  state: 'info-requested',
  responsible: HOTLINE,
  nextStep: { who: HOTLINE, what: 'provide-info', byMs: Date.UTC(2026, 2, 4), overdue: true },
  held: [],
  openQuestions: [],
  itemOutcomes: {},
  unreceived: false,
  allowed: [],
  delivery: [],
}
const described = (change: Partial<ThreadView> = {}, locale = 'en') =>
  describeThread([{ counterpart: NGO, view: { ...view, ...change } }], { ...options, locale })

test('a description names counterpart, state, responsible party and next step, in words', () => {
  expect(described()).toMatch(
    /^REHEARSAL.*\nWith: NGO Example\. State: information requested\. Responsible: you\. Next: you, answer the questions by .*2026.*\. OVERDUE\.$/,
  )
})

test('a description contains no code, whatever the language', () => {
  expect(described({}, 'ar')).toContain('الحالة: طُلبت معلومات.')
  expect(described({}, 'ar')).not.toMatch(/info-requested|provide-info/)
  expect(described({}, 'fr-CA')).toContain('répondre aux questions')
  expect(described({}, 'th')).toContain('answer the questions')
})

test('a deadline states its zone, in the language of its sentence and in the Gregorian calendar unless requested otherwise', () => {
  const english = described({}, 'en')
  for (const locale of ['th', 'fa', 'fa-IR-u-ca-persian']) expect(described({}, locale)).toBe(english)
  for (const locale of ['ar', 'ar-SA', 'es']) expect(arabic(described({}, locale))).toContain('2026')
  expect(described({}, 'es-u-ca-buddhist')).toContain('2569')
  expect(english).toMatch(/ by [\d/]+, [\d:]+\s[AP]M \S+\. OVERDUE/)
})

test('a failed event is mentioned unless it has been sent again', () => {
  const message = { recipient: NGO, messageId: 'aa' }
  const accept = { ...message, type: 'accept', state: 'refused', reason: 'UNOPENABLE' } as const
  expect(described({ delivery: [accept] })).toContain('Not delivered: acceptance (refused).')
  expect(described({ delivery: [accept, { ...message, type: 'accept', state: 'stored' }] })).not.toContain(
    'refused',
  )
  expect(described({ undelivered: { outcome: 'expired', reason: 'EXPIRED' } })).toContain(
    'THE REFERRAL NEVER ARRIVED (expired).',
  )
  expect(described({ unreceived: true })).toContain('URGENT AND NOT RECEIVED')
})

test.each(['en_US', '', 'not a locale'])('the locale %j is refused', (locale) => {
  expect(() => described({}, locale)).toThrow(
    expect.objectContaining({ reason: 'MALFORMED', path: 'locale' }),
  )
})

describe.each(Object.entries(PHRASES))('%s', (_, phrases) => {
  test('has words for every state, step and event', () => {
    const spoken = [...EVENT_TYPES.keys()].filter((name) => !['receipt', 'unspecified'].includes(name))
    expect(Object.keys(phrases.states).toSorted()).toEqual(Object.keys(STATES).toSorted())
    expect(Object.keys(phrases.steps)).toEqual([...Object.keys(DEADLINES), 'refer-again'])
    expect(Object.keys(phrases.events).toSorted()).toEqual(spoken.toSorted())
  })
})
