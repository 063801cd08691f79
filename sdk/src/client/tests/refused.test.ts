// T-136 T-146: a desk that its own gateway refuses reports the reason and the remedy. docs/spec/mailbox.md, "Desk credentials"
import { join } from 'node:path'
import { initGateway } from '@rex/gateway'
import { expect, test, vi } from 'vitest'
import { buildReferral } from '../../testing/referral.ts'
import { enrolDesk } from '../recovery/restore.ts'
import { openAgain, PASSPHRASE, type Party, revokeAll, startAgain, withParties } from './harness/parties.ts'

let hotline: Party
let ngo: Party
const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

/** Waits until a party's desk reports a problem with this code, and returns the problem. */
const problem = ({ desk }: Party, code: string) =>
  vi.waitFor(
    async () => {
      const found = (await desk.health()).problems.find((one) => one.code === code)
      expect(found).toBeDefined()
      return found
    },
    { timeout: 60_000 },
  )

test('T-136 REX-MBX-106 a revoked desk is told so, can no longer sign, and works again with a new token', async () => {
  const receiving = hotline.desk.receive()[Symbol.asyncIterator]().next()
  receiving.catch(() => {})
  await revokeAll(hotline.gateway)
  const stopped = { reason: 'UNAUTHENTICATED', message: expect.stringContaining('revoked') }
  await expect(receiving).rejects.toMatchObject(stopped)
  const revoked = { severity: 'critical', message: expect.stringContaining('rex-desk enrol') }
  expect(await problem(hotline, 'desk-revoked')).toMatchObject(revoked)
  await hotline.desk[Symbol.asyncDispose]()
  hotline.desk = await openAgain(hotline.directory)
  expect(await problem(hotline, 'desk-revoked')).toMatchObject(revoked)
  const codes = (await hotline.desk.health()).problems.map(({ code }) => code)
  expect(codes).not.toContain('gateway-unreachable')
  await expect(hotline.desk.send(buildReferral(), { to: ngo.id })).rejects.toMatchObject({
    reason: 'UNAUTHENTICATED',
    message: expect.stringContaining('revoked'),
    hint: expect.stringContaining('new token'),
  })
  await hotline.desk[Symbol.asyncDispose]()
  const { token } = await hotline.gateway.createToken()
  await enrolDesk({ directory: join(hotline.directory, 'desk'), passphrase: PASSPHRASE, token })
  hotline.desk = await openAgain(hotline.directory)
  await hotline.desk.caughtUp()
  expect((await hotline.desk.health()).problems).toEqual([])
})

test('T-146 the gateway of another organisation at the address is identified', async () => {
  await ngo.gateway.drain()
  const directory = join(root, 'stranger')
  await initGateway({ directory, organisation: 'https://stranger.example', listen: '127.0.0.1:0' })
  await startAgain(ngo, () => ({}), directory)
  expect(await problem(ngo, 'gateway-other-keys')).toMatchObject({
    severity: 'critical',
    message: expect.stringContaining('belongs to another organisation'),
  })
})
