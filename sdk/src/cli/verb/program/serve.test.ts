// Tests of `rex-desk serve` as a process, with a real desk and a real gateway. docs/guide/service.md
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect as connectTo, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  eventOf,
  example,
  next,
  PASSPHRASE,
  type Party,
  withParties,
} from '../../../client/tests/harness/parties.ts'
import { connect, serve } from '../../../service/index.ts'
import { firstLine, rexDesk, runDesk, startDesk } from '../../../testing/harness/commands.ts'
import { programAt } from '../../../testing/harness/programs/path.ts'

let ngo: Party
let hotline: Party
const root = withParties(['ngo', 'hotline'], async (made) => {
  ;[ngo, hotline] = made as [Party, Party]
  await ngo.desk[Symbol.asyncDispose]()
  writeFileSync(join(root, 'passphrase'), PASSPHRASE, { mode: 0o600 })
})
const BIN = programAt('sdk/bin/rex-desk.js')
const desk = () => join(ngo.directory, 'desk')
const at = () => ['--dir', desk(), '--passphrase-file', join(root, 'passphrase')]

/** Starts the service, and ends it after the test, even if the test fails. */
function serving(...options: string[]) {
  const service = startDesk(['serve', ...options, ...at()])
  onTestFinished(() => void service.child.kill('SIGKILL'))
  return service
}

test('a desk has one service: a second one says which process has it, and one that was killed is in nobody’s way', async () => {
  const first = serving('--json')
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
  const again = serving()
  expect(await firstLine(again.child)).toBe(`Serving ${ngo.id} on ${socket}.`)
  again.child.kill('SIGTERM')
  expect(await again.ended).toMatchObject({ code: 0 })
  expect(existsSync(socket)).toBe(false)
})

test('a service that starts while another does never gets the same desk', async () => {
  const elsewhere = join(root, 'elsewhere')
  mkdirSync(elsewhere)
  await using other = await serve({ desk: hotline.desk, directory: elsewhere, log: () => {} })
  // The socket may not exist yet.
  let calls = 0
  const socket = join(desk(), 'service.sock')
  const between = createServer((caller) => {
    calls += 1
    if (calls === 1) caller.destroy()
    else caller.pipe(connectTo(other.socket)).pipe(caller)
  }).listen(socket)
  onTestFinished(() => void between.close())
  await once(between, 'listening')
  const service = serving()
  expect(await firstLine(service.child)).toBe(`Serving ${ngo.id} on ${socket}.`)
  expect(calls).toBe(1)
  service.child.kill('SIGTERM')
  await service.ended
})

test('commands use the running service without a passphrase, also inside the program of receive', async () => {
  const service = serving('--json', '--listen', '127.0.0.1:0')
  const { urls } = JSON.parse(await firstLine(service.child))
  const used = ['--dir', desk(), '--json']
  const added = await runDesk(['token', 'add', 'case-system', '--scope', 'read', '--expires', '2d', ...used])
  const { token } = JSON.parse(added.stdout)
  await using remote = await connect({ url: urls[0], token })
  expect([added.stderr, remote.organisation]).toEqual(['', ngo.id])
  const sent = await hotline.desk.send(example('victim-support-grooming'), { to: ngo.id, ref: 'H-1' })
  const program = accepting()
  const received = await runDesk(['receive', '--once', '--exec', `sh ${program}`, ...used])
  expect(received).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(received.stdout)).toMatchObject({
    kind: 'referral',
    settled: 'ack',
    thread: { id: sent.id },
  })
  await next(hotline.desk, eventOf(sent.id, 'accept'))
  const shown = await runDesk(['show', sent.id.slice(0, 8), ...used])
  expect(JSON.parse(shown.stdout)).toMatchObject({ tracks: [{ view: { state: 'accepted' } }] })
  expect(await runDesk(['inbox', '--take-over', ...used])).toMatchObject({ code: 2, stdout: '' })
  const listed = await runDesk(['token', 'list', ...used])
  expect(JSON.parse(listed.stdout)).toMatchObject({ name: 'case-system', scopes: ['read'] })
  expect(await runDesk(['token', 'revoke', 'case-system', ...used])).toMatchObject({ code: 0 })
  await expect(remote.threads()).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' })
  const audited = await runDesk(['audit', '--thread', sent.id, ...used])
  const records = audited.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(records).toContainEqual(
    expect.objectContaining({ what: 'begin', operation: 'accept', door: 'socket', on: { thread: sent.id } }),
  )
  service.child.kill('SIGTERM')
  const { code, stderr } = await service.ended
  expect(code).toBe(0)
  const verified = JSON.parse((await runDesk(['audit', '--verify', ...used])).stdout)
  expect(verified).toMatchObject({ verified: true, open: [], faults: [] })
  const cut = await runDesk(['audit', '--verify', '--known', `1:${'0'.repeat(64)}`, ...used])
  expect([cut.code, JSON.parse(cut.stdout).faults]).toEqual([1, ['Record 1 is not the one that was noted.']])
  expect(stderr).toContain(verified.last)
  const log = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(log).toContainEqual(
    expect.objectContaining({ operation: 'accept', actor: userInfo().username, thread: sent.id }),
  )
})

