// Tests of lines and the screen. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import { bad, block, bold, columns, name, plain, widthOf } from './lines.ts'
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

test('lines break between words at any width, in any script, and words stay whole', () => {
  const text = 'Call the family only between nine and ten; then write to https://chat.example/a/long/address.'
  const thai = 'เด็กปลอดภัยแล้วและอยู่กับครอบครัว'
  const chinese = '孩子现在安全，和家人在一起。'
  for (let width = 1; width <= 120; width += 3) {
    const shown = render([...block(text), [name('7f3a91c2'), '  ', text]], { colour: false, width })
    const words = shown.split(/\s+/).filter((word) => word !== '')
    expect(words).toEqual([...text.split(' '), '7f3a91c2', ...text.split(' ')])
    for (const row of shown.trimEnd().split('\n'))
      expect(row.trim().includes(' ') && widthOf(row) > width).toBe(false)
    for (const unspaced of [thai, chinese]) {
      const rows = render(block(unspaced), { colour: false, width }).trimEnd().split('\n')
      expect(rows.map((row) => row.trim()).join('')).toBe(unspaced)
      const ends = new Set(
        [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(unspaced)].map(
          ({ index }) => index,
        ),
      )
      let at = 0
      for (const row of rows) {
        expect(ends.has(at)).toBe(true)
        at += row.trim().length
      }
    }
  }
})

test('rows after the first are aligned with the text after its label; a file gets whole lines', () => {
  const line = ['  state      ', 'accepted, responsible: https://ngo.example since Monday']
  expect(render([line], { colour: false, width: 40 })).toBe(
    '  state      accepted, responsible:\n             https://ngo.example since\n             Monday\n',
  )
  expect(render([line], { colour: false })).toBe(`${line.join('')}\n`)
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
