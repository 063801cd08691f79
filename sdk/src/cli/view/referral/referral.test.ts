// Tests of the content of a referral, for people. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { Referral } from '../../../core/referral/index.ts'
import { plain } from '../../output/lines.ts'
import { referralLines } from './referral.ts'

const referral: Partial<Referral> = {
  kind: 'victim-support',
  test: true,
  triage: {
    ageBand: '6-11',
    languages: ['uk', 'ru'],
    interpreter: true,
    urgency: { reason: 'contact-planned', due: '2026-05-09T14:30:00+02:00' },
    absent: { risk: 'not-asked' },
  },
  people: [
    {
      id: 'child',
      roles: ['child'],
      names: [
        { kind: 'legal', full: 'Name One', language: 'uk' },
        { kind: 'known-as', full: 'Two' },
      ],
      identifiers: [{ type: 'national-id', value: '1', issuer: 'NL' }],
      relationships: [{ type: 'must-not-be-told', to: 'uncle' }],
      notes: [{ text: 'first\nsecond', language: 'en' }],
    },
  ],
  contact: {
    never: [{ person: 'uncle', reason: { text: 'lives with them', language: 'en' } }],
    channels: [
      {
        person: 'child',
        type: 'phone',
        value: '+1',
        safeTimes: [{ days: ['mon'], from: '15:30', until: '17:00', zone: 'Europe/Kyiv' }],
        voicemail: true,
        say: { text: 'school office', language: 'en' },
      },
      { person: 'aunt', type: 'e-mail', value: 'a@b.example' },
    ],
  },
  items: [{ id: 'u1', url: 'https://bad.example/1', hashes: [{ type: 'md5', value: 'ab' }] }],
}

const text = referralLines(referral).map(plain).join('\n')

test('every field is shown with its name, codes as words, and absence with its reason', () => {
  expect(text).toContain('Triage\n  age band     6-11\n  languages    uk, ru\n  interpreter  yes')
  expect(text).toContain('    reason  contact-planned\n    due     2026-05-09T14:30:00+02:00')
  expect(text).toContain('  absent       risk: not asked')
  expect(text).toContain('      - Name One (legal, uk)\n      - Two (known as)')
  expect(text).toContain('identifiers    national id: 1 (NL)')
  expect(text).toMatch(/notes {10}first\n {19}second \[en\]/)
})

test('the rules of safe contact come before contact data', () => {
  const [before, after] = text.split('channels')
  expect(before).toContain('! Never: uncle (lives with them)')
  expect(before).toContain('child → uncle: Must not be told')
  expect(before).toMatch(/! child, Phone call: .*15:30–17:00 \(Europe\/Kyiv\)/)
  expect(before).not.toContain('a@b.example')
  expect(after).toContain('a@b.example')
  expect(after).toMatch(/person +aunt/)
})

test('URLs are defanged', () => {
  expect(text).toContain('hxxps://bad[.]example/1')
  expect(text).not.toContain('https://bad')
})

test('long lists are shortened, and say so', () => {
  const items = Array.from({ length: 30 }, (_, i) => ({ id: `u${i}`, url: `https://bad.example/${i}` }))
  const cut = referralLines({ items }).map(plain).join('\n')
  expect(cut).toContain('and 10 more; --all shows them')
  expect(referralLines({ items }, { most: 30 }).map(plain).join('\n')).toContain('u29')
})

test('T-122 content does not act on the terminal', () => {
  const hostile = { narrative: [{ text: 'a\u001b[2J\rb', language: 'en' }] }
  expect(referralLines(hostile).map(plain).join('|')).toBe('|Narrative|  - a\\u{1b}[2J|    b [en]')
})

test('REX-REF-110 a list of hashes is shown with its number and the whole hash of its file', () => {
  const value = 'a1'.repeat(32)
  const list = {
    id: 'list',
    type: 'hash-list',
    store: 'Police database',
    locator: 'lists/1',
    legalBasis: 'law-enforcement',
    hashes: [{ type: 'sha256', value }],
    count: 2_140_000,
    format: 'vics',
    hashTypes: ['md5', 'pdna'],
  }
  const shown = referralLines({ references: [list] })
    .map(plain)
    .join('\n')
  for (const part of [/count +2140000/, /format +vics/, /hash types +md5, pdna/]) expect(shown).toMatch(part)
  expect(shown).toContain(`sha256: ${value}`)
})
