import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, expect, test } from 'vitest'
import { processorTime } from '../../testing/harness/processor-time.ts'
import { selfTest } from './self-test.ts'

const real = { ...crypto }

/** Replaces functions of node:crypto for every module that imports them. */
function sabotage(changes: Partial<typeof crypto>): void {
  Object.assign(crypto, changes)
  syncBuiltinESMExports()
}

const NAMES = [
  'hash',
  'hkdfSync',
  'sign',
  'verify',
  'diffieHellman',
  'decapsulate',
  'argon2Sync',
  'randomBytes',
  'createDecipheriv',
] as const
const repair = () => sabotage(Object.fromEntries(NAMES.map((name) => [name, real[name]])))

afterEach(repair)

/** Returns a function that gives the same answer as the original, but with its first byte changed. */
function flipped(name: (typeof NAMES)[number]) {
  const answer = real[name] as (...args: unknown[]) => unknown
  return (...args: unknown[]) => {
    const made = answer(...args)
    if (typeof made === 'string') return made.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
    const bytes = new Uint8Array(made as ArrayBuffer)
    return Buffer.from(bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)))
  }
}

test('T-127 every primitive returns its known answer, in a few milliseconds', async () => {
  await selfTest()
  const busy = processorTime()
  await selfTest()
  expect(busy()).toBeLessThan(1000)
})

test.each<[string, Partial<typeof crypto>]>([
  ['SHA-256', { hash: flipped('hash') as never }],
  ['HKDF-SHA-256', { hkdfSync: flipped('hkdfSync') as never }],
  ['Ed25519', { sign: flipped('sign') as never }],
  ['Ed25519', { verify: (() => true) as never }],
  ['X25519', { diffieHellman: flipped('diffieHellman') as never }],
  ['MLKEM768-X25519', { decapsulate: flipped('decapsulate') as never }],
  ['MLKEM768-X25519', { decapsulate: (() => Buffer.alloc(32)) as never }],
  ['Argon2id', { argon2Sync: flipped('argon2Sync') as never }],
  ['random numbers', { randomBytes: ((count: number) => Buffer.alloc(count)) as never }],
])('T-127 a build whose %s is wrong is not used', async (primitive, changes) => {
  sabotage(changes)
  await expect(selfTest()).rejects.toMatchObject({
    reason: 'SELF_TEST_FAILED',
    metadata: { primitive },
    retryable: false,
  })
})

test('T-127 the self-test finds a cipher that opens changed bytes, and a certificate check that accepts every signature', async () => {
  const decipher = real.createDecipheriv
  sabotage({
    createDecipheriv: ((...args: Parameters<typeof decipher>) => {
      const made = decipher(...args)
      return Object.assign(made, { final: () => Buffer.alloc(0) })
    }) as never,
  })
  await expect(selfTest()).rejects.toMatchObject({ metadata: { primitive: 'AES-256-GCM' } })
  repair()
  const verify = real.verify as (algorithm: unknown, ...rest: unknown[]) => boolean
  sabotage({
    verify: ((algorithm: unknown, ...rest: unknown[]) =>
      algorithm !== null || verify(algorithm, ...rest)) as never,
  })
  await expect(selfTest()).rejects.toMatchObject({ metadata: { primitive: 'RSA-SHA-256' } })
})
