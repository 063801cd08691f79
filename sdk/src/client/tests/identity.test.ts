// An organisation has one identity: no mistake creates a second one (T-147). docs/spec/mailbox.md, "Enrolment"
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { enrol } from '../gateway/enrol.ts'
import { initDesk } from '../init.ts'
import { enrolDesk } from '../recovery/restore.ts'
import { openAgain, PASSPHRASE, type Party, withParties } from './harness/parties.ts'

vi.setConfig({ testTimeout: 60_000 })

let hotline: Party
let ngo: Party

const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const tokenOf = async ({ gateway }: Party) => (await gateway.createToken()).token

test('T-147 a second desk is refused with the way back, and the token is still good for the first', async () => {
  const token = await tokenOf(hotline)
  const second = { directory: join(root, 'second'), token, name: 'Second', passphrase: PASSPHRASE }
  await expect(initDesk(second)).rejects.toMatchObject({
    reason: 'ALREADY_EXISTS',
    hint: expect.stringContaining('rex-desk restore'),
  })
  await hotline.desk[Symbol.asyncDispose]()
  await enrolDesk({ directory: join(hotline.directory, 'desk'), passphrase: PASSPHRASE, token })
  hotline.desk = await openAgain(hotline.directory)
  await hotline.desk.caughtUp()
})

test('T-147 a desk with another identity does not enrol either, and the token is still good', async () => {
  const token = await tokenOf(hotline)
  await expect(enrol(token, { purpose: 'again', entitySeed: randomBytes(32) })).rejects.toMatchObject({
    reason: 'STATEMENT_INVALID',
    hint: expect.stringContaining('backup'),
  })
  await hotline.desk[Symbol.asyncDispose]()
  await enrolDesk({ directory: join(hotline.directory, 'desk'), passphrase: PASSPHRASE, token })
  hotline.desk = await openAgain(hotline.directory)
  await hotline.desk.caughtUp()
})

test('T-147 a token of another organisation is refused before it is used, and nothing of the desk has changed', async () => {
  const token = await tokenOf(ngo)
  await hotline.desk[Symbol.asyncDispose]()
  await expect(
    enrolDesk({ directory: join(hotline.directory, 'desk'), passphrase: PASSPHRASE, token }),
  ).rejects.toMatchObject({ reason: 'PEER_MISMATCH', hint: expect.stringContaining('your own gateway') })
  hotline.desk = await openAgain(hotline.directory)
  await hotline.desk.caughtUp()
})
