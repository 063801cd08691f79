// Tests of the lint. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { lint, type Person, type Reference, type Referral } from '../index.ts'
import { CARE, CHILD, channel, found, item, MOTHER, NOW, PHONE, REMOVAL } from './fixture.ts'

const without = (field: keyof Referral): Referral => {
  const { [field]: _, ...rest } = CARE
  return rest as Referral
}

test('a complete referral has no findings', () => {
  expect(lint(CARE, { now: NOW })).toEqual([])
  expect(lint(REMOVAL, { now: NOW })).toEqual([])
})

test.each<[string, Partial<Referral>, string]>([
  ['urgent without a reason', { lane: 'urgent' }, 'error triage.urgency'],
  [
    'a reason without a due time',
    { lane: 'urgent', triage: { ...CARE.triage, urgency: { reason: 'medical' } } },
    'warning triage.urgency.due',
  ],
  [
    'urgency that travels as routine',
    { triage: { ...CARE.triage, urgency: { reason: 'medical', due: '2026-11-24T00:00Z' } } },
    'warning lane',
  ],
  ['a place beyond the group', { group: { id: '0'.repeat(32), index: 4, size: 3 } }, 'error group.index'],
  ['contradicting handling', { handling: { tlp: 'red', onward: 'allowed' } }, 'error handling.onward'],
  ['people under a wide label', { handling: { tlp: 'green' } }, 'error people'],
  [
    'handling that has expired',
    { handling: { tlp: 'amber', expires: '2026-11-23T11:00Z' } },
    'error handling.expires',
  ],
  [
    'consent that covers too little',
    { consents: [{ legalBasis: 'consent', subject: 'caregiver', services: true }] },
    'error consents[0]',
  ],
  [
    'consent by nobody',
    { consents: [{ legalBasis: 'consent', services: true, disclosure: true }] },
    'warning consents[0]',
  ],
  [
    'consent that has expired',
    { consents: [{ legalBasis: 'contract', expires: '2026-01-01T00:00Z' }] },
    'error consents[0].expires',
  ],
  [
    'consent from the future',
    { consents: [{ legalBasis: 'contract', givenOn: '2027' }] },
    'error consents[0].givenOn',
  ],
  [
    'a section that the kind forbids',
    { items: [{ id: 'x', url: 'https://x.example/', absent: { classifications: 'unknown' } }] },
    'error items',
  ],
  ['two principal children', { people: [CHILD, { ...CHILD, id: 'b' }, MOTHER] }, 'error people'],
  [
    'a child without a name',
    { people: [{ id: 'child', roles: ['principal-child'], dateOfBirth: '2017' }, MOTHER] },
    'warning people[0].names',
  ],
  [
    'a child of no age',
    { people: [{ id: 'child', roles: ['principal-child'], names: CHILD.names ?? [] }, MOTHER] },
    'warning people[0].dateOfBirth',
  ],
  [
    'an age range upside down',
    { people: [{ ...CHILD, age: { min: 9, max: 7, basis: 'stated', asOf: '2026' } }, MOTHER] },
    'error people[0].age',
  ],
  [
    'an age that is value and range',
    { people: [{ ...CHILD, age: { value: 9, max: 10, basis: 'stated', asOf: '2026' } }, MOTHER] },
    'error people[0].age',
  ],
  [
    'an age of no day',
    { people: [{ ...CHILD, age: { value: 9, basis: 'stated' } }, MOTHER] },
    'warning people[0].age',
  ],
  ['no way to reach anybody', { contact: { never: [{ type: 'school' }] } }, 'error contact'],
  [
    'a channel to somebody who must not be contacted',
    { people: [{ ...CHILD, relationships: [{ type: 'must-not-contact', to: 'mother' }] }, MOTHER] },
    'error contact.channels[0].person',
  ],
  [
    'a channel that is never to be used',
    { contact: { ...CARE.contact, never: [{ value: PHONE.value }] } },
    'error contact.channels[0]',
  ],
  [
    "a suspected person's device",
    channel({ device: 'suspected-person' }),
    'error contact.channels[0].device',
  ],
  [
    'messages to a shared device',
    channel({ device: 'shared-family', messages: true }),
    'warning contact.channels[0].messages',
  ],
  ['messages not said', channel({ voicemail: undefined }), 'info contact.channels[0]'],
])('%s', (_, changes, finding) => {
  expect(found(changes)).toContain(finding)
})

test.each<[string, Partial<Referral>, string]>([
  [
    'a hash of the wrong shape',
    item({ hashes: [{ type: 'md5', value: 'ABC' }] }),
    'error items[0].hashes[0].value',
  ],
  ['seen last before first', item({ firstSeen: '2026', lastSeen: '2025' }), 'error items[0]'],
  [
    'an item at no place',
    item({ url: undefined, hashes: [{ type: 'md5', value: 'a'.repeat(32) }] }),
    'error items[0]',
  ],
  ['an item hosted nowhere', item({ hostingCountry: undefined }), 'warning items[0].hostingCountry'],
])('%s', (_, changes, finding) => {
  expect(found(changes, REMOVAL)).toContain(finding)
})

