// Tests of the signing keys that a statement lists after key changes. docs/spec/identity.md, "Changes of keys"
import { expect, test } from 'vitest'
import { localSigner } from '../jose/jose.ts'
import { LIMITS } from '../limits.ts'
import type { DatedKey } from './entity.ts'
import { roomFrom, succession } from './succession.ts'

const NOW = Date.UTC(2026, 10, 1)
const END = LIMITS.maxLifetime + LIMITS.skew

function key(n: number, revoked?: DatedKey['revoked']): DatedKey {
  const { key: jwk } = localSigner(new Uint8Array(32).fill(n))
  return { jwk, notBeforeMs: 0, expiresMs: NOW * 2, ...(revoked && { revoked }) }
}
const superseded = (n: number, atMs: number) => key(n, { reason: 'superseded', atMs })
const compromised = (n: number, atMs: number) => key(n, { reason: 'compromised', atMs })

test('REX-ID-072 a key that is no longer in use is superseded now', () => {
  expect(succession(key(1), [key(1), key(2)], NOW)).toEqual([key(1), superseded(2, NOW)])
})

test('REX-ID-074 a superseded key does not come back into use', () => {
  const before = [superseded(1, NOW - 1), key(2)]
  expect(succession(key(1), before, NOW)).toEqual([superseded(2, NOW), superseded(1, NOW - 1)])
})

test('REX-ID-072 a compromise is kept with its earliest time, whatever the order of the statements', () => {
  const said = [superseded(2, NOW - 9), compromised(2, NOW - 5), key(2), compromised(2, NOW - 7)]
  for (const before of [said, said.toReversed()])
    expect(succession(key(1), before, NOW)).toEqual([key(1), compromised(2, NOW - 7)])
  expect(succession(key(2), said, NOW)).toEqual([compromised(2, NOW - 7)])
})

test('REX-ID-072 at most 16 keys: superseded keys are dropped once everything they signed has expired', () => {
  const old = Array.from({ length: 20 }, (_, i) => superseded(i + 2, NOW - END - i))
  const listed = succession(key(1), [...old, compromised(60, 5), superseded(61, NOW - END + 1)], NOW)
  expect(listed).toHaveLength(16)
  expect(listed).toContainEqual(compromised(60, 5))
  expect(listed).toContainEqual(superseded(61, NOW - END + 1))
  expect(listed).toContainEqual(old[0])
  expect(listed).not.toContainEqual(old[19])
  const recent = Array.from({ length: 15 }, (_, i) => superseded(i + 2, NOW - i))
  expect(() => succession(key(1), recent, NOW)).toThrow(
    expect.objectContaining({ reason: 'LIMIT_EXCEEDED', metadata: { limit: '14', actual: '15' } }),
  )
})

test('REX-ID-072 of many compromised keys, those reported first are dropped, whatever the time of the compromise', () => {
  const said = Array.from({ length: 20 }, (_, i) => compromised(i + 2, NOW - 99 + i))
  const last = compromised(60, 5)
  const needed = Array.from({ length: 10 }, (_, i) => superseded(i + 30, NOW - i))
  const listed = succession(key(1), [...needed, ...said, last, superseded(70, 5)], NOW)
  expect(listed).toHaveLength(16)
  expect(listed).toEqual(expect.arrayContaining([...needed, ...said.slice(-4), last]))
  expect(listed.slice(1).map(({ revoked }) => revoked?.atMs)).toEqual(
    listed
      .slice(1)
      .map(({ revoked }) => revoked?.atMs ?? 0)
      .toSorted((a, b) => b - a),
  )
})

test('REX-ID-083 one more key can be superseded as soon as a statement has room for it', () => {
  const recent = Array.from({ length: 13 }, (_, i) => superseded(i + 2, NOW - i))
  const full = [...recent, superseded(40, NOW - 1000), superseded(41, NOW - END), compromised(42, NOW)]
  expect(roomFrom(recent, NOW)).toBe(NOW)
  const later = roomFrom(full, NOW)
  expect(later).toBe(NOW - 1000 + END)
  expect(() => succession(key(1), [key(50), ...full], later - 1)).toThrow(
    expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }),
  )
  expect(succession(key(1), [key(50), ...full], later)).toContainEqual(superseded(50, later))
})
