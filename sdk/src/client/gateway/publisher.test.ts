// Each statement is dated after the previous one. docs/spec/identity.md, REX-ID-070
import { expect, test } from 'vitest'
import { parseEntityConfiguration } from '../../core/identity/entity.ts'
import { LIMITS } from '../../core/limits.ts'
import { testKeys } from '../../testing/parties/keys.ts'
import { Keyring } from '../keys/replacing/keyring.ts'
import { replaceMessageKey } from '../keys/replacing/message-keys.ts'
import { desksInParts, type Parts, START } from '../tests/harness/parts.ts'
import { Publisher } from './publisher.ts'
import { issuedAfter } from './statement.ts'

const SECOND = 1000

/** Makes the publisher of a desk that was just opened. */
function publisherOf({ desk, link, clock }: Parts, keys = testKeys('hotline', START)): Publisher {
  const keyring = new Keyring(keys, async () => {})
  const { signal } = new AbortController()
  return new Publisher({ ...desk, keyring, needs: undefined, link, clock, signal })
}

const issuedOf = (jwt: string) => parseEntityConfiguration(jwt).issuedMs

test('REX-ID-070 each statement is dated at least a second after the last one, even after the desk is reopened', async () => {
  const [hotline] = await desksInParts(['hotline'])
  const dates: number[] = []
  for (let opened = 0; opened < 3; opened++) {
    const publisher = publisherOf(hotline)
    dates.push(issuedOf(await publisher.statement()))
    await Promise.all([publisher.publish(), publisher.publish()])
    dates.push(issuedOf(await publisher.statement()))
  }
  expect(dates).toEqual([0, 2, 3, 5, 6, 8].map((seconds) => START + seconds * SECOND))
})

test('REX-ID-070 repeated statements never get a date further ahead than partners accept', () => {
  const now = START + 999
  const dates: number[] = []
  // A statement states its date in whole seconds.
  for (let i = 0; i < 1000; i++)
    dates.push(Math.floor(issuedAfter(dates.at(-1) ?? START, now) / SECOND) * SECOND)
  expect(Math.max(...dates)).toBe(START + LIMITS.statementAhead)
  expect(LIMITS.statementAhead).toBeLessThan(LIMITS.skew)
})

test('REX-ID-070 after a clock that was ahead is corrected, statements have the present time again', () => {
  expect(issuedAfter(START + 30 * 86_400_000, START)).toBe(START)
  expect(issuedAfter(START - SECOND, START)).toBe(START)
})

test('REX-ID-073 a desk restored from a backup with a revoked message key makes a new key', async () => {
  const [hotline] = await desksInParts(['hotline'])
  const keysOf = (jwt: string) => parseEntityConfiguration(jwt).party.messageKeys
  const [first] = keysOf(await publisherOf(hotline).statement())
  const revoked = { reason: 'compromised', atMs: START } as const
  const change = { now: START, revoked, expiresMs: START * 2 }
  const changed = publisherOf(hotline, replaceMessageKey(testKeys('hotline', START), change))
  const [second] = keysOf(await changed.statement())
  const [third, ...earlier] = keysOf(await publisherOf(hotline).statement())
  expect(new Set([first, second, third].map((key) => key?.jwk.x)).size).toBe(3)
  expect(earlier.find(({ jwk }) => jwk.x === first?.jwk.x)).toMatchObject({ revoked })
  expect(earlier.find(({ jwk }) => jwk.x === second?.jwk.x)).toMatchObject({
    revoked: { reason: 'superseded' },
  })
})

test('T-080 an undetected damaged statement of its own does not stop a desk from publishing', async () => {
  const [hotline] = await desksInParts(['hotline'])
  const { organisation, store } = hotline.desk
  const jwt = await publisherOf(hotline).statement()
  const [damaged, keys] = [jwt.replace(/.{100}$/, '!'), 'others']
  await store.commit((write) => write.keepConfiguration({ organisation, keys, jwt: damaged }))
  expect(store.read.configurations(organisation)).toEqual([jwt, damaged])
  expect(issuedOf(await publisherOf(hotline).statement())).toBe(START + SECOND)
})
