import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseEntityConfiguration } from '../../core/identity/entity.ts'
import type { TestClock } from '../../testing/time/clock.ts'
import { openLink } from '../gateway/link.ts'
import { writeKeystore } from '../keys/keystore.ts'
import { openSqliteDeskStore, STORE_FILE } from '../store/sqlite.ts'
import { type ClockedParty, DAY, MINUTE, resting, withClock } from '../tests/harness/clocked.ts'
import { PASSPHRASE } from '../tests/harness/parties.ts'

const READ = 'The mailbox has been read up to now.'

let clock: TestClock
let hotline: ClockedParty
let ngo: ClockedParty

withClock(['hotline', 'ngo'], (made, given) => {
  ;[hotline, ngo] = made as [ClockedParty, ClockedParty]
  clock = given
})

test('T-137 the confirmed time is stored every hour, even by an unreachable desk, so that its waiting messages expire in time', async () => {
  await ngo.gateway.drain()
  const kept = async () => {
    await ngo.desk[Symbol.asyncDispose]()
    await using store = openSqliteDeskStore(join(ngo.deskDirectory, STORE_FILE))
    return store.read.trustedTime().confirmedMs
  }
  await ngo.reopen()
  await ngo.logged(resting(MINUTE))
  clock.leap(20 * DAY)
  await ngo.logged(resting(2 * MINUTE))
  expect(await kept()).toBeGreaterThan(clock.now() - DAY)
})

test('statements are renewed automatically, so a peer needs no new invite', async () => {
  const expires = async () => (await hotline.desk.peers())[0]?.expiresMs ?? 0
  const before = await expires()
  clock.leap(50 * DAY)
  await ngo.reopen()
  await ngo.logged(READ)
  await hotline.reopen()
  await expect.poll(expires).toBeGreaterThanOrEqual(before + 49 * DAY)
})

test('REX-ID-070 partners learn of every statement, even of two statements within the same second', async () => {
  const link = openLink(await ngo.keys())
  const atHand = async () => {
    const { entityConfiguration } = await link.directory.resolve({ organisation: hotline.id, refresh: false })
    return parseEntityConfiguration(entityConfiguration).name
  }
  for (const name of ['Second name', 'Third name']) {
    await writeKeystore(hotline.deskDirectory, { ...(await hotline.keys()), name }, PASSPHRASE)
    await hotline.reopen()
    await hotline.desk.invite()
    await expect.poll(atHand).toBe(name)
  }
  link.close()
})
