// Generates content-removal-batch.json: one referral with a batch of 1 000 URLs. docs/spec/referral.md
// Run: node sdk/src/testing/referrals/make-batch.ts, then npm run format
import { writeFileSync } from 'node:fs'

const COUNT = 1000
const HOSTS = [
  { host: 'img-store.example', siteType: 'image-host', hostingCountry: 'NL' },
  { host: 'files.example', siteType: 'file-host', hostingCountry: 'US' },
  { host: 'board.example', siteType: 'image-board', hostingCountry: 'RO' },
  { host: 'forum.example', siteType: 'forum', hostingCountry: 'DE' },
] as const

/** Returns hex digits that differ for every number and are the same in every run. */
function hexOf(n: number, length: number): string {
  let state = BigInt(n) + 1n
  let hex = ''
  while (hex.length < length) {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n
    hex += (state >> 32n).toString(16).padStart(8, '0')
  }
  return hex.slice(0, length)
}

function item(n: number): object {
  const { host, ...site } = HOSTS[n % HOSTS.length] as (typeof HOSTS)[number]
  return {
    id: `url-${String(n).padStart(4, '0')}`,
    url: `https://${host}/test/${hexOf(n, 12)}`,
    ...(n % 3 === 0 && { hashes: [{ type: 'md5', value: hexOf(n, 32) }] }),
    ...site,
    classifications: [{ scheme: 'iccam', value: n % 5 === 0 ? 'National CSAM' : 'Baseline CSAM' }],
    lastSeen: `2026-11-${String(1 + (n % 22)).padStart(2, '0')}`,
  }
}

const referral = {
  kind: 'content-removal',
  test: true,
  triage: {
    abuse: ['csam'],
    note: { text: 'One night of crawling; please report outcomes item by item.', language: 'en' },
    absent: { country: 'not-applicable', ageBand: 'not-applicable' },
  },
  handling: {
    tlp: 'amber',
    permittedActions: ['externally-visible-direct'],
    purposes: ['content-removal'],
    onward: 'allowed',
    attribution: 'must-not',
    notification: 'must-not',
  },
  incident: {
    types: ['csam'],
    settings: ['web-page'],
    period: '2026-11-01/2026-11-22',
    platforms: HOSTS.map(({ host }) => host),
  },
  items: Array.from({ length: COUNT }, (_, i) => item(i + 1)),
}

writeFileSync(
  new URL('content-removal-batch.json', import.meta.url),
  `${JSON.stringify(referral, undefined, 1)}\n`,
)
