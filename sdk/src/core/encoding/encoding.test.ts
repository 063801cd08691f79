// Tests of canonical encoding: each message has exactly one encoding.
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { Lane, Routing } from '@rex/proto/core/v1/envelope'
import { DeliverRequest, Hello } from '@rex/proto/federation/v1/delivery'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RexError } from '../error.ts'
import {
  type Codec,
  compare,
  decode,
  decodeLoosely,
  digest,
  encode,
  equal,
  fromBase64url,
  fromHex,
  giveBack,
  toBase64url,
  toHex,
} from './encoding.ts'

const LIMIT = 1024 * 1024
const routing: Routing = {
  version: 1,
  envelopeId: new Uint8Array(16).fill(7),
  sender: 'https://a.example',
  recipient: 'https://b.example',
  createdMs: 1,
  expiresMs: 2,
  lane: Lane.URGENT,
}
const bytes = Buffer.from(encode(Routing, routing))
/** Encodes a length-delimited field (wire type 2). */
const field = (number: number, content: Uint8Array | string) => {
  const value = Buffer.from(content as string)
  return Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value])
}
const varint = (number: number, ...value: number[]) => Buffer.from([number << 3, ...value])

/** Returns the reason for which the bytes are rejected. */
function reasonOf<T>(codec: Codec<T>, ...parts: readonly Uint8Array[]): string {
  try {
    decode(codec, Buffer.concat(parts), 'it', LIMIT)
    return 'accepted'
  } catch (error) {
    return RexError.from(error).reason
  }
}

