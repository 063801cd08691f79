// Tests of times for people. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import { distance, localTime, parseTime } from './time.ts'

const NOW = Date.parse('2026-03-04T13:05:00Z')

test('local time carries its zone', () => {
  expect(localTime(NOW, 'UTC')).toBe('2026-03-04 13:05 UTC')
  expect(localTime(NOW, 'Asia/Kolkata')).toBe('2026-03-04 18:35 GMT+5:30')
})

test('T-055 a time beyond the calendar is shown as such', () => {
  for (const ms of [9e15, Number.MAX_SAFE_INTEGER, Number.NaN]) expect(localTime(ms)).toBe('no such time')
})

test('distances in time are short and name the direction', () => {
  expect(distance(NOW + 3 * 3_600_000, NOW)).toBe('in 3 h')
  expect(distance(NOW - 90_000, NOW)).toBe('1 min ago')
  expect(distance(NOW - 5 * 86_400_000, NOW)).toBe('5 days ago')
  expect(distance(NOW + 20_000, NOW)).toBe('now')
})

test('a distance is not cut to its first unit, so that nobody relies on a wrong deadline', () => {
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
  expect(distance(NOW + 2 * day + 23 * hour, NOW)).toBe('in 2 days 23 h')
  expect(distance(NOW - 2 * day - 23 * hour, NOW)).toBe('2 days 23 h ago')
  expect(distance(NOW + 47 * hour + 59 * minute, NOW)).toBe('in 47 h 59 min')
  expect(distance(NOW + hour + minute, NOW)).toBe('in 1 h 1 min')
  expect(distance(NOW + 30 * day + hour, NOW)).toBe('in 30 days 1 h')
  expect(distance(NOW + 2 * day + 59 * minute, NOW)).toBe('in 2 days')
})

test('times are read as people type them', () => {
  expect(parseTime('2h', NOW)).toBe(NOW + 7_200_000)
  expect(parseTime('3d', NOW)).toBe(NOW + 3 * 86_400_000)
  expect(parseTime('2026-03-04T14:05:00+01:00', NOW)).toBe(NOW)
  expect(parseTime('2026-03-04T13:05Z', NOW)).toBe(NOW)
  expect(new Date(parseTime('2026-03-04 09:30', NOW) as number).getHours()).toBe(9)
  expect(new Date(parseTime('2026-03-04', NOW) as number).getHours()).toBe(23)
})

test('an invalid time is refused, not guessed', () => {
  for (const text of ['', 'soon', '2026-02-30', '2026-13-01', '4/3/2026', '2026-03-04 25:00', '-3h'])
    expect(parseTime(text, NOW)).toBeUndefined()
})
