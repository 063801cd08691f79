// Tests that a displaced desk does not take the mailbox back by accident (T-147). docs/guide/rex-desk.md
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, rexDesk, runDesk, startGateway } from '../testing/harness/commands.ts'

let directory: string
let gateway: Running
const at = (name: string) => join(directory, name)
const desk = (name: string, ...parameters: string[]) =>
  runDesk([...parameters, '--dir', at(name), '--passphrase-file', at('passphrase')])

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rex-take-over-'))
  await writeFile(at('passphrase'), 'correct horse battery staple\n', { mode: 0o600 })
  const started = await startGateway(at('gateway'), 'https://hotline.example')
  gateway = started
  const made = await rexDesk(
    ['init', '--name', 'Hotline', '--dir', at('old'), '--passphrase-file', at('passphrase')],
    { input: started.token },
  )
  expect(made).toMatchObject({ code: 0 })
}, 180_000)

afterAll(async () => {
  gateway.child.kill('SIGKILL')
  await gateway.ended
  await rm(directory, { recursive: true })
})

test('T-147 a takeover names the desk that it would shut out, and requires confirmation', async () => {
  expect(await desk('old', 'inbox')).toMatchObject({ code: 0 })
  await cp(at('old'), at('new'), { recursive: true })
  expect(await desk('new', 'restore', '--yes')).toMatchObject({ code: 0 })
  expect(await desk('new', 'inbox')).toMatchObject({ code: 0 })
  const refused = await desk('old', 'inbox')
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('has held the mailbox since') })
  const [credential = ''] = /[0-9a-f]{16}/.exec(refused.stderr) ?? []
  const asked = await desk('old', 'inbox', '--take-over')
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining(`--shut-out ${credential}`) })
  expect(asked.stderr).toContain('That desk will be shut out')
  expect(await desk('old', 'inbox', '--take-over', '--shut-out', '0123456789abcdef')).toMatchObject({
    code: 2,
  })
  expect(await desk('new', 'inbox')).toMatchObject({ code: 0 })
  expect(await desk('old', 'inbox', '--take-over', '--shut-out', credential)).toMatchObject({ code: 0 })
  expect(await desk('new', 'inbox')).toMatchObject({ code: 1 })
  expect(await desk('new', 'status', '--json')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"exitCode":2'),
  })
}, 180_000)

test('T-146 status of a desk that cannot be opened is critical', async () => {
  expect(await desk('nowhere', 'status')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no keystore'),
  })
  await symlink('circle', at('circle'))
  const circle = await desk('circle', 'status', '--json')
  expect({ ...circle, stderr: JSON.parse(circle.stderr) }).toMatchObject({
    code: 2,
    stderr: { error: { reason: 'CONFIG_INVALID', message: expect.stringContaining('form a loop') } },
  })
})

test('T-147 an unreadable directory may contain a desk, so no new desk is made there', async () => {
  const { token } = gateway as unknown as { token: string }
  const made = await runDesk(
    ['init', '--name', 'X', '--dir', at('circle'), '--passphrase-file', at('passphrase')],
    { input: token },
  )
  expect(made).toMatchObject({ code: 1, stderr: expect.stringContaining('The desk cannot be read.') })
  expect((await desk('circle', 'inbox')).stderr).not.toContain('rex-desk init')
})
