// Tests of contradictions between people, their channels and their consents. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { lint, type Person, type Referral } from '../../index.ts'
import { CARE, CHILD, channel, MOTHER, NOW } from '../fixture.ts'

const BASIS = { legalBasis: 'contract' }
const brother: Person = { id: 'brother', roles: ['family-member'] }
const untold = (...more: readonly string[]): Person => ({
  ...CHILD,
  relationships: ['must-not-be-told', ...more].map((type) => ({ type, to: 'brother' })),
})
const mother = (changes: Partial<Person>) => ({ people: [CHILD, { ...MOTHER, ...changes }] })

test.each<[string, Partial<Referral>, readonly string[]]>([
  [
    'a mother who is younger than her child',
    {
      people: [
        { ...CHILD, relationships: [{ type: 'mother', to: 'mother' }] },
        { ...MOTHER, dateOfBirth: '2018' },
      ],
    },
    ['contradiction people[0].relationships[0]'],
  ],
  [
    'a suspected person who shall care for the child',
    { people: [CHILD, MOTHER, { id: 'u', roles: ['suspected-person', 'proposed-caregiver'] }] },
    ['contradiction people[2].roles[1]'],
  ],
  [
    'somebody who must not contact the child and shall care for it',
    {
      people: [
        { ...CHILD, relationships: [{ type: 'must-not-contact', to: 'u' }] },
        MOTHER,
        { id: 'u', roles: ['proposed-caregiver'] },
      ],
    },
    ['contradiction people[2].roles[0]'],
  ],
  [
    'a channel of somebody who has died',
    mother({ deceased: true }),
    ['contradiction contact.channels[0].person'],
  ],
  [
    'somebody who has died and answers',
    {
      people: [CHILD, MOTHER, { ...brother, deceasedDate: '2024' }],
      ...channel({ answeredBy: ['brother'] }),
    },
    ['contradiction contact.channels[0].answeredBy[0]'],
  ],
  [
    'consent of somebody who had died',
    {
      people: [CHILD, MOTHER, { ...brother, deceasedDate: '2020' }],
      consents: [{ ...BASIS, givenBy: 'brother', givenOn: '2026' }],
    },
    ['contradiction consents[0].givenBy'],
  ],
  [
    'consent of somebody who died later',
    {
      people: [CHILD, MOTHER, { ...brother, deceasedDate: '2026-11' }],
      consents: [{ ...BASIS, givenBy: 'brother', givenOn: '2026-10' }],
    },
    [],
  ],
  [
    'consent before the birth',
    { consents: [{ ...BASIS, givenOn: '2010' }] },
    ['contradiction consents[0].givenOn'],
  ],
  [
    'information for the family, of whom one must not be told',
    { people: [untold(), MOTHER, brother], consents: [{ ...BASIS, shareWith: ['family'] }] },
    ['contradiction consents[0].shareWith'],
  ],
  [
    'those responsible know, although one must not be told',
    {
      people: [untold('parental-responsibility'), MOTHER, brother],
      consents: [{ ...BASIS, informed: true }],
    },
    ['contradiction consents[0].informed'],
  ],
  [
    'those who know are named, and the other one must not be told',
    {
      people: [untold('parental-responsibility'), MOTHER, brother],
      consents: [{ ...BASIS, informed: true, informedPeople: ['mother'] }],
    },
    [],
  ],
  ['no children', { triage: { ...CARE.triage, children: 0 } }, ['contradiction triage.children']],
  [
    'an unaccompanied child with its parents',
    {
      people: [{ ...CHILD, careArrangement: 'with-parents' }, MOTHER],
      triage: { ...CARE.triage, abuse: ['unaccompanied'] },
    },
    ['contradiction triage.abuse'],
  ],
  ['a pregnant mother', mother({ dateOfBirth: '1996', expectedDeliveryDate: '2027-03' }), []],
  [
    'a birth expected long ago',
    mother({ needs: ['pregnancy'], expectedDeliveryDate: '2026-03' }),
    ['date-past people[1].expectedDeliveryDate'],
  ],
  ['a birth that is late', mother({ needs: ['pregnancy'], expectedDeliveryDate: '2026-11-10' }), []],
])('REX-REF-094 %s', (_, changes, found) => {
  const all = lint({ ...CARE, ...changes }, { now: NOW }).map(({ code, path }) => `${code} ${path}`)
  expect(all).toEqual(found)
})
