// Tests of sections and kinds. docs/spec/referral.md, "Sections"
import { expect, test } from 'vitest'
import {
  type Extension,
  fromSections,
  isSectionType,
  KINDS,
  kindRule,
  mergeSections,
  type Person,
  type ReferralSection,
  SECTIONS,
  sectionPlan,
  sections,
} from './index.ts'

const person = (id: string): Person => ({ id, roles: ['child'] })
const extension = (section: string): Extension => ({
  owner: 'https://ngo.example',
  version: 1,
  section,
  key: 'k',
  labels: [{ text: 'K', language: 'en' }],
  value: { flag: true },
  criticality: 'informative',
})
const people = (version: number, ...ids: string[]): ReferralSection => ({
  type: 'people',
  id: 'people',
  version,
  content: { people: ids.map(person) },
})

test('a referral is split into sections, triage first, with extensions in the sections that they name', () => {
  const referral = {
    kind: 'victim-support',
    test: true,
    narrative: [{ text: 'n', language: 'en' }],
    people: [person('a')],
    triage: { risk: 'high' },
    extensions: [extension('people'), extension('triage'), extension('contact')],
  }
  expect(sections(referral, { people: 3 })).toEqual([
    {
      type: 'triage',
      id: 'triage',
      version: 1,
      content: { triage: { risk: 'high' }, extensions: [extension('triage')] },
    },
    {
      type: 'people',
      id: 'people',
      version: 3,
      content: { people: [person('a')], extensions: [extension('people')] },
    },
    { type: 'contact', id: 'contact', version: 1, content: { extensions: [extension('contact')] } },
    {
      type: 'narrative',
      id: 'narrative',
      version: 1,
      content: { narrative: [{ text: 'n', language: 'en' }] },
    },
  ])
})

test('sections in any order are merged to the referral, which is partial if some are missing', () => {
  const referral = {
    triage: { risk: 'low' },
    handling: { tlp: 'red' },
    people: [person('a')],
    extensions: [extension('triage'), extension('people')],
  }
  const all = sections(referral)
  expect(fromSections(all)).toEqual(referral)
  expect(fromSections([...all].reverse())).toEqual(referral)
  expect(fromSections(all.slice(0, 1))).toEqual({
    triage: { risk: 'low' },
    extensions: [extension('triage')],
  })
  expect(fromSections([])).toEqual({})
})

test('the newest version of a section replaces older versions completely; of equal versions the later counts', () => {
  const merged = mergeSections([
    { section: people(2, 'b'), origin: { by: 'second' } },
    { section: people(1, 'a', 'c'), origin: { by: 'first' } },
  ])
  expect(merged.referral).toEqual({ people: [person('b')] })
  expect(merged.origins).toEqual({ people: { by: 'second', type: 'people', version: 2 } })
  expect(fromSections([people(1, 'a'), people(1, 'b')])).toEqual({ people: [person('b')] })
})

test('sections of one type with different ids are joined', () => {
  const other = { ...people(1, 'b'), id: 'people-police' }
  expect(fromSections([people(1, 'a'), other])).toEqual({ people: [person('a'), person('b')] })
})

test('a section never replaces one of another type', () => {
  const items: ReferralSection = {
    type: 'items',
    id: 'people',
    version: 9,
    content: { items: [{ id: 'x', url: 'https://x.example/' }] },
  }
  const { referral, origins } = mergeSections(
    [people(1, 'a'), items].map((section) => ({ section, origin: {} })),
  )
  expect(Object.keys(referral)).toEqual(['items', 'people'])
  expect(Object.keys(origins)).toEqual(['items/people', 'people'])
})

test('only victim support and information requests stage identifying sections', () => {
  expect(sectionPlan('victim-support')).toEqual({
    atOnce: ['triage', 'handling', 'consent'],
    staged: ['incident', 'people', 'contact', 'accounts', 'references', 'narrative'],
  })
  expect(sectionPlan('law-enforcement-report').staged).toEqual([])
  expect(sectionPlan('content-removal', ['triage', 'items', 'people'])).toEqual({
    atOnce: ['triage', 'items', 'people'],
    staged: [],
  })
  expect(sectionPlan('content-removal', ['items', 'consent']).atOnce).toEqual(['items'])
  expect(sectionPlan('information-request').atOnce).toContain('questions')
})

test('an unknown kind withholds everything that identifies somebody', () => {
  for (const kind of ['dreams', 'constructor']) {
    expect(kindRule(kind)).toEqual({ must: ['triage', 'handling'], should: [], mustNot: [], staged: true })
  }
  expect(sectionPlan('dreams').atOnce.filter((type) => SECTIONS[type].identifying)).toEqual([])
})

test('no kind both requires and forbids a section', () => {
  for (const { must, should, mustNot } of Object.values(KINDS)) {
    expect([...must, ...should].filter((type) => mustNot.includes(type))).toEqual([])
  }
})

test('section types', () => {
  expect([isSectionType('people'), isSectionType('event'), isSectionType('toString')]).toEqual([
    true,
    false,
    false,
  ])
})
