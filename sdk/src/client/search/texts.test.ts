// Tests of how texts are split into the terms by which threads are found. docs/guide/desk.md, "Search"
import { expect, test } from 'vitest'
import { readingsOf, searchValue, searchWords } from './texts.ts'

const one = (text: string) => readingsOf(text)[0]

test.each([
  ['case and accents', 'ZOË', 'zoe'],
  ['compatible forms', 'Ｍａｒｙａｍ ﬁlip', 'maryam filip'],
  ['letters without a decomposition', 'Søren Straße', 'soren strasse'],
  ['Arabic marks, kashida and forms of alef', 'أَحْمَـد', 'احمد'],
  ['Arabic and Persian letters', 'یوسف کریم', 'يوسف كريم'],
  ['Ukrainian capitals', 'СОЛОМІЯ', 'соломія'],
])('%s make no difference', (_, written, typed) => {
  expect(one(written)).toEqual(one(typed))
})

test('a name with an apostrophe is found by each of its parts, and as a whole', () => {
  expect(new Set(searchWords("d'Ali O’Neill"))).toEqual(new Set(['d', 'ali', 'dali', 'o', 'neill', 'oneill']))
})

test.each(['+48 22 555 01 42', '0048225550142', '225550142', '555 01 42', '(22) 555-01-42', '٠٢٢٥٥٥٠١٤٢'])(
  'a telephone number is found when it is typed as %s, with a name',
  (typed) => {
    expect(readingsOf(`Maryam ${typed}`)[0]).toEqual(['#5550142', 'maryam'])
    for (const stored of ['+48 22 555 01 42', '22/5550142']) expect(searchValue(stored)).toContain('#5550142')
  },
)

test('a reference is read as a number and as words; years and short numbers are read as words', () => {
  expect(readingsOf('H-2026-4711')).toEqual([
    ['#0264711', 'h'],
    ['h', '2026', '4711'],
  ])
  expect(readingsOf('Maryam 2014')).toEqual([['maryam', '2014']])
})
