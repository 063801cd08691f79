// Tests that every finding code is found in a case, with its path, in every language. docs/spec/referral.md, "Findings"
import { expect, test, vi } from 'vitest'
import { lint, type Referral } from '../index.ts'
import { CATALOGUE, type FindingCode, PHRASES } from '../messages/findings.ts'
import { WARNINGS } from '../messages/warnings.ts'
import { AR, EN, ES, FR, MESSAGE_LANGUAGES, messagesIn, translated } from '../translations/index.ts'
import { PROTECTING } from '../translations/translated.ts'
import { CARE, CHILD, channel, item, MOTHER, NOW, PHONE, REMOVAL } from './fixture.ts'
import type { LintOptions } from './lint.ts'

const ENGLISH = { ...CATALOGUE, ...WARNINGS }

type Case = readonly [path: string, changes: object, base?: Referral, options?: LintOptions]

const UNCLE = { id: 'uncle', roles: ['suspected-person'] }
const withUncle = { people: [CHILD, MOTHER, UNCLE] }
const ruled = (type: string) => ({
  people: [
    { ...CHILD, relationships: [{ type, to: 'uncle' }] },
    MOTHER,
    { id: 'uncle', roles: ['family-member'] },
  ],
})
const triage = (changes: object) => ({ triage: { ...CARE.triage, ...changes } })
const note = (text: string) => triage({ note: { text, language: 'en' } })
const child = (changes: object) => ({ people: [{ ...CHILD, ...changes }, MOTHER] })
const named = (full: string) => child({ names: [{ kind: 'legal', full }] })
const consent = (changes: object) => ({ consents: [{ legalBasis: 'contract', ...changes }] })
const CONSENT = { legalBasis: 'consent', services: true, disclosure: true }
const shared = (contact: object) => ({
  ...withUncle,
  contact: { addresses: [{ people: ['mother', 'uncle'], lines: ['1 A St'] }], ...contact },
})
const address = (address: string, at = '2026-11-01T00:00Z') => ({
  accounts: [{ id: 'x', service: 'S', addresses: [{ address, event: 'login', at }] }],
})
const REPORT: Referral = {
  kind: 'law-enforcement-report',
  test: true,
  triage: {},
  handling: { tlp: 'red' },
  incident: { types: ['csam'] },
}
const needs = (of: object) => ({ for: { needs: { 'victim-support': of } } })
const zone = (changes: object) =>
  channel({ safeTimes: [{ from: '09:00', until: '10:00', zone: 'Europe/Kyiv', ...changes }] })

const hashList = (changes: object) => ({
  references: [
    {
      id: 'l',
      type: 'hash-list',
      store: 'Police',
      locator: 'l/1',
      legalBasis: 'law-enforcement',
      hashes: [{ type: 'sha256', value: 'a'.repeat(64) }],
      count: 2_140_000,
      format: 'vics',
      hashTypes: ['md5'],
      ...changes,
    },
  ],
})