test('a report without any lead must not be sent', () => {
  const report: Referral = {
    kind: 'law-enforcement-report',
    test: true,
    triage: {},
    handling: { tlp: 'red' },
    incident: { types: ['csam'] },
  }
  expect(found({}, report)).toContain('error accounts')
  expect(found({ people: [MOTHER] }, report)).not.toContain('error accounts')
})

test('sections that must and should be there', () => {
  const missing = (field: keyof Referral) =>
    lint(without(field)).map(({ severity, path }) => `${severity} ${path}`)
  expect(missing('consents')).toContain('error consent')
  expect(missing('narrative')).toContain('warning narrative')
})

test('absence reasons are distinguished', () => {
  const { risk: _, ...triage } = CARE.triage
  const severity = (reason?: string) =>
    lint({ ...CARE, triage: { ...triage, ...(reason && { absent: { risk: reason } }) } }).map(
      ({ severity, message }) => `${severity}: ${message}`,
    )
  expect(severity()).toEqual(['warning: is missing; the recipient sets priorities by it'])
  expect(severity('not-asked')).toEqual(['warning: was not asked; the recipient sets priorities by it'])
  expect(severity('unknown')).toEqual(['info: is not known'])
  for (const answer of ['declined', 'withheld-for-safety', 'not-applicable'])
    expect(severity(answer)).toEqual([])
})

test('contact withheld for safety is no gap', () => {
  expect(found({ contact: { absent: { channels: 'withheld-for-safety' } } })).toEqual([])
})

test('the same finding at many places is one finding, the worst come first', () => {
  const items = Array.from({ length: 1000 }, (_, i) => ({ id: `u${i}`, url: `https://a.example/${i}` }))
  const findings = lint({ ...REMOVAL, lane: 'urgent', items })
  expect(findings.map(({ severity, path }) => `${severity} ${path}`)).toEqual([
    'error triage.urgency',
    'warning items[0].hostingCountry',
    'warning items[0].classifications',
  ])
  expect(findings[1]?.message).toContain('(and 999 more)')
  for (const { message, fix } of findings) expect(message && fix).toBeTruthy()
})

test('REX-REF-013 a kind about content states how to reach professionals, and nothing about anybody else', () => {
  const worker: Person = { id: 'w', roles: ['professional'], organisation: 'Hotline', position: 'Analyst' }
  const reach = (person: Person, contact: object = {}) =>
    found(
      {
        people: [person],
        contact: { channels: [{ person: 'w', type: 'e-mail', value: 'a@b.example' }], ...contact },
      },
      REMOVAL,
    )
  const errors = (findings: string[]) => findings.filter((finding) => finding.startsWith('error'))
  expect(errors(reach(worker))).toEqual([])
  expect(errors(reach({ ...worker, roles: ['professional', 'reporter'] }))).toEqual(['error people[0]'])
  expect(errors(reach({ ...worker, dateOfBirth: '2014' }))).toEqual(['error people[0]'])
  expect(errors(reach(worker, { addresses: [{ lines: ['x'] }] }))).toEqual(['error contact'])
})

test('REX-REF-027 items name the address of the server, never that of a person', () => {
  const addresses = (event: string) =>
    found(item({ addresses: [{ address: '198.51.100.42', event }] }), REMOVAL)
  expect(addresses('hosting')).toEqual([])
  expect(addresses('upload')).toEqual(['error items[0].addresses[0]'])
})

test('an address of the incident is enough to follow up', () => {
  const incident = {
    types: ['csam'],
    addresses: [{ address: '203.0.113.9', event: 'upload', at: '2026-11-01T00:00Z' }],
  }
  const report: Referral = {
    kind: 'law-enforcement-report',
    test: true,
    triage: {},
    handling: { tlp: 'red' },
    incident,
  }
  expect(found({}, report)).not.toContain('error accounts')
})

test('REX-REF-110 a list of hashes has the hash of its file and states its format', () => {
  const file = { type: 'sha256', value: 'a'.repeat(64) }
  const list: Reference = {
    id: 'l',
    type: 'hash-list',
    store: 'Police database',
    locator: 'lists/1',
    legalBasis: 'law-enforcement',
    hashes: [file],
    count: 2_140_000,
    format: 'vics',
    hashTypes: ['md5', 'pdna'],
  }
  const { count: _count, format: _format, hashTypes: _types, ...bare } = list
  const about = (reference: Reference) => found({ references: [reference] }, REMOVAL)
  expect(about(list)).toEqual([])
  expect(about({ ...list, hashes: [{ type: 'md5', value: 'a'.repeat(32) }] })).toEqual([
    'error references[0].hashes',
  ])
  expect(about(bare)).toEqual(
    ['count', 'format', 'hashTypes'].map((field) => `warning references[0].${field}`),
  )
  expect(about({ ...list, type: 'log' })).toEqual(
    ['count', 'format', 'hashTypes'].map((field) => `warning references[0].${field}`),
  )
})
