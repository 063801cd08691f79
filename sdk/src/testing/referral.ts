// Referrals for tests: the examples, and minimal referrals that can be sent. All are test traffic. docs/spec/referral.md, "Kinds"
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expandPresets, type Item, parseReferral, type Referral } from '../core/referral/index.ts'

/** The example referrals: invented cases of every kind. `referrals/README.md` describes the purpose of each example. */
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

/** Returns a new copy of an example referral. */
export function exampleReferral(name: ExampleName): Referral {
  return parseReferral(JSON.parse(readFileSync(new URL(`./referrals/${name}.json`, import.meta.url), 'utf8')))
}

const ITEMS = [{ id: 'item', url: 'https://host.example/test' }]

/** Sections that a kind requires for sending, in addition to triage and handling. */
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
 * Builds a minimal referral of a kind (default: `victim-support`) that can be sent. The sections in `given` replace the default sections.
 * @throws RexError INVALID_REFERRAL if the result is not valid
 */
export function buildReferral(given: Partial<Referral> = {}): Referral {
  const { kind = 'victim-support' } = given
  const triage = { abuse: ['grooming'], absent: { country: 'unknown' } }
  const draft = { kind, test: true, triage, handling: 'standard', ...REQUIRED[kind], ...given }
  return parseReferral(expandPresets(draft).referral)
}

const HOSTS = ['img-store.example', 'files.example', 'board.example', 'forum.example']

/** Options of `manyItems`. */
export interface ManyItems {
  /** Characters of each URL. Default: 200. */
  readonly urlLength?: number
}

/** Builds a removal request with `count` items, the same in every run. Each item has a long URL, two hashes and one classification. */
export function manyItems(count: number, { urlLength = 200 }: ManyItems = {}): Referral & { items: Item[] } {
  return {
    kind: 'content-removal',
    test: true,
    triage: { abuse: ['csam'], absent: { country: 'not-applicable', ageBand: 'not-applicable' } },
    handling: {
      tlp: 'amber',
      permittedActions: ['externally-visible-direct'],
      purposes: ['content-removal'],
    },
    incident: { types: ['csam'], settings: ['web-page'], period: '2026-11-01/2026-11-22' },
    items: Array.from({ length: count }, (_, i) => itemOf(i + 1, urlLength)),
  }
}

function itemOf(n: number, urlLength: number): Item {
  const digest = (algorithm: string) => createHash(algorithm).update(`test ${n}`).digest('hex')
  const start = `https://${HOSTS[n % HOSTS.length]}/test/${n}/`
  return {
    id: `url-${n}`,
    url: (start + 'album-with-a-long-name/'.repeat(200)).slice(0, urlLength),
    hostingCountry: 'NL',
    hashes: [
      { type: 'md5', value: digest('md5') },
      { type: 'sha256', value: digest('sha256') },
    ],
    classifications: [{ scheme: 'iccam', value: 'Baseline CSAM' }],
  }
}
