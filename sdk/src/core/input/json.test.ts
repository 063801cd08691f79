// Tests of hand-written JSON. docs/spec/overview.md, "Input"
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../encoding/encoding.ts'
import { plain } from './fixture.ts'
import { JSON_BYTES, readJson } from './json.ts'

test('T-152 JSON is read with a byte order mark and any line ends', () => {
  fc.assert(
    fc.property(plain, fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      for (const spelt of [text, `\ufeff${text}`, text.replaceAll('\n', '\r\n')]) {
        expect(readJson(spelt)).toEqual(JSON.parse(text))
        expect(readJson(utf8(spelt))).toEqual(JSON.parse(text))
      }
    }),
  )
})

test('an error states the place of the fault, and nothing of the content', () => {
  const cases: [string, string][] = [
    ['{\n  "name": "Amina",\n  "age": tru\n}', 'line 3, column 10'],
    ['{"name": "Amina",}', 'line 1, column 18'],
    ['{"name": "Amina"', 'line 1, column 17'],
    ['{"name": Amina}', 'line 1, column 10'],
    ["{'name': 1}", 'line 1, column 2'],
    ['{"name": "Amina\n"}', 'line 1, column 16'],
    ['{"a": 01}', 'line 1, column 7'],
    ['', 'line 1, column 1'],
    ['{"a": "Amina', 'line 1, column 7'],
  ]
  for (const [text, place] of cases) {
    const error = (() => {
      try {
        return readJson(text)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({ reason: 'MALFORMED' })
    expect(String(error)).toContain(`at ${place}.`)
    expect(String(error)).not.toContain('Amina')
  }
})

test('a duplicate field is refused; the same name in another object is not', () => {
  expect(() => readJson('{"a": 1,\n "b": [{"a": 1}], "a": 2}')).toThrow(
    'A field occurs twice at line 2, column 19.',
  )
  expect(() => readJson('{"a": 1, "\\u0061": 2}')).toThrow('A field occurs twice')
  expect(readJson('[{"a": "a"}, {"a": {"a": 1}}]')).toEqual([{ a: 'a' }, { a: { a: 1 } }])
})

test('T-057 a prototype name is refused or an ordinary name, and changes nothing', () => {
  for (const name of ['__proto__', '\\u005f_proto__'])
    expect(() => readJson(`{"a": {"${name}": {"x": 1}}}`)).toThrow(
      'A field has a forbidden name at line 1, column 8.',
    )
  expect(Object.keys(readJson('{"constructor": 2, "toString": 1}') as object)).toEqual([
    'constructor',
    'toString',
  ])
  expect(({} as { x?: number }).x).toBeUndefined()
})

test('T-055 T-152 an inexact number and a broken character are refused with their place', () => {
  for (const number of ['0.99999999999999999', '9007199254740993', '1e400', '1.0', '1e2', '-0'])
    expect(() => readJson(`{"a": 1,\r\n "b": ${number}}`)).toThrow(
      expect.objectContaining({ reason: 'MALFORMED', message: expect.stringContaining('line 2, column 7') }),
    )
  expect(() => readJson('["\\ud800"]')).toThrow('A character is broken at line 1, column 2.')
  const fault = (text: string) => () => readJson(text)
  expect(fault('{"a": [1, {"b": "x,"}, {"c": [[], "\\ud800"]}]}')).toThrow(
    expect.objectContaining({ path: 'a[2].c[1]' }),
  )
  expect(fault('{"a": {"b": 1, "b": 2}}')).toThrow(expect.objectContaining({ path: 'a.b' }))
})

test('T-058 at most 1 MiB of white space may surround the value', () => {
  const most = ' '.repeat(1024 * 1024)
  expect(readJson(`{}${most}`)).toEqual({})
  for (const text of [`{} ${most}`, ` {}${most}`, ` ${most}{}`])
    expect(() => readJson(text)).toThrow(
      expect.objectContaining({ reason: 'LIMIT_EXCEEDED', path: 'The JSON' }),
    )
})

test('T-058 deep nesting and huge objects are refused', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  expect(readJson(nested(64))).toBeDefined()
  expect(() => readJson(nested(65))).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }))
  expect(() => readJson(nested(300_000))).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }))
  expect(() => readJson(new Uint8Array(JSON_BYTES + 1))).toThrow(
    expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }),
  )
})
