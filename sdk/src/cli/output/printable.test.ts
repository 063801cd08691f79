// Tests of harmless output. docs/guide/rex-desk.md
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printable, printableJson } from './printable.ts'

const HOSTILE = ['\u001b[2J', '\u009b31m', '\r', '\n', '\b', '\u202e', '\u2066', '\u{e0041}', '\ud800']

test('T-122 terminal control, line breaks, bidirectional overrides and lone surrogates are shown as codes', () => {
  expect(printable('a\u001b[31mb\nc\u202ed')).toBe('a\\u{1b}[31mb\\u{a}c\\u{202e}d')
  for (const text of HOSTILE) expect(printable(text)).toMatch(/^\\u\{/)
})

test('T-056 names in any script stay as they are', () => {
  for (const name of ['José Ñandú', 'أمينة يوسف', 'ณัฐวุฒิ', '山田 花子', 'क्‍ष', '👩‍👧'])
    expect(printable(name)).toBe(name)
})

test('T-122 JSON output carries no acting character and keeps its meaning', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...HOSTILE, 'a', '"', '\\', 'é')), (parts) => {
      const value = { text: parts.join('') }
      const line = printableJson(value)
      expect(printable(line)).toBe(line)
      expect(JSON.parse(line)).toEqual(value)
    }),
  )
})
