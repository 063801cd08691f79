import { expect, test } from 'vitest'
import type { KeptTime } from './agreed-time.ts'
import { createTrustedTime, keptAt } from './trusted-time.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.UTC(2026, 10, 1)
const [NGO, POLICE, SHELTER] = ['https://ngo.example', 'https://police.example', 'https://shelter.example']

/** Simulates a computer with a steady clock and an adjustable wall clock, which starts `offMs` ahead of the real time. */
function computer(kept: KeptTime = keptAt(0), { peers = [NGO], offMs = 0 } = {}) {
  let passed = 0
  let wrong = offMs
  const steady = () => passed + 17
  const clock = () => START + passed + wrong
  const time = createTrustedTime({ now: clock, steady, kept, peers: () => peers })
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

test('T-137 without confirmation by another organisation, no time is trusted', () => {
  const { time, pass } = computer()
  pass(400 * DAY)
  expect([time.now(), time.atLeast(), time.confirmed()]).toEqual([0, 0, false])
})

test('a time that another organisation confirmed advances with the monotonic clock', () => {
  const { time, pass, real } = computer()
  time.witness(NGO, real())
  pass(30 * DAY)
  expect([time.now(), time.confirmed()]).toEqual([real(), true])
})

test('T-137 a clock that leaps ahead does not move the trusted time; one that leaps back stops it', () => {
  const { time, leap, pass, real } = computer()
  time.witness(NGO, real())
  leap(60 * DAY)
  expect([time.now(), time.confirmed()]).toEqual([real(), false])
  leap(-120 * DAY)
  expect([time.now(), time.atLeast(), time.confirmed()]).toEqual([real() - 60 * DAY, real(), false])
  leap(60 * DAY)
  pass(HOUR)
  expect([time.now(), time.confirmed()]).toEqual([real(), true])
})

test('T-137 a restart with the clock ahead begins with the stored time', () => {
  const { time, leap, real, pass } = computer(keptAt(START))
  leap(400 * DAY)
  pass(MINUTE)
  expect(time.now()).toBe(START + MINUTE)
  time.witness(NGO, real() + MINUTE)
  expect(time.now()).toBe(real() + MINUTE)
})

test('another clock of the own organisation limits it and confirms nothing', () => {
  const { time, real, pass } = computer()
  time.bound(real())
  expect(time.now()).toBe(0)
  time.witness(NGO, real())
  time.bound(real() - 3 * DAY)
  pass(HOUR)
  expect([time.now(), time.confirmed()]).toEqual([real() - 3 * DAY, false])
})

test('T-137 an organisation as wrong as our clocks confirms nothing against the others, and does not delay correctable decisions', () => {
  const { time, leap, real, pass } = computer()
  time.witness(NGO, real())
  leap(60 * DAY)
  time.others(real())
  time.witness(NGO, real() + 59 * DAY)
  expect([time.now(), time.passed(), time.confirmed()]).toEqual([real(), real() + 59 * DAY, false])
  pass(HOUR)
  expect(time.now()).toBe(real())
  time.others(-10 * 365 * DAY)
  expect([time.now(), time.passed()]).toEqual([0, real() + 59 * DAY])
  time.others(undefined)
  expect([time.now(), time.passed()]).toEqual([real(), real() + 59 * DAY])
})

test.each([
  ['11 minutes ahead', 11 * MINUTE],
  ['not a number', Number.NaN],
  ['negative', -START - 1],
])('a statement of an organisation whose clock is %s is ignored', (_name, ahead) => {
  const { time, real } = computer()
  time.witness(NGO, real() + ahead)
  expect(time.now()).toBe(0)
})

test('an old statement never sets the time back; after all clocks were wrong together, a new statement does', () => {
  const { time, leap, real } = computer()
  leap(60 * DAY)
  time.witness(NGO, real() + 60 * DAY)
  leap(-60 * DAY)
  time.witness(NGO, real() - 13 * DAY)
  expect(time.atLeast()).toBe(real() + 60 * DAY)
  time.witness(NGO, real() - HOUR)
  expect([time.now(), time.atLeast()]).toEqual([real() - HOUR, real() - HOUR])
  time.witness(NGO, real() - 2 * HOUR)
  expect(time.now()).toBe(real() - HOUR)
})

test('the confirmed time is stored once an hour, not with every statement', () => {
  const { time, real, pass } = computer()
  expect(time.toKeep()).toBeUndefined()
  time.witness(NGO, real())
  expect(time.toKeep()).toEqual(keptAt(real()))
  time.kept(keptAt(real()))
  pass(HOUR - 1)
  expect(time.toKeep()).toBeUndefined()
  pass(1)
  expect(time.toKeep()).toEqual(keptAt(real()))
})

test('T-137 REX-ID-071 after a month off, the earlier of what two other organisations state counts, and nothing that one states', () => {
  const { time, clock } = computer(keptAt(START), { peers: [NGO, POLICE, SHELTER], offMs: 31 * DAY })
  time.witness(NGO, clock())
  time.witness(NGO, clock() - HOUR)
  time.witness('https://stranger.example', clock())
  expect([time.now(), time.agreed(), time.passed()]).toEqual([START, START, clock()])
  time.witness(POLICE, clock() - HOUR)
  expect([time.now(), time.confirmed()]).toEqual([clock() - HOUR, true])
})

test('T-137 REX-ID-071 two clocks of our own and one of another organisation, all 137 days ahead, reach nothing however long it lasts', () => {
  const { time, clock, pass, real } = computer(keptAt(START), { peers: [NGO, POLICE], offMs: 137 * DAY })
  time.bound(clock())
  time.others(clock())
  for (let day = 0; day < 40; day++) {
    time.witness(NGO, clock(), true)
    time.toKeep()
    expect(time.now()).toBe(real())
    pass(DAY)
  }
})

test('T-137 REX-ID-071 a present time replaces the one that the clock was wrong by; a time signed earlier does not', () => {
  const { time, clock, real } = computer(keptAt(START), { peers: [NGO, POLICE], offMs: 60 * DAY })
  time.witness(NGO, clock())
  time.witness(NGO, real())
  time.witness(NGO, real(), true)
  time.witness(POLICE, clock())
  expect(time.now()).toBe(real())
})

test('T-137 REX-ID-071 a time that our clock contradicts is forgotten: it must be stated again', () => {
  const { time, clock, leap } = computer(keptAt(START), { peers: [NGO, POLICE], offMs: 60 * DAY })
  time.witness(NGO, clock())
  leap(-60 * DAY)
  time.witness(POLICE, clock())
  leap(60 * DAY)
  time.witness(POLICE, clock())
  expect(time.now()).toBe(START)
  time.witness(NGO, clock())
  expect(time.now()).toBe(clock())
})

test('T-137 REX-ID-071 with one paired organisation a leap of up to a week counts at once, a longer one after a week of running time', () => {
  const week = computer(keptAt(START), { offMs: 7 * DAY })
  week.time.witness(NGO, week.clock())
  expect(week.time.now()).toBe(week.clock())

  const first = computer(keptAt(START), { offMs: 31 * DAY })
  first.time.witness(NGO, first.clock())
  first.pass(4 * DAY)
  const kept = first.time.toKeep()
  expect(kept).toEqual({ confirmedMs: first.clock(), agreedMs: START + 4 * DAY, leapMs: START })
  // Restart the computer after it was off for two days.
  const again = computer(kept, { offMs: 37 * DAY })
  again.time.witness(NGO, again.clock())
  again.pass(3 * DAY - 1)
  again.time.toKeep()
  expect(again.time.now()).toBe(START + 7 * DAY - 1)
  again.pass(1)
  again.time.toKeep()
  expect(again.time.now()).toBe(again.clock())
})

test('T-137 REX-ID-071 a leap that our clock contradicts within the week begins anew', () => {
  const { time, clock, leap, pass, real } = computer(keptAt(START), { offMs: 31 * DAY })
  time.witness(NGO, clock())
  pass(6 * DAY)
  leap(-31 * DAY)
  time.witness(NGO, clock())
  leap(31 * DAY)
  time.witness(NGO, clock())
  pass(2 * DAY)
  time.toKeep()
  expect(time.now()).toBe(real())
})

/**
 * Simulates our own clocks and the clocks of the police 137 days ahead, while the NGO's are right. The police are then unpaired, as
 * `status` advises.
 */
function unpaired() {
  const peers = [NGO, POLICE]
  const it = computer(keptAt(START), { peers, offMs: 137 * DAY })
  it.time.witness(NGO, it.real(), true)
  it.time.witness(POLICE, it.clock(), true)
  peers.pop()
  return it
}

test('T-137 REX-ID-071 a statement of an unpaired organisation never becomes agreed, however long the remaining one states another time', () => {
  const { time, pass, real, clock } = unpaired()
  for (let hour = 0; hour < 10 * 24; hour++) {
    pass(HOUR)
    time.witness(NGO, real(), true)
    expect([time.now(), time.agreed()]).toEqual([real(), real()])
  }
  const kept = time.toKeep()
  expect(kept).toEqual({ confirmedMs: clock(), agreedMs: real(), leapMs: 0 })
  const again = computer(kept, { offMs: 147 * DAY })
  expect(again.time.now()).toBe(START + 10 * DAY)
  again.time.witness(NGO, START + 10 * DAY, true)
  expect(again.time.now()).toBe(START + 10 * DAY)
})

test('T-137 REX-ID-071 while the remaining organisation is silent, statements of the unpaired one neither become agreed nor start a leap', () => {
  const { time, pass, real, clock } = unpaired()
  const again = computer(time.toKeep(), { offMs: 137 * DAY })
  for (const it of [{ time, pass, real, clock }, again]) {
    it.pass(8 * DAY)
    it.time.toKeep()
    expect(it.time.now()).toBe(it.real())
    it.time.witness(NGO, it.clock(), true)
    expect(it.time.now()).toBe(it.real())
    it.pass(6 * DAY)
    it.time.toKeep()
    expect(it.time.now()).toBe(it.real())
    it.pass(DAY)
    it.time.toKeep()
    expect(it.time.now()).toBe(it.clock())
  }
})

test('T-137 REX-ID-071 an earlier time stated by the only organisation ends its leap; silence after a restart does not', () => {
  const first = computer(keptAt(START), { offMs: 31 * DAY })
  first.time.witness(NGO, first.clock(), true)
  first.pass(6 * DAY)
  const kept = first.time.toKeep()
  const silent = computer(kept, { offMs: 37 * DAY })
  silent.pass(HOUR)
  expect(silent.time.toKeep()?.leapMs).toBe(START)
  silent.time.witness(NGO, silent.real() + 6 * DAY, true)
  expect(silent.time.toKeep()?.leapMs).toBe(0)
  silent.time.witness(NGO, silent.clock(), true)
  silent.pass(2 * DAY)
  silent.time.toKeep()
  expect(silent.time.now()).toBe(silent.real() + 6 * DAY)
})

test('T-137 REX-ID-071 a desk accepts the agreed time of its gateway only as far as its own partners confirm it', () => {
  const { time, clock, pass } = computer(keptAt(START), { peers: [NGO, POLICE], offMs: 31 * DAY })
  time.agree(clock())
  expect(time.now()).toBe(START)
  time.witness(NGO, clock() - HOUR)
  expect(time.now()).toBe(clock() - HOUR)
  pass(DAY)
  expect(time.now()).toBe(clock() - HOUR)
  time.agree(0)
  expect(time.now()).toBe(START + DAY)
})