/** Writes a program that accepts the referral of its item. */
function accepting(): string {
  const program = join(root, 'accept.sh')
  const id = `"$(${process.execPath} -p 'JSON.parse(require("fs").readFileSync(0)).thread.id')"`
  writeFileSync(program, `exec ${process.execPath} ${BIN} accept ${id} --dir ${desk()} --reference N-1`, {
    mode: 0o700,
  })
  return program
}

test('without a service, too, the program of receive calls other verbs; receive ends after its time', async () => {
  const sent = await hotline.desk.send(example('victim-support-grooming'), { to: ngo.id })
  const receive = ['receive', '--timeout', '5', '--exec', `sh ${accepting()}`, '--json', ...at()]
  const { code, stdout, stderr } = await runDesk(receive)
  const [line = ''] = stdout.trim().split('\n')
  expect([code, JSON.parse(line), stderr]).toMatchObject([0, { settled: 'ack', thread: { id: sent.id } }, ''])
  await next(hotline.desk, eventOf(sent.id, 'accept'))
  expect(existsSync(join(desk(), 'service.sock'))).toBe(false)
  expect(await runDesk(['receive', '--timeout', '0', '--exec', 'true', ...at()])).toMatchObject({ code: 2 })
})

test('errors in tokens and addresses are reported before anything is done', async () => {
  const WRONG: readonly (readonly [options: readonly string[], said: string, code?: number])[] = [
    [['serve', '--listen', '8440'], 'Write it like 127.0.0.1:8440'],
    [['serve', '--listen', '127.0.0.1:8440', '--tls-key', 'key.pem'], 'TLS needs a certificate and its key.'],
    [['serve', '--tls-key', 'key.pem', '--tls-certificate', 'a.pem'], 'TLS is for an address.'],
    [['token', 'add', '--scope', 'read'], 'The token has no name.', 2],
    [['token', 'add', 'a'], 'The token has no scope.'],
    [['token', 'add', 'a', '--scope', 'read,owner'], 'Write one or several of read, send, decide, admin'],
    [['token', 'add', 'A', '--scope', 'read'], 'must be a name of at most 63'],
    [['token', 'list'], 'No service runs at', 75],
  ]
  for (const [options, said, code = 2] of WRONG) {
    const { stderr, ...ended } = await runDesk([...options, '--dir', desk()])
    expect({ options, stderr, code: ended.code }).toMatchObject({
      code,
      stderr: expect.stringContaining(said),
    })
  }
})

test('T-154 status reports a relay that cannot reach its database', async () => {
  writeFileSync(join(root, 'database'), `postgres://rex@/casework?host=${root}`, { mode: 0o600 })
  const service = serving('--postgres', join(root, 'database'))
  await firstLine(service.child)
  const status = await vi.waitFor(async () => {
    const found = await runDesk(['status', '--json', '--dir', desk()])
    expect(found).toMatchObject({ code: 2 })
    return JSON.parse(found.stdout)
  }, 20_000)
  expect(status.problems).toContainEqual({
    code: 'relay-stopped',
    severity: 'critical',
    message: expect.stringMatching(/ENOENT.*There is no such socket[.]/),
  })
  service.child.kill('SIGTERM')
  expect(await service.ended).toMatchObject({ code: 0 })
})

test('an unknown group is refused before the desk is opened', async () => {
  const { code, stderr } = await rexDesk(['serve', '--group', 'no-such-group', '--dir', desk()])
  expect(code).toBe(2)
  expect(stderr).toContain('There is no group no-such-group.')
})
