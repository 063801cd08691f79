// The passphrase is lost together with the desk's computer: the recovery kit opens the backup that a rotation made. docs/guide/recovery.md, "The
// desk's computer is lost"
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connect } from '../client/connect.ts'
import { replaceKit } from '../client/keys/access.ts'
import {
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  referralOf,
  withParties,
} from '../client/tests/harness/parties.ts'
import { runDesk } from '../testing/harness/commands.ts'
import { buildReferral } from '../testing/referral.ts'

let hotline: Party
let ngo: Party
const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const secret = (name: string, content: string): string => {
  const path = join(root, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

test('REX-DLV-173 REX-ID-077 restore and backup --verify take the kit instead of the passphrase; another kit opens nothing, and the token stays', async () => {
  const directory = join(hotline.directory, 'desk')
  await hotline.desk[Symbol.asyncDispose]()
  let kit: string[] = []
  await replaceKit({
    directory,
    passphrase: PASSPHRASE,
    keep: (words) => {
      kit = words
    },
  })
  hotline.desk = await openAgain(hotline.directory)
  const backup = join(root, 'backup')
  const { words } = await hotline.desk.rotateEntity({ backup: { file: backup } })
  await hotline.desk[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
  const mine = await ngo.desk.send(buildReferral(), { to: hotline.id })

  const kitFile = ['--kit-file', secret('kit', kit.join(' '))]
  expect(await runDesk(['backup', '--verify', backup, ...kitFile, '--json'])).toMatchObject({ code: 0 })
  const token = secret('token', (await hotline.gateway.createToken()).token)
  const restoring = ['restore', backup, '--dir', directory, '--token-file', token, '--yes']
  const other = ['--kit-file', secret('other', kit.toReversed().join(' '))]
  expect(await runDesk([...restoring, ...other])).toMatchObject({ code: 1 })
  const restored = await runDesk([...restoring, ...kitFile])
  expect(restored).toMatchObject({ code: 0, stderr: expect.stringContaining('rex-desk recover') })
  const passphrase = 'rowboat glacier pumpkin violet'
  const fresh = ['--new-passphrase-file', secret('passphrase', passphrase)]
  expect(await runDesk(['recover', '--dir', directory, ...kitFile, ...fresh])).toMatchObject({ code: 0 })
  hotline.desk = await connect({ directory, unlock: async () => passphrase })
  await next(hotline.desk, referralOf(mine.id))
  expect((await hotline.desk.invite()).words).toEqual(words)
})
