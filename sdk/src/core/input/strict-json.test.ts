import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { processorTime } from '../../testing/harness/processor-time.ts'
import { utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { plain } from './fixture.ts'
import { parseStrictJson } from './strict-json.ts'

const BOUNDS = { limit: 4_000_000 }
const parse = (text: string | Uint8Array) =>
  parseStrictJson(typeof text === 'string' ? utf8(text) : text, 'claims', BOUNDS)
const refusal = (text: string | Uint8Array) => {
  try {
    parse(text)
    return 'accepted'
  } catch (error) {
    expect(error).toMatchObject({ path: 'claims' })
    return RexError.from(error).reason
  }
}

describe('strict JSON', () => {
  test.each([
    '{}',
    ' { "a" : [ 1 , -7 , true , null , "x" ] } ',
    '{"a":{"a":1},"b":{"a":1}}',
    '["a","a"]',
    String.raw`{"\"":1,"\\":2,"\u0061":"\ud83d\ude00 \n","b":"}{][,:\""}`,
    '9007199254740991',
    '"é 漢 😀"',
    '{"constructor":1,"toString":2}',
  ])('%s has the value that JSON.parse returns', (text) => expect(parse(text)).toEqual(JSON.parse(text)))

  test.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['trailing bytes', '{}x'],
    ['a second value', '{} {}'],
    ['a trailing comma', '[1,]'],
    ['NUL at the end', '{}\0'],
    ['a byte order mark', '\uFEFF{}'],
    ['a repeated name', '{"a":1,"a":1}'],
    ['a repeated name, spelt differently', String.raw`{"a":1,"\u0061":2}`],
    ['a repeated name, far apart', '{"a":1,"b":{"c":[]},"a":2}'],
    ['__proto__', '{"a":{"__proto__":{"x":1}}}'],
    ['__proto__, escaped', String.raw`{"\u005f_proto__":1}`],
    ['a lone surrogate', String.raw`"\ud800"`],
    ['a lone surrogate as name', String.raw`{"\udc00":1}`],
    ['surrogates in the wrong order', String.raw`"\ude00\ud83d"`],
    ['invalid UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['overlong UTF-8', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)],
    ['a surrogate as UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['truncated UTF-8', Uint8Array.of(0x22, 0xe6, 0xbc, 0x22)],
    ['UTF-16', new Uint8Array(Buffer.from('{}', 'utf16le'))],
    ['a control character', '"\u0001"'],
    ['a comment', '{}//'],
    ['single quotes', "{'a':1}"],
    ['NaN', 'NaN'],
    ['T-055 2^53', '9007199254740992'],
    ['T-055 2^53 + 1', '[9007199254740993]'],
    ['T-055 minus zero', '-0'],
    ['T-055 a fraction', '1.5'],
    ['T-055 an exponent', '1e2'],
    ['T-055 infinity', '1e400'],
    ['a leading zero', '01'],
  ])('T-006 %s is MALFORMED', (_name, text) => expect(refusal(text)).toBe('MALFORMED'))

  test('T-057 no entry changes Object.prototype', () => {
    const names = fc.constantFrom('__proto__', 'constructor', 'prototype', 'a')
    const json = fc.letrec((tie) => ({
      node: fc.oneof(fc.integer(), fc.array(fc.tuple(names, tie('node')), { maxLength: 3 })),
    })).node
    const text = (node: unknown): string =>
      Array.isArray(node)
        ? `{${node.map(([name, value]) => `"${name}":${text(value)}`).join()}}`
        : String(node)
    fc.assert(
      fc.property(json, (node) => {
        refusal(text(node))
        expect(Object.keys(Object.prototype)).toEqual([])
        expect(({} as { a?: unknown }).a).toBeUndefined()
      }),
    )
  })

  test('limits: size, depth, members of an object', () => {
    const size = () => parseStrictJson(utf8('[1234]'), 'claims', { limit: 5 })
    expect(size).toThrow(
      expect.objectContaining({
        reason: 'LIMIT_EXCEEDED',
        metadata: { path: 'claims', limit: '5', actual: '6' },
      }),
    )
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(refusal(nested(16))).toBe('accepted')
    expect(refusal(nested(17))).toBe('LIMIT_EXCEEDED')
    expect(refusal(`[${'[],'.repeat(50)}{}]`)).toBe('accepted')
    expect(() => parseStrictJson(utf8(nested(3)), 'claims', { limit: 10, depth: 2 })).toThrow(
      expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }),
    )
    const members = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, i])))
    expect(refusal(members(256))).toBe('accepted')
    expect(refusal(members(257))).toBe('LIMIT_EXCEEDED')
  })

  test('plain data written by JSON.stringify is read back', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(parseStrictJson(utf8(JSON.stringify(value)), 'claims', { limit: 1e6, depth: 64 })).toEqual(
          value,
        )
      }),
    )
  })

  test('T-052 T-058 hostile text is refused in linear time', () => {
    const quick = (text: string) => {
      const busy = processorTime()
      expect(refusal(text)).not.toBe('accepted')
      return busy()
    }
    expect(quick('['.repeat(100_000))).toBeLessThan(200)
    expect(quick('['.repeat(100_000) + ']'.repeat(100_000))).toBeLessThan(200)
    expect(quick('{"a":'.repeat(100_000))).toBeLessThan(200)
    const million = 1_000_000
    for (const text of [
      `"${'\\'.repeat(million + 1)}"`,
      `"${'a'.repeat(million)}`,
      `["${'\\\\'.repeat(million)}",1.5]`,
      `{"a"${' '.repeat(million)}:1.5}`,
      `[${'1'.repeat(million)}]`,
      `[${'"a",'.repeat(million / 4)}1.5]`,
    ])
      expect(quick(text)).toBeLessThan(1000)
    const colliding = `{${Array.from({ length: 20_000 }, (_, i) => `"${i * 2 ** 20}":1`).join()}}`
    expect(quick(colliding)).toBeLessThan(500)
  })
})
