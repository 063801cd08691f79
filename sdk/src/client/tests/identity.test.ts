// An organisation has exactly one identity: no mistake creates a second identity (T-147). docs/spec/mailbox.md, "Enrolment"
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Gateway, initGateway, readConfig, startGateway } from '@rex/gateway'
import { expect, test } from 'vitest'
import { enrol } from '../gateway/enrol.ts'
import { initDesk } from '../init.ts'
import { enrolDesk } from '../recovery/restore.ts'
import { openAgain, PASSPHRASE, type Party, revokeAll, withParties } from './harness/parties.ts'

let hotline: Party
let ngo: Party

const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

/** Starts a gateway whose organisation has no desk yet. */
async function newGateway(name: string): Promise<Gateway> {
  const directory = join(root, name)
  await initGateway({ directory, organisation: `https://${name}.example`, listen: '127.0.0.1:0' })
  return startGateway(await readConfig(directory))
}

const tokenOf = async ({ gateway }: Party) => (await gateway.createToken()).token

test('T-147 a second desk is refused with advice, and the token is still valid for the first', async () => {
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

test('T-147 a desk with another identity is refused too, and the token is still valid', async () => {
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

test('T-147 REX-MBX-085 of two new desks, the second is refused even before the first has published anything', async () => {
  const gateway = await newGateway('twice')
  const desk = async (directory: string) => ({
    ...{ directory: join(root, directory), name: 'Twice (test)', passphrase: PASSPHRASE },
    token: (await gateway.createToken()).token,
  })
  await initDesk(await desk('first'))
  const second = await desk('second-of-two')
  await expect(initDesk(second)).rejects.toMatchObject({
    reason: 'ALREADY_EXISTS',
    message: expect.stringMatching(/credential [0-9a-f]{16}\), .*desks revoke/),
  })
  expect(await readdir(second.directory)).toEqual([])
  await revokeAll(gateway)
  await initDesk(second)
  await gateway.drain()
})

test('T-147 REX-MBX-085 an interrupted creation of a desk can be repeated with the same identity', async () => {
  const gateway = await newGateway('interrupted')
  const directory = join(root, 'interrupted-desk')
  const whose = { directory, name: 'Interrupted (test)', passphrase: PASSPHRASE }
  const { token } = await gateway.createToken()
  const first = await initDesk({ ...whose, token })
  // Leave the directory as if the first run had died after it enrolled but before it wrote the keystore.
  await mkdir(join(directory, 'begun'), { mode: 0o700 })
  await rename(join(directory, 'keystore.json'), join(directory, 'begun', 'keystore.json'))
  const again = (await gateway.createToken()).token
  const other = { ...whose, passphrase: 'another horse battery staple', token: again }
  await expect(initDesk(other)).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
  expect(await initDesk({ ...whose, token: again })).toEqual({
    ...first,
    kit: expect.not.arrayContaining(first.kit),
  })
  expect(await readdir(directory)).not.toContain('begun')
  await gateway.drain()
})
