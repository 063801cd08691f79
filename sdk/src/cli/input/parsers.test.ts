// Tests of option values. docs/guide/rex-desk.md
import { InvalidArgumentError } from 'commander'
import { expect, test } from 'vitest'
import { count, exceptions, organisationWords, outcomes, recipients, time } from './parsers.ts'

test('recipients name an organisation and, if wanted, its sections', () => {
  const first = recipients('https://ngo.example/care')
  expect(recipients('https://police.example:case,items', first)).toEqual([
    { organisation: 'https://ngo.example/care' },
    { organisation: 'https://police.example', sections: ['case', 'items'] },
  ])
})

test('ids carry codes', () => {
  expect(outcomes('url-7=removed', [{ item: 'url-6', code: 'removed' }])).toEqual([
    { item: 'url-6', code: 'removed' },
    { item: 'url-7', code: 'removed' },
  ])
  expect(exceptions('p2=no-capacity')).toEqual([{ id: 'p2', code: 'no-capacity' }])
})

test('an invalid value is refused with an example', () => {
  const wrong: [(value: string) => unknown, string][] = [
    [recipients, 'ngo.example'],
    [recipients, 'https://ngo.example:'],
    [recipients, 'https://ngo.example:8443/x'],
    [outcomes, 'url-7'],
    [outcomes, '=removed'],
    [time, 'soon'],
    [count(1), '0'],
    [count(1), '1.5'],
  ]
  for (const [parse, value] of wrong) expect(() => parse(value)).toThrow(InvalidArgumentError)
})

test('six words may be written in any spelling in which they are dictated', () => {
  const words = ['a', 'b', 'c', 'd', 'e', 'f']
  expect(organisationWords('https://ngo.example=a b c - d e f')).toEqual([
    { organisation: 'https://ngo.example', words },
  ])
  expect(() => organisationWords('https://ngo.example=a b c d e')).toThrow(InvalidArgumentError)
})
