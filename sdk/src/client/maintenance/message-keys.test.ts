// Tests of message keys that are revoked repeatedly. docs/spec/identity.md, "Changes of keys"
import { expect, test } from 'vitest'
import { parseEntityConfiguration } from '../../core/identity/entity.ts'
import { kid } from '../../core/jose/key.ts'
import { testKeys } from '../../testing/parties/keys.ts'
import { Publisher } from '../gateway/publisher.ts'
import type { Keys } from '../keys/keystore.ts'
import { Keyring } from '../keys/replacing/keyring.ts'
import { messageKeyOf } from '../keys/replacing/message-keys.ts'
import { desksInParts, START } from '../tests/harness/parts.ts'
import { MessageKeys } from './message-keys.ts'

const DAY = 86_400_000

/** Opens the `MessageKeys` of a desk. `open` opens them again at the same desk, with the given keys. */
async function opened() {
  const [{ desk, link, clock }] = await desksInParts(['hotline'])
  let now = START
  const time = { ...desk.time, date: () => now }
  const { signal } = new AbortController()
  const open = (keys: Keys) => {
    const keyring = new Keyring(keys, async () => {})
    const publisher = new Publisher({ ...desk, keyring, needs: undefined, link, clock, time, signal })
    const lease = { fence: async () => 1 }
    const redate = { leaveKeys: async () => 0 }
    return {
      keyring,
      publisher,
      keys: new MessageKeys({ ...desk, time }, { keyring, publisher, lease, redate }),
    }
  }
  const first = open(testKeys('hotline', START))
  await first.publisher.publish()
  const pass = (days: number) => {
    now += days * DAY
  }
  return { ...first, open, pass }
}

async function namedBy(publisher: Publisher): Promise<string[]> {
  const { messageKeys } = parseEntityConfiguration(await publisher.statement()).party
  return messageKeys.map(({ jwk }) => kid(jwk))
}

test('REX-ID-072 REX-ID-073 keys can be revoked as compromised any number of times: the earliest revocations are dropped and never return', async () => {
  const { keys, keyring, publisher, pass, open } = await opened()
  const compromised: string[] = []
  for (let i = 0; i < 17; i++) {
    pass(1)
    compromised.unshift((await keys.revoke({ reason: 'compromised' })).key)
    expect(keyring.keys.unpublished).toBeUndefined()
  }
  expect(await namedBy(publisher)).toEqual([keys.list()[0]?.key, ...compromised.slice(0, 15)])
  const founding = testKeys('hotline', START)
  expect(compromised.at(-1)).toBe(kid(messageKeyOf(founding).signer.key))
  const restored = open(founding)
  const [inUse, ...others] = await namedBy(restored.publisher)
  expect(inUse).toBe(kid(messageKeyOf(restored.keyring.keys).signer.key))
  expect([inUse, ...others]).not.toContain(compromised.at(-1))
})

test('REX-ID-072 a retirement without room in the statement changes nothing, and leaves room for a compromise', async () => {
  const { keys, keyring, publisher, pass } = await opened()
  for (let i = 0; i < 14; i++) await keys.revoke({ reason: 'retired' })
  const before = keyring.keys
  await expect(keys.revoke({ reason: 'retired' })).rejects.toMatchObject({
    reason: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('in a short time'),
  })
  expect(keyring.keys).toBe(before)
  await publisher.publish()
  for (let i = 0; i < 3; i++) await keys.revoke({ reason: 'compromised' })
  expect(keys.list().map(({ revoked }) => revoked?.reason ?? 'in use')).toEqual(
    expect.arrayContaining(['in use', 'compromised', 'retired']),
  )
  pass(15)
  await keys.revoke({ reason: 'retired' })
  expect(keys.list()).toHaveLength(16)
})

test('REX-ID-072 a compromise that began long ago is stated, even after many later ones', async () => {
  const { keys, keyring, pass } = await opened()
  const { signer, sinceMs } = messageKeyOf(keyring.keys)
  await keys.revoke({ reason: 'retired' })
  pass(15)
  for (let i = 0; i < 14; i++) await keys.revoke({ reason: 'compromised' })
  const first = { reason: 'compromised', key: kid(signer.key), sinceMs } as const
  await keys.revoke(first)
  await keys.revoke({ reason: 'compromised' })
  expect(keys.list().find(({ key }) => key === first.key)?.revoked?.reason).toBe('compromised')
})