const CASES: Readonly<Record<FindingCode, Case>> = {
  'section-missing': ['consent', { consents: undefined }],
  'section-recommended': ['narrative', { narrative: undefined }],
  'section-not-allowed': ['items', { items: [{ id: 'x', url: 'https://x.example/' }] }],
  'urgency-without-reason': ['triage.urgency', { lane: 'urgent' }],
  'urgency-as-routine': ['lane', triage({ urgency: { reason: 'medical', due: '2026-11-24T00:00Z' } })],
  'urgency-without-due': [
    'triage.urgency.due',
    { lane: 'urgent', ...triage({ urgency: { reason: 'medical' } }) },
  ],
  'group-index': ['group.index', { group: { id: '0'.repeat(32), index: 4, size: 3 } }],
  'handling-contradiction': ['handling.onward', { handling: { tlp: 'red', onward: 'allowed' } }],
  'handling-expired': ['handling.expires', { handling: { tlp: 'amber', expires: '2026-11-23T11:00Z' } }],
  'consent-insufficient': ['consents[0]', consent({ legalBasis: 'consent', subject: 'individual' })],
  'consent-without-giver': ['consents[0]', { consents: [CONSENT] }],
  'consent-expired': ['consents[0].expires', consent({ expires: '2026-01-01T00:00Z' })],
  'consent-in-future': ['consents[0].givenOn', consent({ givenOn: '2027' })],
  'consent-for-others': ['consents', consent({ person: 'mother' })],
  'field-missing': ['triage.risk', triage({ risk: undefined })],
  'field-not-asked': ['triage.risk', triage({ risk: undefined, absent: { risk: 'not-asked' } })],
  'field-unknown': ['triage.risk', triage({ risk: undefined, absent: { risk: 'unknown' } })],
  'other-unexplained': ['triage.abuse[1]', triage({ abuse: ['neglect', 'other'] })],
  'nothing-to-follow-up': ['accounts', {}, REPORT],
  'kind-not-accepted': ['kind', {}, CARE, { for: { needs: {} } }],
  'needed-by-recipient': ['triage.gender', {}, CARE, needs({ must: ['triage.gender'] })],
  'wanted-by-recipient': ['triage.gender', {}, CARE, needs({ should: ['triage.gender'] })],
  'code-list-older': ['tlp', {}, CARE, { for: { codeLists: {} } }],
  'principal-child': ['people', { people: [CHILD, { ...CHILD, id: 'b' }, MOTHER] }],
  'professionals-only': ['people[0]', { people: [{ id: 'x', roles: ['child'] }] }, REMOVAL],
  'age-range-reversed': ['people[0].age', child({ age: { min: 9, max: 7, basis: 'stated', asOf: '2026' } })],
  'age-value-and-range': [
    'people[0].age',
    child({ age: { value: 9, max: 10, basis: 'stated', asOf: '2026' } }),
  ],
  'age-without-date': ['people[0].age', child({ age: { value: 9, basis: 'stated' } })],
  leak: ['triage.note.text', note('Олена Вигадана is ill.')],
  'leak-word': ['triage.note.text', { ...named('Xenia'), ...note('Xenia is ill.') }],
  'ordinary-word': ['triage.note.text', { ...named('Hope'), ...note('There is hope.') }],
  'leak-id': [
    'consents[0].person',
    {
      people: [{ ...CHILD, id: 'xenia', names: [{ kind: 'legal', full: 'Xenia' }] }, MOTHER],
      ...consent({ person: 'xenia' }),
    },
  ],
  media: ['narrative[0].text', { narrative: [{ text: `data:image/png;base64,${PNG()}`, language: 'en' }] }],
  'contact-missing': ['contact', { contact: { never: [{ type: 'school' }] } }],
  'reaches-suspected': ['contact.channels[0].person', { ...withUncle, ...channel({ person: 'uncle' }) }],
  'reaches-not-contacted': [
    'contact.channels[0].owner',
    { ...ruled('must-not-contact'), ...channel({ owner: 'uncle' }) },
  ],
  'reaches-not-told': [
    'contact.channels[0].answeredBy[0]',
    { ...ruled('must-not-be-told'), ...channel({ answeredBy: ['uncle'] }) },
  ],
  'channel-forbidden': [
    'contact.channels[0]',
    { contact: { channels: [PHONE], never: [{ type: 'phone' }] } },
  ],
  'channel-leads-to': [
    'contact.channels[0].value',
    { people: [CHILD, MOTHER, { ...UNCLE, identifiers: [{ type: 'phone-number', value: PHONE.value }] }] },
  ],
  'device-of-suspected': ['contact.channels[0].device', channel({ device: 'suspected-person' })],
  'school-of-suspected': [
    'contact.channels[0]',
    {
      people: [{ ...CHILD, school: 'A B' }, MOTHER, { ...UNCLE, school: 'A B' }],
      ...channel({ device: 'school' }),
    },
  ],
  'address-shared': ['contact.addresses[0].people', shared({})],
  'address-also-shared': ['contact.addresses[0].people', shared({ channels: [PHONE] })],
  'consent-by-suspected': ['consents[0].givenBy', { ...withUncle, ...consent({ givenBy: 'uncle' }) }],
  'consent-perhaps-by-suspected': [
    'consents[0].subject',
    {
      people: [CHILD, MOTHER, { ...UNCLE, roles: ['suspected-person', 'caregiver'] }],
      consents: [{ ...CONSENT, subject: 'caregiver' }],
    },
  ],
  'informed-not-told': [
    'consents[0].informedPeople[0]',
    { ...ruled('must-not-be-told'), ...consent({ informedPeople: ['uncle'] }) },
  ],
  'professional-missing': ['contact.channels[0]', channel({ type: 'through-professional', value: 'x' })],
  'messages-on-shared-device': [
    'contact.channels[0].messages',
    channel({ device: 'shared-family', messages: true }),
  ],
  'messages-unstated': ['contact.channels[0]', channel({ voicemail: undefined })],
  'item-address-of-person': [
    'items[0].addresses[0]',
    item({ addresses: [{ address: '198.51.100.42', event: 'upload' }] }),
    REMOVAL,
  ],
  'item-without-location': [
    'items[0]',
    item({ url: undefined, hashes: [{ type: 'md5', value: 'a'.repeat(32) }] }),
    REMOVAL,
  ],
  'items-same': [
    'items[1]',
    {
      items: ['a', 'b'].map((id) => ({
        ...REMOVAL.items?.[0],
        id,
        url: id === 'a' ? 'https://a.example/' : 'https://A.example:443/',
      })),
    },
    REMOVAL,
  ],
  'seen-order': ['items[0]', item({ firstSeen: '2026', lastSeen: '2025' }), REMOVAL],
  'hash-list-without-hash': ['references[0].hashes', hashList({ hashes: undefined }), REMOVAL],
  'hash-list-incomplete': ['references[0].count', hashList({ count: undefined }), REMOVAL],
  'hash-list-field': ['references[0].count', hashList({ type: 'log' }), REMOVAL],
  'hash-shape': ['items[0].hashes[0].value', item({ hashes: [{ type: 'md5', value: 'ABC' }] }), REMOVAL],
  'class-unknown': [
    'items[0].classifications[0].value',
    item({ classifications: [{ scheme: 'ncmec', value: 'Z9' }] }),
    REMOVAL,
  ],
  'url-defanged': ['items[0].url', item({ url: 'hxxps://a[.]example/1' }), REMOVAL],
  'url-white-space': ['items[0].url', item({ url: 'https://a.example/a b' }), REMOVAL],
  'url-leads-nowhere': ['items[0].url', item({ url: 'file:///C:/x' }), REMOVAL],
  'domain-with-more': ['items[0].domain', item({ domain: 'https://shop.example/pay' }), REMOVAL],
  'domain-invalid': ['items[0].domain', item({ domain: 'a site' }), REMOVAL],
  contradiction: ['triage.gender', { ...triage({ gender: 'male' }), ...child({ gender: 'female' }) }],
  'network-address-invalid': ['accounts[0].addresses[0].address', address('999.1.1.1')],
  'network-address-private': ['accounts[0].addresses[0].address', address('192.168.1.1')],
  'network-time-inexact': ['accounts[0].addresses[0].at', address('203.0.113.9', '2026-11-01')],
  'channel-value-strange': ['contact.channels[0].value', channel({ type: 'e-mail', value: 'none' })],
  'safe-time-reversed': ['contact.channels[0].safeTimes[0].until', zone({ from: '22:00' })],
  'zone-unknown': ['contact.channels[0].safeTimes[0].zone', zone({ zone: 'Europe/Atlantis' })],
  'country-unknown': ['triage.country', triage({ country: 'UK' })],
  'language-unknown': ['triage.languages[0]', triage({ languages: ['english'] })],
  'date-in-future': ['accounts[0].addresses[0].at', address('203.0.113.9', '2027-01-01T00:00Z')],
  'birth-in-future': ['people[0].dateOfBirth', child({ dateOfBirth: '2041' })],
  'birth-too-long-ago': ['people[0].dateOfBirth', child({ dateOfBirth: '1814' })],
  'date-past': ['triage.neededBy', triage({ neededBy: '2026-01' })],
}

