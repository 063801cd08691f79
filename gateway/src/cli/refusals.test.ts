// Tests of the errors that `rex-gateway` reports to people and programs. docs/guide/gateway.md, "Errors from the operating system"
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { initGateway } from '../init.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { type RunningGateway, run, runShell, start } from '../testing/process.ts'

const NGO = 'https://ngo.example'
const made = temporaryDirectory()
const dir = ['--dir', made.path]
let running: RunningGateway

beforeAll(async () => {
  await initGateway({ directory: made.path, organisation: NGO, listen: '127.0.0.1:0' })
  running = await start(made.path)
})

afterAll(async () => {
  await running.kill('SIGTERM')
  made[Symbol.dispose]()
})

test('T-153 wrong usage ends with 2, a refusal with 1, and programs get JSON', async () => {
  for (const [code, reason, call] of [
    [2, 'USAGE', ['foo']],
    [2, 'USAGE', ['status', 'extra', ...dir]],
    [2, 'USAGE', ['queue', '--limit', '1', ...dir]],
    [2, 'USAGE', ['desks', 'revoke', ...dir]],
    [2, 'USAGE', ['init', ...dir, '--organisation', NGO]],
    [1, 'NOT_FOUND', ['retry', 'https://nobody.example', ...dir]],
    [1, 'NOT_FOUND', ['desks', 'revoke', 'ffffffff', ...dir]],
    [2, 'USAGE', ['token', '--name', 'two\nlines', ...dir]],
    [1, 'POLICY_REFUSED', ['reset', ...dir]],
    [1, 'STORE_IN_USE', ['restore', ...dir]],
    [1, 'CONFIG_INVALID', ['peers', '--dir', join(made.path, 'nowhere')]],
  ] as const) {
    const result = await run(...call, '--json')
    expect({ ...result, err: JSON.parse(result.err) }).toMatchObject({
      code,
      out: '',
      err: { error: { reason, exitCode: code, message: expect.any(String), hint: expect.any(String) } },
    })
    const said = await run(...call)
    expect(said).toMatchObject({ code, out: '', err: expect.not.stringContaining('{"error"') })
    expect(said.err).not.toContain('sending program')
  }
})

test('T-153 help that a full disk does not accept ends with 1', async () => {
  for (const call of ['--help', '--version', 'init --help'])
    expect(await runShell(`"$0" "$1" ${call} > /dev/full`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('ENOSPC'),
    })
  expect(await run('--help')).toMatchObject({ code: 0, err: '' })
})

test('T-146 status of a gateway that does not answer ends with 2 and gives the reason', async () => {
  const nowhere = await run('status', '--json', '--dir', join(made.path, 'nowhere'))
  expect(nowhere.code).toBe(2)
  expect(JSON.parse(nowhere.out)).toEqual({
    problems: [
      { code: 'gateway-down', severity: 'critical', message: expect.stringContaining('no such file') },
    ],
  })
})

test('T-153 init ends with an error if the system refuses a new directory', async () => {
  const call = [
    'init',
    '--organisation',
    NGO,
    '--listen',
    '127.0.0.1:0',
    '--dir',
    '/proc/rex/gateway',
  ] as const
  expect(await run(...call)).toMatchObject({ code: 1, err: expect.stringContaining('cannot be created') })
})

test('T-146 a gateway with the keys of another organisation does not start', async () => {
  using other = temporaryDirectory()
  await initGateway({ directory: other.path, organisation: NGO, listen: '127.0.0.1:0' })
  const file = join(other.path, 'gateway.json')
  const config = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...config, organisation: 'https://other.example' }))
  expect(await run('start', '--dir', other.path)).toMatchObject({
    code: 1,
    err: expect.stringContaining('not a certificate of https://other.example'),
  })
})
