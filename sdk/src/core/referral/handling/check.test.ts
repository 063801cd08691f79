// Tests of the handling rules. docs/spec/referral.md, "Handling"
import { expect, test } from 'vitest'
import type { Handling, SectionContent } from '../index.ts'
import { checkHandling, type HandlingAction } from './check.ts'

const NOW = Date.parse('2026-11-23T12:00Z')
const ACTIONS: readonly HandlingAction[] = ['send', 'receive', 'disclose', 'forward', 'export']
const TO = 'https://ngo.example'

interface Case {
  readonly handling?: Handling
  readonly content?: SectionContent
  readonly agreed?: boolean
}

/** Returns the path of the rule that refuses an action, or "allowed". */
function outcome(action: HandlingAction, { handling, content, agreed = false }: Case): string {
  try {
    checkHandling({
      referral: { ...content, ...(handling && { handling }) },
      action,
      now: NOW,
      to: TO,
      agreed,
    })
    return 'allowed'
  } catch (error) {
    expect(error).toMatchObject({ reason: 'HANDLING_REFUSED' })
    return (error as { path: string }).path
  }
}

const each = (given: Case) => ACTIONS.map((action) => outcome(action, given))

test('without handling rules nothing is permitted', () => {
  expect(each({})).toEqual(Array(5).fill('handling'))
})

test.each<[string, Handling]>([
  ['handling.onward', { tlp: 'red', onward: 'allowed' }],
  ['handling.onward', { tlp: 'amber-strict', onward: 'allowed' }],
  ['handling.onwardTo', { tlp: 'red', onwardTo: [TO] }],
  ['handling.onwardTo', { tlp: 'green', onward: 'not-allowed', onwardTo: [TO] }],
  ['handling.permittedActions', { tlp: 'red', permittedActions: ['externally-visible-direct'] }],
  ['handling.permittedActions', { tlp: 'amber', permittedActions: ['none', 'internally-visible'] }],
  ['handling.attribution', { tlp: 'red', attribution: 'must' }],
])('a contradiction is refused whatever the action: %s of %j', (path, handling) => {
  expect(each({ handling })).toEqual(Array(5).fill(path))
})

test('people under a label that allows wide sharing are refused', () => {
  const content: SectionContent = { people: [{ id: 'a', roles: ['child'] }] }
  expect(each({ handling: { tlp: 'clear' }, content })).toEqual(Array(5).fill('people'))
  expect(outcome('send', { handling: { tlp: 'green' }, content: { contact: {} } })).toBe('contact')
  expect(outcome('send', { handling: { tlp: 'amber' }, content })).toBe('allowed')
})

test('under an unknown label nothing is permitted, because it is never mapped to a similar one', () => {
  const refused = 'handling.tlp'
  expect(each({ handling: { tlp: 'white' } })).toEqual([refused, 'allowed', refused, refused, refused])
})

test('after the expiry nothing new is permitted, but arriving messages are still received', () => {
  const handling: Handling = { tlp: 'clear', onward: 'allowed', expires: '2026-11-23T12:00Z' }
  expect(each({ handling })).toEqual([
    'handling.expires',
    'allowed',
    'handling.expires',
    'handling.expires',
    'handling.expires',
  ])
  expect(each({ handling: { ...handling, expires: '2026-11-23T12:01Z' } })).toEqual(Array(5).fill('allowed'))
})

test('labels and onward rules decide what is forwarded', () => {
  const forward = (handling: Handling, agreed = false) => outcome('forward', { handling, agreed })
  expect(forward({ tlp: 'red' }, true)).toBe('handling.tlp')
  expect(forward({ tlp: 'amber-strict' }, true)).toBe('handling.tlp')
  expect(forward({ tlp: 'amber' })).toBe('handling.onward')
  expect(forward({ tlp: 'amber' }, true)).toBe('allowed')
  expect(forward({ tlp: 'amber', onwardTo: [TO] })).toBe('allowed')
  expect(forward({ tlp: 'amber', onward: 'allowed' })).toBe('allowed')
  expect(forward({ tlp: 'clear', onward: 'not-allowed' }, true)).toBe('handling.onward')
  expect(forward({ tlp: 'amber', onward: 'with-blessing' })).toBe('handling.onward')
})

test('permitted actions and TLP:RED decide what is exported', () => {
  const exported = (handling: Handling, agreed = false) => outcome('export', { handling, agreed })
  expect(exported({ tlp: 'amber-strict' })).toBe('allowed')
  expect(exported({ tlp: 'amber', permittedActions: ['none'] }, true)).toBe('handling.permittedActions')
  expect(exported({ tlp: 'amber', permittedActions: ['contact-for-instruction'] })).toBe(
    'handling.permittedActions',
  )
  expect(exported({ tlp: 'amber', permittedActions: ['contact-for-instruction'] }, true)).toBe('allowed')
  expect(exported({ tlp: 'red' })).toBe('handling.tlp')
  expect(exported({ tlp: 'red' }, true)).toBe('allowed')
})
