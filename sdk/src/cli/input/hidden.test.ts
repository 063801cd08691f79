// Tests of a line typed without echo. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import { typeHidden } from './hidden.ts'

test('keys make the line; Enter ends it, and later keys are ignored', () => {
  expect(typeHidden('', 'pass')).toEqual({ text: 'pass', state: 'open' })
  expect(typeHidden('pass', 'wörd🔑\rrest')).toEqual({ text: 'passwörd🔑', state: 'done' })
})

test('Backspace takes back one character, Ctrl-U all, escape keys nothing', () => {
  expect(typeHidden('a🔑', '\u007fb')).toEqual({ text: 'ab', state: 'open' })
  expect(typeHidden('abc', '\u0015x')).toEqual({ text: 'x', state: 'open' })
  expect(typeHidden('', '\u007f\u001ba').text).toBe('a')
})

test('Ctrl-C and Ctrl-D give up and keep nothing', () => {
  for (const key of ['\u0003', '\u0004'])
    expect(typeHidden('abc', key)).toEqual({ text: '', state: 'interrupted' })
})
