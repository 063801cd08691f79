// Tests of which activities a test network waits for. docs/guide/testing.md, "Time"
import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { verifyEntityConfiguration } from '../../core/identity/entity.ts'
import { testParty } from '../parties/party.ts'
import { createActivity } from './activity.ts'

const NOW = Date.UTC(2026, 10, 23)
const nextTurn = () => new Promise(setImmediate)

test('a network is not idle while a statement is verified, however busy the threads are', async () => {
  const { organisation, configuration } = await testParty('ngo', { now: NOW })
  const { jwt, entityKey } = configuration
  const activity = createActivity()
  const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)('', '', 300_000, 32, 'sha256'))
  let isVerified = false
  const work = verifyEntityConfiguration(jwt, { organisation, entityKey, now: NOW }).then(() => {
    isVerified = true
  })
  await nextTurn()
  await activity.idle()
  await nextTurn()
  expect(isVerified).toBe(true)
  await Promise.all([work, ...busy])
})