/** Returns a picture of one pixel, as base64. */
function PNG(): string {
  return 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
}

const findingsOf = (code: FindingCode, check = lint) => {
  const [, changes, base = CARE, options] = CASES[code]
  const whole = Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined)
  return check(JSON.parse(JSON.stringify(Object.fromEntries(whole))), { now: NOW, ...options })
}
const CODES = Object.keys(CASES) as FindingCode[]

test.each(CODES)('REX-REF-140 %s is found at its path', (code) => {
  const found = findingsOf(code).filter((one) => one.code === code)
  const [severity] = ENGLISH[code]
  expect(found.map(({ path, severity }) => [severity, path])).toContainEqual([severity, CASES[code][0]])
})

test('REX-REF-055 a program without @rex/sdk/referral/warnings finds the same errors, and lacks the codes of warnings alone', async () => {
  vi.resetModules()
  const bare = await import('../index.ts')
  const all = CODES.map((code) => findingsOf(code))
  const without = CODES.map((code) => findingsOf(code, bare.lint))
  const errors = (found: typeof all) =>
    found.map((each) => each.filter(({ severity }) => severity === 'error'))
  expect(errors(without)).toEqual(errors(all))
  const codes = new Set(without.flat().map(({ code }) => code))
  // Without the warnings, `contradiction` can also be found, if somebody who must not be told gives consent. The case of this
  // test needs the warnings.
  const further = ['contradiction', ...Object.keys(WARNINGS)]
  expect(CODES.filter((code) => !codes.has(code)).sort()).toEqual(further.sort())
})

