import { truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptAt, toBase64url } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { createGatewayTime } from '../clock/time.ts'
import { virtualClock } from '../clock/virtual.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { testStore } from '../testing/store.ts'
import { duration, findProblems, type PeerState, type StatusOptions } from './status.ts'

const HOTLINE = 'https://hotline.example'
const NOW = Date.UTC(2026, 10, 1)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOT_FULL = { capacity: 1000, used: 740, holdings: [], refused: [] }
const FULL = {
  capacity: 1024 ** 3,
  used: 950 * 1024 ** 2,
  holdings: [{ organisation: HOTLINE, bytes: 500 * 1024 ** 2 }],
  refused: [],
}
const WELL: PeerState = {
  organisation: HOTLINE,
  queued: 0,
  connected: true,
  uninformed: false,
  waitingMs: 0,
  unreachableMs: 0,
}
const AWAY = { connected: false, unreachableMs: NOW - HOUR }
const KEYS = {
  expiresMs: () => NOW + 60 * DAY,
  authority: () => ({ certificate: new Uint8Array([1]), privateKey: '' }),
  receipts: { used: () => new Uint8Array(32) },
}
const GATEWAY = {
  endpoints: ['hotline.example:7443'],
  authority: new Uint8Array([1]),
  receiptKeys: [{ jwk: { x: toBase64url(new Uint8Array(32)) } }],
}

/** Returns the organisation's own entity configuration. */
function statement(expiresMs: number, gateway: object = {}): never {
  return { expiresMs, party: { gateway: { ...GATEWAY, ...gateway } } } as never
}

async function problems(changes: Partial<StatusOptions> = {}, peer: Partial<PeerState> = {}) {
  await using store = testStore()
  const found = await findProblems({
    clock: virtualClock(NOW),
    startedMs: NOW - DAY,
    dataDir: tmpdir(),
    store,
    directory: {
      own: () => statement(NOW + 300 * DAY),
      peers: () => [{ organisation: HOTLINE }] as never,
    },
    keys: KEYS,
    endpoints: () => ['hotline.example:7443'],
    deskSeenMs: () => NOW,
    peer: () => ({ ...WELL, ...peer }),
    time: clocks({}),
    urgentOverBudget: () => [],
    filling: () => NOT_FULL,
    ...changes,
  })
  return found.map(({ code, severity, message }) => `${severity} ${code}: ${message}`)
}

/** Returns gateways that have greeted, and how far their clocks are ahead of this gateway's clock. */
function clocks(ahead: Record<string, number>): StatusOptions['time'] {
  const time = createGatewayTime(virtualClock(NOW), keptAt(0), () => Object.keys(ahead))
  for (const [organisation, ms] of Object.entries(ahead)) time.greeted(organisation, NOW + ms)
  return time
}

test('a disk that is full of other files is not reported as a full store', async () => {
  expect(await problems({ filling: () => ({ ...FULL, holdings: [] }) })).toEqual([])
})

test('status reports no problem while all is well', async () => {
  expect(await problems()).toEqual([])
})

test.each([
  [
    'a desk that is away',
    { deskSeenMs: () => NOW - 3 * HOUR },
    {},
    /^warning desk-absent: No desk has connected for 3 hours. Waiting for the desk: 0 items/,
  ],
  [
    'a desk that never came',
    { deskSeenMs: () => 0 },
    {},
    /^warning desk-absent: No desk has connected for 24 hours/,
  ],
  [
    'a peer that cannot be reached',
    {},
    { queued: 2, ...AWAY, lastError: { message: 'Refused.' } },
    /^critical peer-unreachable: The gateway of https:\/\/hotline.example has been unreachable for 60 minutes. Waiting for it: 2 envelopes. Last failure: Refused./,
  ],
  [
    'T-154 a peer that was away before the gateway started',
    { startedMs: NOW - 2 * 60_000 },
    { queued: 1, connected: false, unreachableMs: NOW - 60_000, waitingMs: 3 * HOUR },
    /^critical peer-unreachable: The gateway of https:\/\/hotline.example has been unreachable for 3 hours. Waiting for it: 1 envelope/,
  ],
  [
    'T-154 a peer that can be reached and takes nothing for a day',
    {},
    { queued: 1, waitingMs: 25 * HOUR, lastError: { message: 'The store is full.' } },
    /^critical envelopes-wait: The gateway of https:\/\/hotline.example can be reached, but has not stored your mail for 25 hours. Waiting for it: 1 envelope. Last failure: The store is full./,
  ],
  [
    'a peer that does not know where this gateway is now',
    {},
    { uninformed: true, connected: false, unreachableMs: NOW - 2 * HOUR },
    /^warning peer-untold: https:\/\/hotline.example could not be told/,
  ],
  [
    'T-154 a statement with other addresses',
    {
      directory: { own: () => statement(NOW + 300 * DAY, { endpoints: ['old.example:1'] }), peers: () => [] },
    },
    {},
    /^warning statement-disagrees: .* names other addresses \(old.example:1\)/,
  ],
  [
    'T-154 a statement with another authority',
    {
      directory: {
        own: () => statement(NOW + 300 * DAY, { authority: new Uint8Array([2]) }),
        peers: () => [],
      },
    },
    {},
    /^critical statement-disagrees: .* no partner accepts its connections/,
  ],
  [
    'a clock that differs',
    { time: clocks({ [HOTLINE]: -5 * 60_000 }) },
    {},
    /^warning clock-differs: The clock of .* is 5 minutes behind the clock of this computer. Check both/,
  ],
  ['a clock off by a day', { time: clocks({ [HOTLINE]: DAY }) }, {}, /^critical clock-differs: The clock of/],
  [
    'T-130 urgent mail of another beyond its budget',
    { urgentOverBudget: () => [{ organisation: HOTLINE, sent: false }] },
    {},
    /^warning urgent-over-budget: So much urgent mail of https:\/\/hotline.example waits here/,
  ],
  [
    'T-130 own urgent mail beyond the budget',
    { urgentOverBudget: () => [{ organisation: HOTLINE, sent: true }] },
    {},
    /^warning urgent-over-budget: So much urgent mail of yours waits at https:\/\/hotline.example/,
  ],
  [
    'T-131 a store that is full',
    { filling: () => FULL },
    {},
    /^critical store-full: The store is 92 % full: 950 MiB of 1024 MiB. Most of it is mail from or to https:\/\/hotline.example \(500 MiB\)/,
  ],
  [
    'T-131 a store that is nearly full',
    { filling: () => ({ ...FULL, used: 800 * 1024 ** 2 }) },
    {},
    /^warning store-full: The store is 78 % full/,
  ],
  [
    'T-131 an organisation whose mail is refused for now',
    { filling: () => ({ ...FULL, used: 1024 ** 2, refused: [HOTLINE] }) },
    {},
    /^warning store-full: .* For now, the gateway refuses new mail from or to https:\/\/hotline.example/,
  ],
  [
    'a certificate about to end',
    { keys: { ...KEYS, expiresMs: () => NOW + 3 * DAY } },
    {},
    /^warning certificate-ends: The gateway's certificate expires in 3 days/,
  ],
  [
    'a statement about to end',
    { directory: { own: () => statement(NOW + 2 * DAY), peers: () => [] } },
    {},
    /^warning statement-ends: .* expires in 2 days/,
  ],
  [
    'a statement that has ended',
    { directory: { own: () => statement(NOW), peers: () => [] } },
    {},
    /^critical statement-ends: .* has expired/,
  ],
  [
    'no statement',
    { directory: { own: () => undefined, peers: () => [] } },
    {},
    /^warning nothing-published: The desk has not published the keys and addresses of your organisation/,
  ],
])('%s is reported in one sentence with advice', async (_name, changes, peer, sentence) => {
  const [first, ...others] = await problems(changes, peer)
  expect(first).toMatch(sentence)
  expect(others).toEqual([])
})

