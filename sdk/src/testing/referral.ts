// Referrals for tests: the examples, and the smallest ones that can be sent. All are test traffic. docs/spec/referral.md, "Kinds"
import { readFileSync } from 'node:fs'
import { expandPresets, parseReferral, type Referral } from '../core/referral/index.ts'

/** The example referrals: invented cases of every kind. What each shows is in `referrals/README.md`. */
export const EXAMPLE_REFERRALS = [
  'advisory-game-platform',
  'content-removal-batch',
  'content-removal-image-host',
  'content-verification',
  'information-request',
  'law-enforcement-report-many-victims',
  'law-enforcement-report-sextortion',
  'siblings-1-yusuf',
  'siblings-2-maryam',
  'siblings-3-noor',
  'victim-support-grooming',
] as const

/** Name of an example referral. */
export type ExampleName = (typeof EXAMPLE_REFERRALS)[number]

/** One of the example referrals, as an object of its own. */
export function exampleReferral(name: ExampleName): Referral {
  return parseReferral(JSON.parse(readFileSync(new URL(`./referrals/${name}.json`, import.meta.url), 'utf8')))
}

const ITEMS = [{ id: 'item', url: 'https://host.example/test' }]

/** What a kind must carry, beside triage and handling, to be sent. */
const REQUIRED: Readonly<Record<string, Partial<Referral>>> = {
  'victim-support': {
    consents: [{ legalBasis: 'consent', givenBy: 'child', services: true, disclosure: true }],
    people: [
      { id: 'child', roles: ['principal-child'], names: [{ kind: 'legal', full: 'Testina Exempla' }] },
    ],
    contact: { absent: { channels: 'withheld-for-safety' } },
  },
  'law-enforcement-report': { incident: { types: ['online-enticement'] }, items: ITEMS },
  'content-removal': { items: ITEMS },
  'content-verification': { items: ITEMS },
  'information-request': {
    questions: [{ id: 'question', text: { text: 'Is the child known to you?', language: 'en' } }],
  },
  advisory: {
    advisory: {
      title: { text: 'A test advisory', language: 'en' },
      topics: ['method'],
      description: [{ text: 'Nothing has happened.', language: 'en' }],
    },
  },
}

/**
 * The smallest referral of a kind (default: `victim-support`) that can be sent, with the sections of `given` in place of its own.
 * @throws RexError INVALID_REFERRAL if the whole is not valid
 */
export function buildReferral(given: Partial<Referral> = {}): Referral {
  const { kind = 'victim-support' } = given
  const triage = { abuse: ['grooming'], absent: { country: 'unknown' } }
  const draft = { kind, test: true, triage, handling: 'standard', ...REQUIRED[kind], ...given }
  return parseReferral(expandPresets(draft).referral)
}
