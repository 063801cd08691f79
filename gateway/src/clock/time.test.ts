import { expect, test } from 'vitest'
import { testStore } from '../testing/store.ts'
import { createGatewayTime, keepingTime } from './time.ts'
import { virtualClock } from './virtual.ts'

const [HOTLINE, NGO, POLICE] = ['https://hotline.example', 'https://ngo.example', 'https://police.example']
const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 10, 1)

test('T-137 greetings confirm the time; a clock that leaps ahead does not', async () => {
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, 0)
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
  const time = createGatewayTime(virtualClock(START), 0)
  time.greeted(HOTLINE, START + 1000)
  time.greeted(NGO, START + 400 * DAY)
  time.greeted(POLICE, START - 1000)
  expect([time.now(), time.peersAheadMs()]).toEqual([START, 1000])
})

test('T-137 an organisation whose clock is as wrong as this one confirms nothing against the others', () => {
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, START)
  clock.leap(60 * DAY)
  time.greeted(HOTLINE, START)
  time.greeted(NGO, START + 59 * DAY)
  expect([time.now(), time.passed(), time.confirmed()]).toEqual([START, START + 59 * DAY, false])
})

test('T-050 a time stated while this clock was behind counts when the clock is right again', () => {
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, 0)
  clock.leap(-DAY)
  time.greeted(NGO, START)
  expect(time.now()).toBe(0)
  clock.leap(DAY)
  time.review()
  expect(time.now()).toBe(START)
})

test('the confirmed time is stored once an hour, with commits that are made anyway', async () => {
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, 0)
  await using opened = testStore()
  const store = keepingTime(opened, time)
  time.greeted(NGO, START)
  await store.commit(() => {})
  await clock.advance(HOUR - 1)
  await store.commit(() => {})
  expect(store.read.time.kept()).toBe(START)
  await clock.advance(1)
  await store.commit(() => {})
  expect(store.read.time.kept()).toBe(START + HOUR)
})
