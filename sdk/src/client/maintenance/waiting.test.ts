// A desk is healthy only if nothing waits for a person (T-154). docs/guide/rex-desk.md, "Status"
import { ClientError, Status } from 'nice-grpc-common'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { RexError } from '../../core/error.ts'
import { itemsOf, urgentReferral } from '../../testing/harness/fixture.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import { fromClientError } from '../../transport/messages/status.ts'
import type { Desk } from '../api/desk.ts'
import { createContact } from '../gateway/contact.ts'
import { type WaitingOptions, waitingProblems } from './waiting.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const NOW = Date.UTC(2026, 10, 23, 12)
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Returns the problems of a desk that is healthy except for these changes. */
async function problemsOf(
  changes: Partial<Omit<WaitingOptions, 'read'>> & { read?: Partial<WaitingOptions['read']> },
) {
  const read = { waiting: () => [], heldThreads: () => [], parked: () => 0, ...changes.read }
  const problems = await waitingProblems({
    organisation: HOTLINE,
    peers: () => [{ organisation: NGO, expiresMs: NOW + 60 * DAY }] as never,
    overdue: async () => [],
    free: async () => 1e12,
    log: () => undefined,
    now: () => NOW,
    ...changes,
    read,
  })
  return problems.map(({ code, severity, message }) => `${severity} ${code}: ${message}`)
}

const waiting = (changes: object) => ({
  read: {
    waiting: () => [
      {
        recipient: NGO,
        urgent: false,
        state: 'sent',
        count: 1,
        sinceMs: NOW,
        thread: '7f3a91c2ffff',
        ...changes,
      } as const,
    ],
  },
})
const track = (changes: object) => ({
  overdue: async () => [{ id: '7f3a91c2ffff', counterpart: NGO, state: 'requested', ...changes } as never],
})

test('no problem is reported while nothing waits', async () => {
  expect(await problemsOf({})).toEqual([])
  expect(await problemsOf(waiting({ sinceMs: NOW - DAY + 1 }))).toEqual([])
})

test.each([
  [
    'not stored after a day',
    waiting({ sinceMs: NOW - 26 * HOUR }),
    'critical not-arrived: A message in referral 7f3a91c2 to https://ngo.example: not arrived yet after 26 hours.',
  ],
  [
    'stored and not received',
    waiting({ sinceMs: NOW - 3 * DAY, state: 'stored', count: 2 }),
    'warning not-received: 2 messages, the oldest in referral 7f3a91c2, to https://ngo.example: stored',
  ],
  [
    'urgent',
    waiting({ urgent: true, state: 'stored', sinceMs: NOW - HOUR }),
    'critical not-received: A message in referral 7f3a91c2 to https://ngo.example: urgent, and not received after 60 minutes.',
  ],
  ['held there', waiting({ state: 'held' }), 'warning held-there: '],
  [
    'an unpaired recipient',
    {
      ...waiting({ state: 'stored' }),
      peers: () => [{ organisation: HOTLINE, expiresMs: NOW + 60 * DAY }] as never,
    },
    'critical recipient-unpaired: ',
  ],
  ['nobody paired', { peers: () => [] }, 'warning nobody-paired: '],
  [
    'a statement that ends',
    { peers: () => [{ organisation: NGO, expiresMs: NOW - DAY }] as never },
    'warning peer-statement: The keys that this desk knows of https://ngo.example expired on 2026-11-22',
  ],
  ['held here', { read: { heldThreads: () => ['7f3a91c2ffff'] } }, 'warning held: Referral 7f3a91c2 has'],
  ['set aside', { read: { parked: () => 2 } }, 'warning set-aside: 2 items wait for a person'],
  ['a disk that fills', { free: async () => 1e6 }, 'critical disk-low: Only 0 MiB'],
  [
    'a log that only grows (T-082)',
    { log: () => ({ bytes: 300 * 1024 ** 2, severity: 'warning' }) as const },
    'warning store-log: The write-ahead log of the desk store has 300 MiB',
  ],
  [
    'an undelivered referral',
    track({
      undelivered: { outcome: 'refused' },
      nextStep: { who: HOTLINE, what: 'refer-again', overdue: true },
    }),
    'critical undelivered: Referral 7f3a91c2 never arrived at https://ngo.example (refused)',
  ],
  [
    'an overdue step',
    track({ nextStep: { who: HOTLINE, what: 'provide-info', overdue: true } }),
    'warning overdue: Referral 7f3a91c2, overdue: you should provide-info.',
  ],
  [
    'an unreadable thread',
    track({ state: 'unreadable' }),
    'critical unreadable: Referral 7f3a91c2 cannot be read',
  ],
] as const)('T-154 %s is reported', async (_name, changes, sentence) => {
  const [first = '', ...others] = await problemsOf(changes)
  expect(first.slice(0, sentence.length)).toBe(sentence)
  expect(others).toEqual([])
})

