// `rex-desk serve`, as a process on a real desk with a real gateway. docs/guide/service.md
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PASSPHRASE, type Party, withParties } from '../../../client/tests/harness/parties.ts'
import { firstLine, rexDesk, runDesk, startDesk } from '../../../testing/harness/commands.ts'

let ngo: Party
const root = withParties(['ngo'], async ([made]) => {
  ngo = made as Party
  await ngo.desk[Symbol.asyncDispose]()
  writeFileSync(join(root, 'passphrase'), PASSPHRASE, { mode: 0o600 })
})
const desk = () => join(ngo.directory, 'desk')
const at = () => ['--dir', desk(), '--passphrase-file', join(root, 'passphrase')]

test('a desk has one service: a second one says which process has it, and one that was killed is in nobody’s way', async () => {
  const first = startDesk(['serve', '--json', ...at()])
  const { pid, socket, organisation } = JSON.parse(await firstLine(first.child))
  expect({ pid, socket, organisation }).toEqual({
    pid: first.child.pid,
    socket: join(desk(), 'service.sock'),
    organisation: ngo.id,
  })
  const second = await runDesk(['serve', ...at()])
  expect(second).toMatchObject({ code: 1, stdout: '' })
  expect(second.stderr).toMatch(`rex-desk: Process ${pid} serves the desk at ${desk()} since 20`)
  first.child.kill('SIGKILL')
  await first.ended
  expect(existsSync(socket)).toBe(true)
  const again = startDesk(['serve', ...at()])
  expect(await firstLine(again.child)).toBe(`Serving ${ngo.id} on ${socket}.`)
  again.child.kill('SIGTERM')
  expect(await again.ended).toMatchObject({ code: 0 })
  expect(existsSync(socket)).toBe(false)
})

test('a group that the computer does not know is refused before the desk is opened', async () => {
  const { code, stderr } = await rexDesk(['serve', '--group', 'no-such-group', '--dir', desk()])
  expect(code).toBe(2)
  expect(stderr).toContain('There is no group no-such-group.')
})
