// Tests of partial dates. docs/spec/referral.md, "Texts, ids and numbers"
import { expect, test } from 'vitest'
import { compareDates, instantMs, isPartialDate, parseDate } from './dates.ts'
import { formatDate } from './labels/names.ts'

test.each([
  ['2014', '2014-01-01T00:00:00.000Z', '2014-12-31T23:59:59.999Z'],
  ['2012-02', '2012-02-01T00:00:00.000Z', '2012-02-29T23:59:59.999Z'],
  ['2014-05-09', '2014-05-09T00:00:00.000Z', '2014-05-09T23:59:59.999Z'],
  ['2014/2016-03', '2014-01-01T00:00:00.000Z', '2016-03-31T23:59:59.999Z'],
  ['2014/2014', '2014-01-01T00:00:00.000Z', '2014-12-31T23:59:59.999Z'],
  ['2026-05-09T14:30:05.25-03:30', '2026-05-09T18:00:05.250Z', '2026-05-09T18:00:05.250Z'],
  ['2026-05-09T14:30+02:00', '2026-05-09T12:30:00.000Z', '2026-05-09T12:30:00.000Z'],
  ['0099', '0099-01-01T00:00:00.000Z', '0099-12-31T23:59:59.999Z'],
])('%s is a range', (text, start, end) => {
  const range = parseDate(text)
  expect([range?.startMs, range?.endMs]).toEqual([Date.parse(start), Date.parse(end)])
})

test('open ends and marks', () => {
  expect(parseDate('../2016')).toMatchObject({ startMs: -Infinity })
  expect(parseDate('2016~/..')).toMatchObject({ endMs: Infinity, approximate: true, uncertain: false })
  expect(parseDate('2014?')).toMatchObject({ approximate: false, uncertain: true })
  expect(parseDate('2014%')).toMatchObject({ approximate: true, uncertain: true })
})

test.each([
  '',
  '14',
  '2014-13',
  '2014-00',
  '2014-02-29',
  '2014-5',
  '2014/',
  '/2014',
  '../..',
  '2016/2014',
  '2014/2015/2016',
  '2014~~',
  '2026-05-09T14:30',
  '2026-05-09T24:00Z',
  '2026-06-30T23:59:60Z',
  '2026-05-09t14:30z',
  '2026-05-09T14:60Z',
  '2026-05-09T14:30+25:00',
  '2014X',
  ' 2014',
])('%j is not a date', (text) => {
  expect(isPartialDate(text)).toBe(false)
  expect(formatDate(text)).toBe(text)
})

test('dates are ordered only if one is entirely before the other', () => {
  expect(compareDates('2014', '2015-01-01')).toBe(-1)
  expect(compareDates('2015', '2014-12')).toBe(1)
  expect(compareDates('2014', '2014-06')).toBe(0)
  expect(compareDates('../2014', '2015/..')).toBe(-1)
  expect(compareDates('2014', 'never')).toBe(0)
})

test('instants', () => {
  expect(instantMs('2026-05-09T14:30:05+02:00')).toBe(Date.parse('2026-05-09T12:30:05Z'))
  expect(instantMs('2026-02-30T00:00Z')).toBeUndefined()
  expect(instantMs('2026-05-09')).toBeUndefined()
})

test('the year stays the one that was written, whatever calendar a locale prefers', () => {
  const digits = (text: string) =>
    text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
  for (const locale of ['en', 'ar-SA', 'fa', 'fa-IR', 'th-TH'])
    for (const date of ['2014', '2014-05', '2014-05-09', '2014-05-09T14:30Z', '../2014'])
      expect(digits(formatDate(date, locale))).toContain('2014')
  for (const locale of ['th-TH-u-ca-buddhist', 'ja-JP-u-ca-japanese', 'fa-u-ca-persian'])
    for (const date of ['2014', '2014-05~', '../2014'])
      expect(digits(formatDate(date, locale))).toContain('2014')
  expect(() => formatDate('2014', 'no tag')).toThrow(expect.objectContaining({ path: 'locale' }))
})

test('a tag that asks for another calendar gets whole days in it', () => {
  expect(formatDate('2014-05-09', 'th-TH-u-ca-buddhist')).toContain('2557')
  expect(formatDate('2014-05-09', 'en-u-ca-persian')).toContain('1393')
  expect(formatDate('2014-05-09T14:30Z', 'en-u-ca-persian')).toContain('1393')
})

test('dates for people are as precise as known', () => {
  expect(formatDate('2014')).toBe('2014')
  expect(formatDate('2014-05~')).toBe('≈ May 2014')
  expect(formatDate('2014-05-09', 'fr')).toBe('9 mai 2014')
  expect(formatDate('../2016')).toBe('… – 2016')
  expect(formatDate('2026-05-09T14:30:00+02:00')).toBe('May 9, 2026, 12:30 PM UTC')
})
