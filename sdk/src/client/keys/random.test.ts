import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomSource } from './random.ts'

test('returns as many bytes as requested, never the same, and no part of a block twice', () => {
  const random = randomSource()
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 16, max: 64 }), { minLength: 100, maxLength: 300 }), (lengths) => {
      const given = lengths.map(random)
      expect(given.map(({ length }) => length)).toEqual(lengths)
      expect(new Set(given.map((bytes) => Buffer.from(bytes).toString('hex', 0, 16))).size).toBe(
        lengths.length,
      )
    }),
    { numRuns: 20 },
  )
})

test('T-022 a request for more than a block is refused, not cut short', () => {
  expect(() => randomSource()(4097)).toThrow(expect.objectContaining({ reason: 'INTERNAL' }))
})
