// Tests of lines and screen. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import { bad, block, bold, columns, plain, widthOf } from './lines.ts'
import { render, wantsColour } from './screen.ts'

test('columns are aligned in any script', () => {
  expect(
    columns([
      ['山田', 'a'],
      ['x', 'b'],
    ]).map(plain),
  ).toEqual(['  山田  a', '  x     b'])
  expect(widthOf('أمي\u064b')).toBe(3)
})

test('free text keeps its line breaks and is wrapped', () => {
  expect(block('one two three\n\nfour', { width: 9 })).toEqual(['  one two', '  three', '', '  four'])
})

test('T-122 data cannot colour, clear or fake a line, not even inside styled text', () => {
  const hostile = 'x\u001b[2J\nok: delivered'
  expect(render([[bold(hostile)], hostile], { colour: true })).toBe(
    '\u001b[1mx\\u{1b}[2J\\u{a}ok: delivered\u001b[22m\nx\\u{1b}[2J\\u{a}ok: delivered\n',
  )
  expect(block('x\u001b[2J').map(plain)).toEqual(['  x\\u{1b}[2J'])
})

test('output is coloured only on a terminal and without NO_COLOR', () => {
  expect(render([[bad('no')]], { colour: false })).toBe('no\n')
  expect(wantsColour({ isTTY: true }, {})).toBe(true)
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
  expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
  expect(wantsColour({}, {})).toBe(false)
})
