// Tests of publications that fail after a rotation. docs/spec/identity.md, REX-ID-077
import { expect, test } from 'vitest'
import { RexError } from '../../core/error.ts'
import { parseEntityConfiguration } from '../../core/identity/entity.ts'
import { testKeys } from '../../testing/parties/keys.ts'
import { Publisher } from '../gateway/publisher.ts'
import { Keyring } from '../keys/replacing/keyring.ts'
import { desksInParts, START } from '../tests/harness/parts.ts'
import { EntityKey } from './entity-key.ts'

test('REX-ID-077 no key is replaced before the previous rotation is published, so that the gateway of the desk can follow', async () => {
  const [{ desk, link, clock }] = await desksInParts(['hotline'])
  const keyring = new Keyring(testKeys('hotline', START), async () => {})
  let answers = true
  const publish: typeof link.directory.publish = async (request) => {
    if (!answers) throw new RexError('UNAVAILABLE', 'The gateway does not answer.')
    return link.directory.publish(request)
  }
  const { signal } = new AbortController()
  const publisher = new Publisher({
    ...{ ...desk, keyring, needs: undefined, clock, signal },
    link: { ...link, directory: { ...link.directory, publish } },
  })
  await publisher.statement()
  let backups = 0
  const entityKey = new EntityKey(desk, {
    ...{ keyring, publisher, lease: { fence: async () => 1 }, signal },
    keepFounding: async () => void backups++,
  })
  const rotate = () => entityKey.rotate({ file: 'backup' })
  answers = false
  for (let i = 0; i < 17; i++) await expect(rotate()).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  expect([backups, keyring.keys.rotations?.length]).toEqual([1, 1])
  answers = true
  await rotate()
  const { rotations } = parseEntityConfiguration(await publisher.statement())
  expect([backups, rotations.length]).toEqual([2, 2])
})
