// Tests of JSON that people wrote. docs/guide/rex-desk.md
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJson } from './json.ts'

test('what is JSON is read as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      expect(parseJson(text)).toEqual(JSON.parse(text))
    }),
  )
})

test('where it is wrong is said, and nothing of the content', () => {
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
        return parseJson(text)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({ reason: 'MALFORMED' })
    expect(String(error)).toContain(`at ${place}.`)
    expect(String(error)).not.toContain('Amina')
  }
})

test('a field that is there twice is refused; the same name elsewhere is not', () => {
  expect(() => parseJson('{"a": 1,\n "b": [{"a": 1}], "a": 2}')).toThrow(
    'A field is there twice at line 2, column 19.',
  )
  expect(() => parseJson('{"a": 1, "\\u0061": 2}')).toThrow('A field is there twice')
  expect(parseJson('[{"a": "a"}, {"a": {"a": 1}}]')).toEqual([{ a: 'a' }, { a: { a: 1 } }])
})

test('T-057 names of prototypes are names', () => {
  const value = parseJson('{"__proto__": {"x": 1}, "constructor": 2}')
  expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
  expect(({} as { x?: number }).x).toBeUndefined()
})
