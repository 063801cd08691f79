// Tests of making output harmless. docs/guide/rex-desk.md
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

test('T-122 zero-width characters, soft hyphens, bidi controls and fillers are shown as such; those that a script needs stay', () => {
  const hidden =
    '\u00ad\u034f\u061c\u115f\u1160\u17b4\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2064\u2066\u2069\u206a\u206f'
  for (const character of `${hidden}\u2800\u3164\ufe00\ufe0f\ufeff\uffa0\ufff9\u{1d173}\u{e0001}\u{e0041}\u{e0100}`)
    for (const around of ['a', '', '1', 'é', ' '])
      if (!(around === '1' && character === '\ufe0f'))
        expect(printable(`${around}${character}${around}`)).toBe(
          `${around}\\u{${character.codePointAt(0)?.toString(16)}}${around}`,
        )
  for (const text of [
    'می\u200cخواهم',
    'ක්\u200dෂ',
    '❤\ufe0f',
    '1\ufe0f\u20e3',
    '👩🏽\u200d🚒',
    '葛\u{e0100}',
    'ᠠ\u180b',
  ])
    expect(printable(text)).toBe(text)
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
