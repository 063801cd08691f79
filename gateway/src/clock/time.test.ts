import { keptAt } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { testStore } from '../testing/store.ts'
import { createGatewayTime, keepingTime } from './time.ts'
import { virtualClock } from './virtual.ts'

const [HOTLINE, NGO, POLICE] = ['https://hotline.example', 'https://ngo.example', 'https://police.example']
const PEERS = [HOTLINE, NGO, POLICE]
const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 10, 1)

test('T-137 greetings confirm the time; a clock that leaps ahead does not', async () => {
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, keptAt(0), () => [NGO])
  clock.leap(20 * DAY)
  expect(time.now()).toBe(0)
  time.greeted(NGO, START)
  await clock.advance(DAY)
  expect([time.now(), time.peersAheadMs(), time.aheadMs(NGO), time.aheadMs(POLICE)]).toEqual([
    START + DAY,
    -20 * DAY,
    -20 * DAY,
    undefined,
  ])
})

test('one wrong clock among three does not move the median', () => {
  const time = createGatewayTime(virtualClock(START), keptAt(0), () => PEERS)
  time.greeted(HOTLINE, START + 1000)
  time.greeted(NGO, START + 400 * DAY)
  time.greeted(POLICE, START - 1000)
  expect([time.now(), time.peersAheadMs()]).toEqual([START - 1000, 1000])
})

test('T-137 an organisation whose clock is as wrong as this one confirms nothing against the others', () => {
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, keptAt(START), () => PEERS)
  clock.leap(60 * DAY)
  time.greeted(HOTLINE, START)
  time.greeted(NGO, START + 59 * DAY)
  expect([time.now(), time.passed(), time.confirmed()]).toEqual([START, START + 59 * DAY, false])
})

test('T-137 REX-ID-071 after a restart with a wrong clock, a first greeting from an equally wrong clock has no effect before the second', () => {
  const clock = virtualClock(START)
  clock.leap(137 * DAY)
  const time = createGatewayTime(clock, keptAt(START), () => PEERS)
  time.greeted(NGO, START + 137 * DAY)
  time.review()
  expect([time.now(), time.passed(), time.agreed()]).toEqual([START, START + 137 * DAY, START])
  time.greeted(HOTLINE, START + 1000)
  time.review()
  expect([time.now(), time.agreed()]).toEqual([START + 1000, START + 1000])
})

test('T-137 REX-ID-071 an organisation with an equally wrong clock adds nothing to the agreed time once it is unpaired', async () => {
  const clock = virtualClock(START)
  clock.leap(137 * DAY)
  const peers = [HOTLINE, NGO]
  const time = createGatewayTime(clock, keptAt(START), () => peers)
  time.greeted(HOTLINE, START)
  time.greeted(NGO, START + 137 * DAY)
  peers.pop()
  for (let day = 0; day < 9; day++) {
    await clock.advance(DAY)
    time.greeted(HOTLINE, clock.steady())
    time.review()
    time.toKeep()
  }
  const at = START + 9 * DAY
  expect([time.now(), time.agreed(), time.toKeep()?.agreedMs]).toEqual([at, at, at])
})

test('T-137 the clock of an organisation that is no longer paired does not count', () => {
  const time = createGatewayTime(virtualClock(START), keptAt(START), () => PEERS)
  time.greeted(HOTLINE, START - 60 * DAY)
  time.greeted(NGO, START)
  expect([time.now(), time.peersAheadMs()]).toEqual([START - 60 * DAY, -60 * DAY])
  time.unpaired(HOTLINE)
  expect([time.now(), time.peersAheadMs(), time.aheadMs(HOTLINE)]).toEqual([START, 0, undefined])
  time.unpaired(NGO)
  expect([time.now(), time.peersAheadMs()]).toEqual([START, undefined])
})

test('T-050 a time stated while this clock was slow counts once the clock is right again', () => {
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, keptAt(0), () => [NGO])
  clock.leap(-DAY)
  time.greeted(NGO, START)
  expect(time.now()).toBe(0)
  clock.leap(DAY)
  time.review()
  expect(time.now()).toBe(START)
})

test('the confirmed time is stored once an hour, in commits that happen anyway', async () => {
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, keptAt(0), () => [NGO])
  await using opened = testStore()
  const store = keepingTime(opened, time)
  time.greeted(NGO, START)
  await store.commit(() => {})
  await clock.advance(HOUR - 1)
  await store.commit(() => {})
  expect(store.read.time.kept()).toEqual(keptAt(START))
  await clock.advance(1)
  await store.commit(() => {})
  expect(store.read.time.kept()).toEqual(keptAt(START + HOUR))
})