test.each(CODES)('REX-REF-141 %s has every value that its texts need, in every language', (code) => {
  const found = findingsOf(code)
  expect(translated(found, EN)).toEqual(found)
  for (const messages of [EN, AR, ES, FR]) {
    const said = translated(found, messages)
    for (const { message, fix } of said) {
      expect(message.trim()).not.toBe('')
      expect(`${message} ${fix}`).not.toMatch(/\{\w+\}|undefined|^\s|\s{2}|@(recipient|incident|somebody)/)
    }
  }
})

test.each([AR, ES, FR])(
  'REX-REF-141 $language has every text with the placeholders of the English one',
  (messages) => {
    const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort()
    expect(Object.keys(messages.findings)).toEqual(Object.keys(ENGLISH))
    expect(Object.keys(messages.phrases)).toEqual(Object.keys(PHRASES))
    for (const code of CODES) {
      const [, message, fix] = ENGLISH[code]
      expect(messages.findings[code].map(placeholders)).toEqual([message, fix].map(placeholders))
    }
    for (const [key, text] of Object.entries(PHRASES))
      expect(placeholders(messages.phrases[key as keyof typeof PHRASES])).toEqual(placeholders(text))
  },
)

test('REX-REF-102 a finding that protects somebody also shows the English if nobody has confirmed its translation', () => {
  const spanish = (code: FindingCode) =>
    translated(findingsOf(code), ES).find((one) => one.code === code) as { message: string; fix: string }
  expect(spanish('reaches-suspected').message).toBe(
    'es uncle, una persona sospechosa [is uncle, a suspected person]',
  )
  expect(spanish('field-missing').message).toBe('falta; el destinatario fija con ello las prioridades')
  for (const code of PROTECTING as ReadonlySet<FindingCode>) {
    const { message, fix } = spanish(code)
    expect([message, fix].every((text) => text.endsWith(']'))).toBe(true)
  }
  const confirmed = translated(findingsOf('reaches-suspected'), { ...ES, unconfirmed: false })
  expect(confirmed[0]?.message).toBe('es uncle, una persona sospechosa')
})

test('findings are translated to the language of a locale, and an unavailable language is refused', () => {
  const french = (changes: object) =>
    translated(lint({ ...CARE, ...changes } as Referral), messagesIn('fr-CA'))
  expect(french({ lane: 'urgent' })[0]).toMatchObject({
    code: 'urgency-without-reason',
    message: 'est urgent sans motif',
  })
  expect(MESSAGE_LANGUAGES).toEqual(['en', 'ar', 'es', 'fr'])
  expect([messagesIn('en-GB'), messagesIn('es-MX'), messagesIn('FR')]).toEqual([EN, ES, FR])
  expect(() => messagesIn('tlh')).toThrow('no texts in this language')
})

test('the number of places is stated in every language', () => {
  const items = ['a', 'b', 'c'].map((id) => ({ id, url: `hxxps://${id}[.]example/` }))
  const found = lint({ ...REMOVAL, items })
  const defanged = found.filter(({ code }) => code === 'url-defanged')
  expect(defanged).toMatchObject([
    { count: 3, message: 'is defanged (and 2 more)', values: { suggestion: 'https://a.example/' } },
  ])
  expect(translated(defanged, ES)[0]?.message).toBe('está desactivada (y 2 más)')
})