test('T-154 problems of a gateway that is away, refuses or has never answered', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const contact = createContact()
  expect(contact.problems(true)).toEqual([])
  const tried = contact.tried(new Promise(() => {}))
  vi.advanceTimersByTime(10_000)
  await tried
  expect(contact.problems(true)).toMatchObject([{ code: 'gateway-unreachable', severity: 'critical' }])
  contact.failed(new RexError('UNAVAILABLE', 'Refused.'))
  expect(contact.problems(false)).toMatchObject([{ code: 'gateway-unreachable', severity: 'warning' }])
  contact.failed(new RexError('UNAUTHENTICATED', 'No acceptable certificate.'))
  expect(contact.problems(true)).toMatchObject([{ code: 'gateway-refuses', severity: 'critical' }])
  contact.failed(
    fromClientError(
      new ClientError('/x', Status.UNAVAILABLE, 'self-signed certificate in certificate chain'),
    ),
  )
  expect(contact.problems(false)).toMatchObject([{ code: 'gateway-other-keys', severity: 'critical' }])
  contact.answered()
  expect(contact.problems(true)).toEqual([])
})

test.each(['certificate has expired', 'certificate is not yet valid', 'The certificate is not valid yet.'])(
  'T-138 a gateway certificate that is not valid now does not lead to the advice to enrol: %s',
  (details) => {
    const contact = createContact()
    contact.failed(fromClientError(new ClientError('/x', Status.UNAVAILABLE, details)))
    const [problem] = contact.problems(true)
    expect(problem).toMatchObject({ code: 'gateway-unreachable', severity: 'critical' })
    expect(problem?.message).toContain('clock of this computer')
    expect(problem?.message).not.toContain('enrol')
  },
)

let network: TestNetwork<'hotline' | 'ngo'>
let hotline: Desk
let ngo: Desk

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo'])
  ;({ hotline, ngo } = network.desks)
  return () => network[Symbol.asyncDispose]()
})

const codes = async (desk: Desk) => (await desk.health()).problems.map(({ code }) => code)

test('T-154 a routine referral that is not stored waits, and after a day a person is told', async () => {
  network.faults.to('ngo').delay({ days: 2 })
  const mine = await hotline.send(buildReferral(), { to: NGO })
  await network.settle()
  expect((await mine.view()).nextStep).toMatchObject({ who: HOTLINE, what: 'await-arrival', overdue: false })
  expect(await mine.describe('en')).toContain('it has not arrived yet')
  expect([await codes(hotline), await hotline.threads({ mine: true })]).toEqual([[], []])
  await network.clock.advance({ hours: 25 })
  expect(await codes(hotline)).toEqual(['not-arrived'])
  expect(await hotline.threads({ mine: true })).toHaveLength(1)
  expect(await itemsOf(network, hotline)).toMatchObject([
    { alarm: 'overdue', step: { what: 'await-arrival' } },
  ])
  await network.clock.advance({ hours: 24 })
  expect((await mine.view()).nextStep).toMatchObject({ who: NGO, what: 'decide' })
  expect(await codes(hotline)).toEqual([])
})

test('T-154 an unreceived message is reported: an urgent one after 15 minutes with one alarm, a routine one after a day', async () => {
  await ngo[Symbol.asyncDispose]()
  await hotline.send(urgentReferral(), { to: NGO })
  await network.clock.advance({ minutes: 16 })
  expect(await codes(hotline)).toEqual(['not-received'])
  expect(await itemsOf(network, hotline)).toMatchObject([{ alarm: 'unreceived' }])
})
