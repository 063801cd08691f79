import { expect, test } from 'vitest'
import { keptAt } from '../../core/trusted-time.ts'
import { observed } from '../store/observed.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import { createDeskTime } from './time.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.UTC(2026, 10, 1)
const NGO = 'https://ngo.example'

/** Makes the `DeskTime` of a desk on a computer whose clock is ahead by `aheadMs`. */
function desk(aheadMs = 0, keptMs = 0) {
  let passed = 0
  const time = createDeskTime(
    { now: () => START + passed + aheadMs, steady: () => passed },
    keptAt(keptMs),
    () => [NGO],
  )
  return {
    time,
    pass(ms: number) {
      passed += ms
    },
    /**
     * Simulates the gateway's answer. `gatewayMs` and `othersMs`: how far the clocks of the gateway and of other
     * organisations are ahead of the true time.
     */
    answers: (gatewayMs: number, trustedMs: number, othersMs?: number) =>
      time.gateway({
        timeMs: START + passed + gatewayMs,
        trustedMs,
        agreedMs: 0,
        ...(othersMs !== undefined && { peersAheadMs: othersMs - gatewayMs }),
      }),
  }
}

test.each([
  ['right clocks', 0, 0, 0, undefined],
  ['half a minute', 30_000, 0, 0, undefined],
  [
    'five minutes ahead',
    5 * MINUTE,
    0,
    0,
    /^The clock of this computer is 5 minutes ahead of the clock of your gateway and those/,
  ],
  ['30 days ahead', 30 * DAY, 0, 0, /^The clock of this computer is 30 days ahead of .* Correct it\.$/],
  ['an hour behind', -HOUR, 0, 0, /^The clock of this computer is 60 minutes behind/],
  [
    'a wrong gateway',
    0,
    3 * HOUR,
    0,
    /^The clock of your gateway is 3 hours ahead of the clock of this computer and those/,
  ],
  [
    'one host, both wrong',
    -9 * DAY,
    -9 * DAY,
    0,
    /^The clocks of this computer and of your gateway are 9 days behind those of other/,
  ],
  [
    'nobody else there, differing',
    2 * DAY,
    0,
    undefined,
    /is 2 days ahead of the clock of your gateway\. Correct the clock that is wrong\.$/,
  ],
  ['nobody else there, alike', 2 * DAY, 2 * DAY, undefined, undefined],
])('T-050 %s', (_name, own, gateway, others, message) => {
  const { time, answers } = desk(own)
  expect(time.problems()).toEqual([])
  answers(gateway, 0, others)
  const expected =
    message === undefined
      ? []
      : [{ code: 'clock', severity: 'warning', message: expect.stringMatching(message) }]
  expect(time.problems()).toEqual(expected)
})

test('T-137 a time counts as passed only if the gateway or a signature confirms it; one clock alone decides nothing', () => {
  const ahead = desk(60 * DAY)
  expect(ahead.time.passed()).toBe(0)
  ahead.answers(0, START)
  ahead.pass(HOUR)
  expect(ahead.time.passed()).toBe(START + HOUR)
  const both = desk(60 * DAY)
  both.answers(60 * DAY, START)
  expect(both.time.passed()).toBe(START)
  both.time.witness(NGO, START + DAY)
  expect(both.time.passed()).toBe(START + DAY)
})

test('T-050 the desk dates its signatures by the clock of its gateway if its own clock is ahead, or provably behind', () => {
  const ahead = desk(30 * DAY)
  expect(ahead.time.date()).toBe(START + 30 * DAY)
  ahead.answers(0, 0)
  expect(ahead.time.date()).toBe(START)
  const behind = desk(-30 * DAY, START - HOUR)
  expect(behind.time.date()).toBe(START - HOUR)
  behind.answers(0, 0)
  expect(behind.time.date()).toBe(START)
  const gatewayAhead = desk(0, START - HOUR)
  gatewayAhead.answers(9 * DAY, 0)
  expect(gatewayAhead.time.date()).toBe(START)
})

test('T-137 the desk reports that no organisation confirms the time, even if it is paired with only one', () => {
  let peers: string[] = []
  const clock = { now: () => START, steady: () => 0 }
  const time = createDeskTime(clock, keptAt(START - 20 * DAY), () => peers)
  expect(time.problems()).toEqual([])
  peers = [NGO]
  const message = expect.stringMatching(
    /^It is 2026-11-01 by the clock .* no other organisation has confirmed a date after 2026-10-12\. .* unpair/,
  )
  expect(time.problems()).toEqual([{ code: 'clock-unconfirmed', severity: 'warning', message }])
  time.witness(NGO, START - 6 * DAY)
  expect(time.problems()).toEqual([])
})

test('T-137 REX-ID-071 the desk reports that only one of several organisations confirms the time, unless its gateway knows of a second', () => {
  let peers = [NGO]
  const time = createDeskTime({ now: () => START, steady: () => 0 }, keptAt(START - 20 * DAY), () => peers)
  time.witness(NGO, START)
  expect(time.problems()).toEqual([])
  peers = [NGO, 'https://police.example']
  time.witness(NGO, START)
  const message = expect.stringMatching(
    /^Only one other organisation confirms that it is 2026-11-01; the last date that two agreed on is 2026-10-12\. .* unpair/,
  )
  expect(time.problems()).toEqual([{ code: 'clock-unconfirmed', severity: 'warning', message }])
  time.gateway({ timeMs: START, trustedMs: START, agreedMs: START })
  expect([time.problems(), time.now()]).toEqual([[], START])
})

test('T-137 REX-ID-071 a desk does not trust a time from an unpaired organisation if the remaining partner states another time', () => {
  const POLICE = 'https://police.example'
  const peers = [NGO, POLICE]
  let passed = 0
  const clock = { now: () => START + passed + 137 * DAY, steady: () => passed }
  const time = createDeskTime(clock, keptAt(START), () => peers)
  time.witness(NGO, START)
  time.witness(POLICE, clock.now())
  peers.pop()
  for (; passed < 9 * DAY; passed += HOUR) time.witness(NGO, START + passed)
  time.toKeep()
  expect([time.now(), time.passed()]).toEqual([START + passed, clock.now()])
})

test('the confirmed time is stored with a commit that is made anyway', async () => {
  const { time, pass } = desk()
  const store = openSqliteDeskStore(':memory:', { durable: false })
  await using kept = observed(store, { time })
  time.witness(NGO, START)
  await kept.commit(() => {})
  pass(MINUTE)
  await kept.commit(() => {})
  expect(store.read.trustedTime()).toEqual(keptAt(START))
  pass(HOUR)
  await kept.commit(() => {})
  expect(store.read.trustedTime()).toEqual(keptAt(START + HOUR + MINUTE))
})