describe('T-054 protobuf', () => {
  test('canonical bytes decode to their message, and any message has them', () => {
    expect(encode(Routing, decode(Routing, bytes, 'it', LIMIT))).toEqual(encode(Routing, routing))
    const messages = fc.record({
      version: fc.nat(),
      envelopeId: fc.uint8Array({ maxLength: 40 }).map((id) => Uint8Array.from(id)),
      sender: fc.string({ unit: 'grapheme' }),
      recipient: fc.string({ unit: 'grapheme' }),
      createdMs: fc.maxSafeNat(),
      expiresMs: fc.maxSafeNat(),
      lane: fc.constantFrom(Lane.UNSPECIFIED, Lane.ROUTINE, Lane.URGENT),
    })
    fc.assert(
      fc.property(messages, (message) => {
        const decoded = decode(Routing, encode(Routing, message), 'it', LIMIT)
        expect(encode(Routing, decoded)).toEqual(encode(Routing, message))
      }),
    )
  })

  test.each<[string, Uint8Array, string]>([
    ['an unknown field', Buffer.concat([bytes, varint(15, 1)]), 'NOT_CANONICAL'],
    ['a singular field twice', Buffer.concat([bytes, varint(7, 2)]), 'NOT_CANONICAL'],
    ['fields out of order', Buffer.concat([varint(7, 2), varint(1, 1)]), 'NOT_CANONICAL'],
    ['a default that is spelled out', varint(1, 0), 'NOT_CANONICAL'],
    ['an overlong varint', varint(1, 0x81, 0), 'NOT_CANONICAL'],
    ['an overlong tag', Buffer.from([0x88, 0, 1]), 'NOT_CANONICAL'],
    ['a varint beyond its type', varint(1, 0xff, 0xff, 0xff, 0xff, 0xff, 1), 'NOT_CANONICAL'],
    ['a varint of eleven bytes', varint(1, ...Array(10).fill(0xff), 1), 'MALFORMED'],
    ['a time beyond 2^53', varint(5, ...Array(9).fill(0xff), 1), 'MALFORMED'],
    ['field number 0', Buffer.from([0, 1]), 'NOT_CANONICAL'],
    ['a group that is not closed', Buffer.from([0x7b]), 'MALFORMED'],
    ['an end without a group', Buffer.from([0x7c]), 'NOT_CANONICAL'],
    ['a wire type that does not exist', Buffer.from([0x0f]), 'MALFORMED'],
    ['a length beyond the end', Buffer.from([0x1a, 0x7f, 0x61]), 'MALFORMED'],
    ['a length of 4 GiB', Buffer.from([0x1a, 0xff, 0xff, 0xff, 0xff, 0x0f]), 'MALFORMED'],
    ['a text that ends early', bytes.subarray(0, 30), 'MALFORMED'],
    ['invalid UTF-8', field(3, Buffer.from([0xc3, 0x28])), 'NOT_CANONICAL'],
    ['a surrogate in UTF-8', field(3, Buffer.from([0xed, 0xa0, 0x80])), 'NOT_CANONICAL'],
    ['an overlong UTF-8 zero', field(3, Buffer.from([0xc0, 0x80])), 'NOT_CANONICAL'],
  ])('T-054 %s', (_name, tampered, reason) => {
    expect(reasonOf(Routing, tampered)).toBe(reason)
  })

  test('T-054 both arms of a oneof, and one arm twice', () => {
    const hello = field(1, varint(3, 1))
    const envelope = field(2, field(1, 'x'))
    expect(reasonOf(DeliverRequest, hello)).toBe('accepted')
    expect(reasonOf(DeliverRequest, hello, envelope)).toBe('NOT_CANONICAL')
    expect(reasonOf(DeliverRequest, hello, hello)).toBe('NOT_CANONICAL')
  })

  test('T-054 a packed list has one encoding, and cannot exceed the limit of its message', () => {
    const packed = field(1, Buffer.from([1, 2]))
    expect(reasonOf(Hello, packed)).toBe('accepted')
    expect(reasonOf(Hello, varint(1, 1), varint(1, 2))).toBe('NOT_CANONICAL')
    expect(reasonOf(Hello, field(1, Buffer.from([1])), field(1, Buffer.from([2])))).toBe('NOT_CANONICAL')
    expect(reasonOf(Hello, Buffer.alloc(LIMIT + 1))).toBe('LIMIT_EXCEEDED')
  })

  test('T-054 an unknown enum value is kept', () => {
    expect(decode(Routing, varint(7, 99), 'it', LIMIT).lane).toBe(99)
  })

  test('T-062 any bytes are either a canonical message or a typed refusal', () => {
    const edits = fc.array(fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) }), { maxLength: 4 })
    const tampered = edits.map((changes) => {
      const copy = Buffer.from(bytes)
      for (const { at, to } of changes) copy[at] = to
      return copy
    })
    fc.assert(
      fc.property(fc.oneof(tampered, fc.uint8Array({ maxLength: 200 })), (input) => {
        const reason = reasonOf(Routing, input)
        expect(['accepted', 'MALFORMED', 'NOT_CANONICAL']).toContain(reason)
        if (reason === 'accepted')
          expect(equal(encode(Routing, decodeLoosely(Routing, input, 'it', LIMIT)), input)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('texts of bytes', () => {
  test('T-007 base64url has one accepted form', () => {
    fc.assert(fc.property(fc.uint8Array(), (raw) => equal(fromBase64url(toBase64url(raw), 'it'), raw)))
    for (const text of ['QQ==', 'QR', 'Q', 'Q Q', 'QQ\n', '+/+/', 'QUJD=']) {
      expect(() => fromBase64url(text, 'it'), text).toThrow(
        expect.objectContaining({ reason: 'MALFORMED', path: 'it' }),
      )
    }
  })

  test('hexadecimal is lower case and has whole bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (raw) => equal(fromHex(toHex(raw), 'it'), raw)))
    for (const text of ['A0', 'a', 'g0', 'a0 ', '0x00']) {
      expect(() => fromHex(text, 'it'), text).toThrow(expect.objectContaining({ reason: 'MALFORMED' }))
    }
  })
})

test.each([0, 1, 16_000, 16_400, 2_000_000])(
  'REX-ENC-010 a digest of %d bytes covers tag, zero byte and bytes',
  (length) => {
    const bytes = new Uint8Array(length).fill(7)
    const hash = createHash('sha256').update('REX-1 section').update(new Uint8Array(1)).update(bytes)
    expect(toHex(digest('REX-1 section', bytes))).toBe(hash.digest('hex'))
  },
)

test('a digest makes no copy of large content, which would stay in memory', () => {
  const bytes = new Uint8Array(8_000_000)
  const before = process.memoryUsage().arrayBuffers
  digest('REX-1 section', bytes)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
})

test('a digest covers its tag, and order is that of bytes', () => {
  const empty = new Uint8Array()
  expect(toHex(digest('REX-1 section', empty))).not.toBe(toHex(digest('REX-1 manifest', empty)))
  expect(digest('REX-1 section', empty)).toHaveLength(32)
  const [short, long, high] = [[1], [1, 0], [2]].map((raw) => Uint8Array.from(raw)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  expect([high, long, short].sort(compare)).toEqual([short, long, high])
  expect([equal(short, long), equal(short, Uint8Array.from([1]))]).toEqual([false, true])
})

test('large arrays are released; small arrays and parts of shared buffers are not', () => {
  const large = new Uint8Array(64 * 1024).fill(1)
  const view = large.subarray(5)
  giveBack(view)
  expect([large.length, view.length]).toEqual([0, 0])
  const small = new Uint8Array(1024).fill(1)
  giveBack(small)
  expect(small).toEqual(new Uint8Array(1024).fill(1))
  const shared = new Uint8Array(128 * 1024).fill(1)
  giveBack(shared.subarray(0, 64 * 1024))
  expect(shared.length).toBe(128 * 1024)
  const pooled = Buffer.allocUnsafe(32 * 1024 - 1)
  giveBack(pooled)
  expect(pooled.length).toBe(32 * 1024 - 1)
})
