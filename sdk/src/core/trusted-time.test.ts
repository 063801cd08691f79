import { expect, test } from 'vitest'
import { createTrustedTime } from './trusted-time.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.UTC(2026, 10, 1)

/** A computer, with a steady clock and an adjustable wall clock. */
function computer(keptMs = 0) {
  let passed = 0
  let wrong = 0
  const steady = () => passed + 17
  const clock = () => START + passed + wrong
  const time = createTrustedTime({ now: clock, steady, keptMs })
  return {
    time,
    clock,
    real: () => START + passed,
    pass(ms: number) {
      passed += ms
    },
    leap(ms: number) {
      wrong += ms
    },
  }
}

test('T-137 without a word of another organisation no time is trusted', () => {
  const { time, pass } = computer()
  pass(400 * DAY)
  expect([time.now(), time.atLeast(), time.confirmed()]).toEqual([0, 0, false])
})

test('a time that another organisation confirmed advances with the monotonic clock', () => {
  const { time, pass, real } = computer()
  time.witness(real())
  pass(30 * DAY)
  expect([time.now(), time.confirmed()]).toEqual([real(), true])
})

test('T-137 a clock that leaps ahead does not move the trusted time; one that leaps back stops it', () => {
  const { time, leap, pass, real } = computer()
  time.witness(real())
  leap(60 * DAY)
  expect([time.now(), time.confirmed()]).toEqual([real(), false])
  leap(-120 * DAY)
  expect([time.now(), time.atLeast(), time.confirmed()]).toEqual([real() - 60 * DAY, real(), false])
  leap(60 * DAY)
  pass(HOUR)
  expect([time.now(), time.confirmed()]).toEqual([real(), true])
})

test('T-137 a restart with the clock ahead begins with the stored time', () => {
  const { time, leap, real, pass } = computer(START)
  leap(400 * DAY)
  pass(MINUTE)
  expect(time.now()).toBe(START + MINUTE)
  time.witness(real() + MINUTE)
  expect(time.now()).toBe(real() + MINUTE)
})

test('another clock of the own organisation bounds it and confirms nothing', () => {
  const { time, real, pass } = computer()
  time.bound(real())
  expect(time.now()).toBe(0)
  time.witness(real())
  time.bound(real() - 3 * DAY)
  pass(HOUR)
  expect([time.now(), time.confirmed()]).toEqual([real() - 3 * DAY, false])
})

test('T-137 an organisation as wrong as the own clocks confirms nothing against the others; nor do they delay decisions that can be corrected', () => {
  const { time, leap, real, pass } = computer()
  time.witness(real())
  leap(60 * DAY)
  time.others(real())
  time.witness(real() + 59 * DAY)
  expect([time.now(), time.passed(), time.confirmed()]).toEqual([real(), real() + 59 * DAY, false])
  pass(HOUR)
  expect(time.now()).toBe(real())
  time.others(-10 * 365 * DAY)
  expect([time.now(), time.passed()]).toEqual([0, real() + 59 * DAY])
  time.others(undefined)
  expect(time.now()).toBe(real() + 59 * DAY)
})

test.each([
  ['11 minutes ahead', 11 * MINUTE],
  ['not a number', Number.NaN],
  ['negative', -START - 1],
])('a witness whose clock is %s is not taken', (_name, ahead) => {
  const { time, real } = computer()
  time.witness(real() + ahead)
  expect(time.now()).toBe(0)
})

test('an old word moves nothing back; when all clocks were wrong together, a fresh one does', () => {
  const { time, leap, real } = computer()
  leap(60 * DAY)
  time.witness(real() + 60 * DAY)
  leap(-60 * DAY)
  time.witness(real() - 13 * DAY)
  expect(time.atLeast()).toBe(real() + 60 * DAY)
  time.witness(real() - HOUR)
  expect([time.now(), time.atLeast()]).toEqual([real() - HOUR, real() - HOUR])
  time.witness(real() - 2 * HOUR)
  expect(time.now()).toBe(real() - HOUR)
})

test('is kept once an hour, not with every word', () => {
  const { time, real, pass } = computer()
  expect(time.toKeep()).toBeUndefined()
  time.witness(real())
  expect(time.toKeep()).toBe(real())
  time.kept(real())
  pass(HOUR - 1)
  expect(time.toKeep()).toBeUndefined()
  pass(1)
  expect(time.toKeep()).toBe(real())
})
