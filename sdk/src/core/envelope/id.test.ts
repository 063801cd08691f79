import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../encoding/encoding.ts'
import { newMessageId } from './id.ts'

test('RFC 9562, appendix A.6: the UUIDv7 of its example', () => {
  const drawn = Uint8Array.from(Buffer.from('0cc318c4dc0c0c07398f', 'hex'))
  expect(toHex(newMessageId(0x017f22e279b0, () => drawn))).toBe('017f22e279b07cc398c4dc0c0c07398f')
})

test('ids ascend with their time', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  fc.assert(
    fc.property(time, time, (a, b) => {
      const [first, second] = [a, b].map((ms) => toHex(newMessageId(ms, randomBytes))) as [string, string]
      return a === b || a < b === first < second
    }),
  )
})

test('T-022 a random source that returns too few bytes yields no id', () => {
  expect(() => newMessageId(0, () => new Uint8Array(9))).toThrow(
    expect.objectContaining({ reason: 'INTERNAL' }),
  )
})
