// Tests of outcome files. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import { parseOutcomes } from './outcomes.ts'

test('each line is the outcome of an item', () => {
  expect(
    parseOutcomes('{"item":"u1","code":"removed","timeMs":5}\n\n{"item":"u2","code":"moved"}\n'),
  ).toEqual([
    { item: 'u1', code: 'removed', timeMs: 5 },
    { item: 'u2', code: 'moved' },
  ])
})

test('an error states the number of an invalid line', () => {
  for (const line of [
    '{',
    '[]',
    'null',
    '{"item":"u2"}',
    '{"item":"u2","code":"moved","tmie":1}',
    '{"item":"u","code":"c","timeMs":"1"}',
  ])
    expect(() => parseOutcomes(`{"item":"u1","code":"removed"}\n${line}`)).toThrow(/line 2/)
})

test('T-152 a line is read like all JSON: a duplicate member is refused, not dropped', () => {
  expect(parseOutcomes('{"item":"u1","code":"removed"}\r\n{"item":"u2","code":"moved"}\r\n')).toHaveLength(2)
  for (const line of [
    '{"item":"u2","code":"removed","code":"moved"}',
    '{"item":"u2","item":"u3","code":"moved"}',
    '{"item":"u2","code":"moved","timeMs":1772629500000.0}',
    '{"item":"u2","code":"moved","timeMs":1e12}',
    '{"item":"\\ud800","code":"moved"}',
    '{"item":"u2","code":"moved","__proto__":{}}',
  ])
    expect(() => parseOutcomes(`{"item":"u1","code":"removed"}\n${line}`)).toThrow(/line 2/)
})
