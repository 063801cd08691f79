// Tests of contradictions and plausibility. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { lint, type Person, type Referral } from '../../index.ts'
import { CARE, CHILD, channel, found, item, MOTHER, NOW, REMOVAL } from '../fixture.ts'
import { isNetworkAddress, isPrivate } from './network-address.ts'

const triage = (changes: object): Partial<Referral> => ({ triage: { ...CARE.triage, ...changes } })
const child = (changes: Partial<Person>): Partial<Referral> => ({
  people: [{ ...CHILD, ...changes }, MOTHER],
})
const linesOf = (changes: Partial<Referral>, base = CARE) =>
  lint({ ...base, ...changes }, { now: NOW }).map(
    ({ severity, path, message }) => `${severity} ${path} ${message}`,
  )

test.each<[string, Partial<Referral>, string]>([
  ['age band and birth', triage({ ageBand: '16-17' }), 'triage.ageBand contradicts people[0].dateOfBirth'],
  ['unborn and birth', triage({ ageBand: 'unborn' }), 'triage.ageBand contradicts people[0].dateOfBirth'],
  [
    'age and birth',
    child({ age: { value: 3, basis: 'stated', asOf: '2026-11' } }),
    'people[0].age contradicts people[0].dateOfBirth',
  ],
  [
    'gender',
    { ...triage({ gender: 'male' }), ...child({ gender: 'female' }) },
    'triage.gender contradicts people[0].gender',
  ],
  ['language', child({ languages: ['pl'] }), 'triage.languages contradicts people[0].languages'],
  [
    'interpreter',
    { ...triage({ interpreter: false }), ...child({ interpreter: true }) },
    'triage.interpreter contradicts people[0].interpreter',
  ],
  ['number of children', triage({ children: 5 }), 'triage.children contradicts people'],
  ['statelessness', child({ stateless: true, nationalities: ['UA'] }), 'people[0].stateless contradicts'],
  [
    'relationship to oneself',
    child({ relationships: [{ type: 'mother', to: 'child' }] }),
    'people[0].relationships[0].to contradicts people[0].id',
  ],
  [
    'expiry and deadline',
    {
      lane: 'urgent',
      handling: { tlp: 'amber', expires: '2026-12-01T00:00Z' },
      ...triage({ urgency: { reason: 'medical', due: '2026-12-20T00:00Z' } }),
    },
    'handling.expires contradicts triage.urgency.due',
  ],
  [
    'consent and its giver',
    { consents: [{ legalBasis: 'contract', subject: 'individual', givenBy: 'mother' }] },
    'consents[0].subject contradicts consents[0].givenBy',
  ],
  [
    'consent for others',
    { consents: [{ legalBasis: 'contract', person: 'mother' }] },
    'consents cover somebody else',
  ],
  ['birth in the future', child({ dateOfBirth: '2041-05-09' }), 'people[0].dateOfBirth lies in the future'],
  ['birth long ago', child({ dateOfBirth: '1814' }), 'people[0].dateOfBirth lies too far in the past'],
  ['a country that is none', triage({ country: 'QQ' }), 'triage.country is no code of a country'],
  [
    'a language that is none',
    triage({ languages: ['english', 'uk'] }),
    'triage.languages[0] is no code of a language',
  ],
  [
    'an address of e-mail',
    channel({ type: 'e-mail', value: 'not one' }),
    'contact.channels[0].value does not look like',
  ],
  [
    'a time over midnight',
    channel({ safeTimes: [{ from: '22:00', until: '02:00', zone: 'Europe/Kyiv' }] }),
    'contact.channels[0].safeTimes[0].until is not after "from"',
  ],
  [
    'a zone that is none',
    channel({ safeTimes: [{ from: '09:00', until: '10:00', zone: 'Europe/Atlantis' }] }),
    'contact.channels[0].safeTimes[0].zone is no time zone',
  ],
])('REX-REF-094 a contradiction or an implausible value is a warning: %s', (_, changes, finding) => {
  expect(linesOf(changes)).toContainEqual(expect.stringContaining(`warning ${finding}`))
})

test.each<[object, string]>([
  [{ url: 'hxxps://a[.]example/1' }, 'warning items[0].url is defanged'],
  [{ url: 'https://a.example/a b' }, 'warning items[0].url holds white space'],
  [{ url: 'file:///C:/x' }, 'warning items[0].url leads nowhere'],
  [{ domain: 'https://shop.example/pay' }, 'warning items[0].domain holds more than a domain'],
  [
    { classifications: [{ scheme: 'ncmec', value: 'Z9' }] },
    'warning items[0].classifications[0].value is no class of ncmec',
  ],
  [{ addresses: [{ address: '999.1.1.1', event: 'hosting' }] }, 'error items[0]'],
  [{ lastSeen: '2027-05' }, 'warning items[0].lastSeen lies in the future'],
])('REX-REF-094 of an item: %j', (changes, finding) => {
  const accounts = [
    { id: 'x', service: 'S', addresses: [{ address: '999.1.1.1', event: 'login', at: '2026-11-01' }] },
  ]
  const all = linesOf({ ...item(changes), accounts }, REMOVAL)
  if (finding.startsWith('error'))
    expect(all).toContain('error accounts[0].addresses[0].address is no IPv4 or IPv6 address')
  else expect(all).toContainEqual(expect.stringContaining(finding))
})

test('the same content twice is an error; the same page with other hashes is not', () => {
  const [one] = REMOVAL.items ?? []
  const twice = (change: object) =>
    found(
      {
        items: [
          { ...one, id: 'a' },
          { ...one, id: 'b', ...change },
        ],
      },
      REMOVAL,
    )
  expect(twice({})).toEqual(['error items[1]'])
  expect(twice({ hashes: [{ type: 'md5', value: 'a'.repeat(32) }] })).toEqual([])
})

test('possible combinations are no contradiction', () => {
  expect(found(child({ dateOfBirth: '2018~' }))).toEqual([])
  expect(
    found({ ...triage({ children: 2 }), ...child({ age: { value: 9, basis: 'estimated', asOf: '2026' } }) }),
  ).toEqual([])
  expect(
    found({
      ...triage({ ageBand: 'unborn' }),
      people: [
        {
          id: 'child',
          roles: ['principal-child'],
          names: CHILD.names ?? [],
          expectedDeliveryDate: '2027-02',
        },
        MOTHER,
      ],
    }),
  ).toEqual([])
})

test.each([
  ['192.0.2.1', true, false],
  ['10.1.2.3', true, true],
  ['172.31.0.1', true, true],
  ['172.32.0.1', true, false],
  ['2001:db8::1', true, false],
  ['fe80::1', true, true],
  ['::ffff:192.0.2.1', true, false],
  ['1:2:3:4:5:6:7:8', true, false],
  ['1:2:3:4:5:6:7', false, false],
  ['1::2::3', false, false],
  ['999.1.1.1', false, false],
  ['dead', false, false],
])('%s is a network address: %s, inside a network: %s', (address, is, inside) => {
  expect([isNetworkAddress(address), isPrivate(address)]).toEqual([is, inside])
})
