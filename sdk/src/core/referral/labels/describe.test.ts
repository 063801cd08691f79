// Tests of labels, descriptions and safe contact. docs/spec/referral.md, "Showing"
import { expect, test } from 'vitest'
import type { Referral } from '../index.ts'
import * as ar from './ar/index.ts'
import * as en from './en/index.ts'
import * as es from './es/index.ts'
import * as fr from './fr/index.ts'
import { describeReferral, label, safeContact } from './index.ts'
import { countryName, defang, languageName } from './names.ts'

const REFERRAL: Partial<Referral> = {
  kind: 'victim-support',
  test: true,
  lane: 'urgent',
  group: { id: '0'.repeat(32), index: 2, size: 3 },
  triage: {
    ageBand: '7-10',
    gender: 'female',
    country: 'UA',
    area: { scheme: 'iso-3166-2', code: 'UA-30', name: 'Kyiv' },
    languages: ['uk'],
    interpreter: true,
    urgency: { reason: 'medical', due: '2026-11-24T09:00Z' },
    services: ['health', 'newer-service'],
  },
  handling: { tlp: 'amber-strict' },
  people: [
    {
      id: 'child',
      roles: ['child'],
      names: [{ kind: 'legal', full: 'Олена' }],
      relationships: [
        { type: 'must-not-be-told', to: 'uncle' },
        { type: 'mother', to: 'm' },
      ],
    },
  ],
  contact: {
    instructions: { text: 'Call the office first.', language: 'en' },
    never: [{ person: 'uncle', reason: { text: 'violent', language: 'en' } }],
    channels: [
      {
        person: 'mother',
        type: 'phone',
        value: '+380 44 555 01 99',
        voicemail: true,
        rules: ['use-code-word'],
        say: { text: 'Library', language: 'en' },
      },
      {
        person: 'aunt',
        type: 'e-mail',
        value: 'a@b.example',
        device: 'own',
        messages: true,
        safeTimes: [
          { days: ['monday'], from: '09:00', until: '10:00', zone: 'Europe/Kyiv' },
          { from: '20:00', until: '21:00', zone: 'UTC' },
        ],
      },
    ],
  },
}

test('labels come in the locale, its language, or English; an unknown code as it is', () => {
  expect(label('decline', 'no-capacity')).toBe('No capacity')
  expect(label('decline', 'no-capacity', 'es')).toBe('Sin capacidad')
  expect(label('decline', 'no-capacity', 'fr-CA')).toBe('Pas de capacité')
  expect(label('decline', 'no-capacity', 'th')).toBe('No capacity')
  expect(label('decline', 'no-capacity', 'constructor')).toBe('No capacity')
  expect(label('decline', 'full-moon', 'ar')).toBe('full-moon')
})

test('countries and languages are shown by name, or else as given', () => {
  expect(countryName('UA', 'fr')).toBe('Ukraine')
  expect(languageName('uk', 'es')).toBe('ucraniano')
  expect([countryName('??'), languageName('x')]).toEqual(['??', 'x'])
})

test('a description names the needs and identifies nobody', () => {
  expect(describeReferral(REFERRAL)).toEqual([
    'TEST, not a real case, Victim support, Urgent',
    'Urgent: Medical need, until Nov 24, 2026, 9:00 AM UTC',
    'Child: 7 to 10 years, Female',
    'Where: Kyiv, Ukraine',
    'Languages: Ukrainian, interpreter needed',
    'Asked for: Health, newer-service',
    'People: 1',
    'Belongs together with others: 2/3',
    'Handling: TLP:AMBER+STRICT',
  ])
  expect(describeReferral({})).toEqual([])
  expect(describeReferral(REFERRAL, 'fr').join()).not.toMatch(/Олена|555/)
})

test('safe contact shows prohibitions first, and anything not explicitly allowed is forbidden', () => {
  expect(safeContact(REFERRAL)).toEqual([
    'Never: uncle (violent)',
    'child → uncle: Must not be told',
    'Call the office first.',
    'mother, Phone call: safe times are not known: ask the sender before the first contact; send no written message; Use the code word; Say: “Library”',
    'aunt, E-mail: only Monday 09:00–10:00 (Europe/Kyiv); every day 20:00–21:00 (UTC); Device: Own device; leave no voice message',
  ])
  expect(safeContact({ triage: {} })).toEqual([])
  const { contact: _, ...withoutContact } = REFERRAL
  expect(safeContact(withoutContact)).toEqual(safeContact(REFERRAL).filter((rule) => rule.includes('→')))
})

test('a priority and the day when help is needed are shown with the urgency', () => {
  expect(describeReferral({ triage: { priority: 'asap', neededBy: '2026-12-20' } })).toEqual([
    'Priority: As soon as possible',
    'Needed by: December 20, 2026',
  ])
})

test('REX-REF-102 a safety rule also shows the English if nobody has confirmed its translation', () => {
  const rules = safeContact(REFERRAL, 'fr-CA').join('\n')
  expect(rules).toContain('Jamais [Never]: uncle')
  expect(rules).toContain('child → uncle: Ne doit pas être informé [Must not be told]')
  expect(rules).toContain("n'envoyez aucun message écrit [send no written message]")
  expect(rules).toMatch(/\[Use the code word\]/)
  expect(safeContact(REFERRAL, 'ar').join()).toContain(
    '[safe times are not known: ask the sender before the first contact]',
  )
  expect(safeContact(REFERRAL).join()).not.toContain('[')
  expect(describeReferral(REFERRAL, 'fr').join()).not.toContain('[')
})

test.each(Object.entries({ en, es, fr, ar }))(
  '%s alone says the same as all languages together',
  (tag, one) => {
    for (const code of ['no-capacity', 'full-moon'])
      expect(one.label('decline', code)).toBe(label('decline', code, tag))
    expect(one.describeReferral(REFERRAL)).toEqual(describeReferral(REFERRAL, tag))
    expect(one.safeContact(REFERRAL)).toEqual(safeContact(REFERRAL, tag))
  },
)

test('an unknown language is shown in English', () => {
  expect(describeReferral(REFERRAL, 'ar')[0]).toContain('اختبار')
  expect(describeReferral(REFERRAL, 'toString')[0]).toContain('TEST')
})

test.each([
  ['https://site.example/a.b?c=d', 'hxxps://site[.]example/a.b?c=d'],
  ['HTTP://site.example', 'hxxp://site[.]example'],
  ['ftp://f.example/x', 'fxp://f[.]example/x'],
  ['https://user@site.example/', 'hxxps://user[at]site[.]example/'],
  ['site.example', 'site[.]example'],
  ['magnet:?xt=urn', 'magnet:?xt=urn'],
])('%s is shown as %s', (url, shown) => {
  expect(defang(url)).toBe(shown)
})
