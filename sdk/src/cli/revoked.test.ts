// T-136: commands of a desk whose credential the operator has revoked. docs/guide/rex-desk.md
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PASSPHRASE, type Party, revokeAll, withParties } from '../client/tests/harness/parties.ts'
import { runDesk } from '../testing/harness/commands.ts'

let hotline: Party
const root = withParties(['hotline'], async ([made]) => {
  hotline = made as Party
  await hotline.desk[Symbol.asyncDispose]()
  writeFileSync(join(root, 'passphrase'), PASSPHRASE, { mode: 0o600 })
})

const run = (...words: string[]) =>
  runDesk([...words, '--dir', join(hotline.directory, 'desk'), '--passphrase-file', join(root, 'passphrase')])

test('T-136 REX-MBX-106 receive stops with the reason, and commands that only read report it', async () => {
  expect(await run('inbox')).toMatchObject({ code: 0, stderr: '' })
  await revokeAll(hotline.gateway)
  const received = await run('receive', '--exec', 'true')
  expect(received).toMatchObject({ code: 1, stdout: '' })
  expect(received.stderr).toMatch(/rex-desk: The operator of your gateway has revoked this desk/)
  expect(received.stderr).toContain('rex-desk enrol')
  const read = await run('inbox')
  expect(read).toMatchObject({ code: 0, stderr: expect.stringContaining('revoked this desk') })
  for (const { stderr } of [received, read]) expect(stderr).not.toMatch(/cannot be reached|does not answer/)
})
