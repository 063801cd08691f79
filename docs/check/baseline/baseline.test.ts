// Tests that this version can read and continue to use the stores of the baseline. docs/adr/0046-version-1-has-a-baseline.md
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, startGateway } from '@rex/gateway'
import { verifyBackup } from '@rex/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyGatewayBackup } from '../../../gateway/src/backup/backup.ts'
import { restoreBackup } from '../../../gateway/src/backup/restore.ts'
import type { Desk } from '../../../sdk/src/client/api/desk.ts'
import { type Clock, systemClock } from '../../../sdk/src/client/clock/clock.ts'
import { openDesk } from '../../../sdk/src/client/desk.ts'
import { openKeystore } from '../../../sdk/src/client/keys/keystore.ts'
import { openSqliteDeskStore } from '../../../sdk/src/client/store/sqlite.ts'
import { decodeEvidence } from '../../../sdk/src/core/receipt/evidence.ts'
import { openGateway } from '../../../sdk/src/testing/gateway/gateway.ts'
import { openWire } from '../../../sdk/src/testing/gateway/wire.ts'
import { createActivity } from '../../../sdk/src/testing/time/activity.ts'
import { type Made, unpackStores } from './stores.ts'

let root: string
let made: Made
const at = (...path: string[]) => join(root, ...path)

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rex-baseline-'))
  made = unpackStores(root)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Opens a desk at an in-memory gateway. Sets the clock to shortly after the desk was closed, because certificates in the stores expire. */
function opener(): (name: string) => Promise<Desk> {
  const ahead = made.madeMs + 60_000 - Date.now()
  const clock: Clock = { ...systemClock, now: () => Date.now() + ahead }
  const activity = createActivity()
  const wire = openWire({ clock, activity, nextFault: () => undefined })
  return async (name) =>
    openDesk({
      keys: await openKeystore(at(name, 'desk'), made.passphrase),
      store: openSqliteDeskStore(at(name, 'desk', 'desk.db')),
      link: openGateway({ name, clock, activity, wire }),
      clock,
      gatherMs: 0,
      log: () => {},
    })
}

test('two desks keep their threads and continue; waiting mail is delivered and answered', async () => {
  const open = opener()
  await using hotline = await open('hotline')
  await using ngo = await open('ngo')
  const refs = (await hotline.threads()).map(({ ref, state }) => [ref, state])
  expect(refs).toContainEqual(['answered', 'accepted'])
  expect(refs).toContainEqual(['at the desk', 'requested'])
  expect(refs).toHaveLength(4)
  const answered = await hotline.thread(made.thread)
  const theirs = await ngo.thread(made.thread)
  expect((await theirs.current()).referral.triage).toEqual((await answered.current()).referral.triage)

  await answered.note({ text: 'We go on.' })
  const left = new Set(['at the own gateway', 'at the desk'])
  const received = (async () => {
    for await (const item of ngo.receive()) {
      if (item.kind === 'referral') await item.thread.accept()
      await item.ack()
    }
  })()
  for await (const item of hotline.receive()) {
    await item.ack()
    if (item.kind === 'event' && item.event.type === 'accept') {
      const [{ ref = '' } = {}] = await hotline.threads({ idPrefix: item.thread.id })
      left.delete(ref)
    }
    if (left.size === 0) break
  }
  await ngo[Symbol.asyncDispose]()
  await received
})

test('a gateway keeps its mail, starts and lets a desk enrol', async () => {
  const config = await readConfig(at('hotline', 'gateway'))
  const gateway = await startGateway({ ...config, listen: '127.0.0.1:0', enrolListen: '127.0.0.1:0' })
  expect((await gateway.createToken()).token).toMatch(/^rex-token-/)
  await gateway.drain()
})

test('a backup of a desk is complete; passphrase and recovery kit open it', async () => {
  const file = at('desk.backup')
  for (const credential of [{ passphrase: made.passphrase }, { kit: made.kit }])
    expect(await verifyBackup({ file, ...credential })).toMatchObject({
      referrals: 4,
      peers: 1,
      unreadable: 0,
    })
})

test('a backup of a gateway contains the waiting mail and can be restored', async () => {
  const backup = { file: at('gateway.backup'), kit: made.gatewayKit.join(' ') }
  const { organisation, mailbox } = await verifyGatewayBackup(backup)
  expect(organisation).toBe('https://ngo.example')
  expect(mailbox).toBeGreaterThan(0)
  await restoreBackup(at('restored'), backup)
  const config = await readConfig(at('restored'))
  const gateway = await startGateway({ ...config, listen: '127.0.0.1:0', enrolListen: '127.0.0.1:0' })
  await gateway.drain()
})

test('evidence of the earlier version is still read', () => {
  expect(decodeEvidence(readFileSync(at('evidence.rex')))).toMatchObject({ version: 1 })
})