test('T-050 status names our clock as wrong if the others agree with each other', async () => {
  const organisations = ['a', 'b', 'c'].map((name) => `https://${name}.example`)
  const of = (...differences: readonly number[]) =>
    problems({
      directory: {
        own: () => statement(NOW + 300 * DAY),
        peers: () => organisations.map((organisation) => ({ organisation })) as never,
      },
      time: clocks(Object.fromEntries(differences.map((ms, i) => [organisations[i] ?? '', ms]))),
    })
  expect((await of(-60 * DAY, -60 * DAY, 0))[0]).toMatch(
    /^critical clock-wrong: The clock of this computer is 60 days ahead of those of 2 other/,
  )
  expect(await of(1000, 400 * DAY, 0)).toEqual([
    expect.stringMatching(
      /^critical clock-differs: .*b.example is 400 days ahead of the clock of this computer. The clock of this computer agrees/,
    ),
  ])
})

test.each([
  ['behind', NOW + 60 * DAY, /^critical clock-wrong: It is 2026-11-01 .* already confirmed 2026-12-31\./],
  ['for weeks', NOW - 20 * DAY, /^warning clock-unconfirmed: It is 2026-11-01 .* after 2026-10-12/],
  ['for days', NOW - 6 * DAY, undefined],
  ['nothing ever', 0, undefined],
])(
  'T-137 status states that no other organisation confirms the time: %s',
  async (_name, keptMs, sentence) => {
    const found = await problems({ time: createGatewayTime(virtualClock(NOW), keptAt(keptMs), () => []) })
    expect(found).toEqual(sentence === undefined ? [] : [expect.stringMatching(sentence)])
  },
)

test('T-137 REX-ID-071 status states that only one of several organisations confirms the time, and the remedy', async () => {
  const [ngo, police] = ['https://ngo.example', 'https://police.example'] as const
  const peers = [ngo, police]
  const time = createGatewayTime(virtualClock(NOW), keptAt(NOW - 20 * DAY), () => peers)
  const directory = {
    own: () => statement(NOW + 300 * DAY),
    peers: () => peers.map((organisation) => ({ organisation })) as never,
  }
  time.greeted(ngo, NOW)
  expect(await problems({ directory, time })).toEqual([
    expect.stringMatching(
      /^warning clock-unconfirmed: Only one other organisation confirms that it is 2026-11-01\. .* unpair/,
    ),
  ])
  time.greeted(police, NOW)
  expect(await problems({ directory, time })).toEqual([])
})

test.each([
  [200, undefined],
  [300, /^warning store-log: The write-ahead log of the store has 300 MiB: .* restart the gateway/],
  [1100, /^critical store-log: /],
])('T-082 status reports a write-ahead log that only grows: %i MiB', async (mebibytes, sentence) => {
  using directory = temporaryDirectory()
  const log = join(directory.path, 'store.sqlite-wal')
  writeFileSync(log, '')
  truncateSync(log, mebibytes * 1024 ** 2)
  const found = await problems({ dataDir: directory.path })
  expect(found).toEqual(sentence === undefined ? [] : [expect.stringMatching(sentence)])
})

test('status reports an unreachable peer only while mail waits for it', async () => {
  expect(await problems({}, { connected: false, unreachableMs: NOW - DAY })).toEqual([])
})

test('durations are rounded', () => {
  expect([0, 1000, 119_000, 120_000, 7_200_000, 172_800_000].map(duration)).toEqual([
    '0 seconds',
    '1 second',
    '119 seconds',
    '2 minutes',
    '2 hours',
    '2 days',
  ])
})
