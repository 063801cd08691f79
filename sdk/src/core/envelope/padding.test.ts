import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RexError } from '../error.ts'
import { FLOOR, pad, padme, unpad } from './padding.ts'

describe('padme', () => {
  test.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [9, 10],
    [1000, 1024],
    [4097, 4352],
    [100_000, 100_352],
    [1_048_577, 1_081_344],
  ])('%i becomes %i', (length, padded) => expect(padme(length)).toBe(padded))

  test('never shrinks, never adds more than 12 %, and is idempotent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (length) => {
        const padded = padme(length)
        expect(padded).toBeGreaterThanOrEqual(length)
        expect(padded).toBeLessThanOrEqual(Math.ceil(length * 1.12) + 1)
        expect(padme(padded)).toBe(padded)
      }),
    )
  })
})

describe('pad and unpad', () => {
  test('return the same bytes, in a size that reveals only the bucket', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6000 }), (bytes) => {
        const padded = pad(bytes, FLOOR.section)
        expect(padded.length).toBe(Math.max(FLOOR.section, padme(bytes.length + 4)))
        expect(new Uint8Array(unpad(padded, FLOOR.section, 'x'))).toEqual(bytes)
      }),
    )
  })

  const refused = (padded: Uint8Array) => {
    expect(() => unpad(padded, FLOOR.grant, 'grant')).toThrow(
      expect.objectContaining({ reason: 'MALFORMED', path: 'grant' }),
    )
    expect(() => unpad(padded, FLOOR.grant, 'grant')).toThrow(RexError)
  }
  const padded = () => Buffer.from(pad(new Uint8Array(10), FLOOR.grant))

  test('a fill byte that is not zero is refused', () => {
    const bytes = padded()
    bytes[bytes.length - 1] = 1
    refused(bytes)
  })
  test('a length beyond the bytes is refused', () => {
    const bytes = padded()
    bytes.writeUInt32BE(FLOOR.grant)
    refused(bytes)
  })
  test('a size below the floor, or above the bucket, is refused', () => {
    refused(padded().subarray(0, 100))
    refused(Buffer.concat([padded(), Buffer.alloc(512)]))
  })
  test('fewer than four bytes are refused', () => refused(new Uint8Array(3)))
})
