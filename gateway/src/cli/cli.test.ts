import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fromPem } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { initGateway } from '../init.ts'
import { enrol } from '../testing/desk.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { run, runShell, runUnder, type Settings, start } from '../testing/process.ts'

const NGO = 'https://ngo.example'

async function made() {
  const directory = temporaryDirectory()
  const dir = join(directory.path, 'gateway')
  await initGateway({ directory: dir, organisation: NGO, listen: '127.0.0.1:0' })
  return { dir, [Symbol.dispose]: () => directory[Symbol.dispose]() }
}

test('init, start, status, token, peers, queue, retry and a clean stop work', async () => {
  using directory = temporaryDirectory()
  const gateway = { dir: join(directory.path, 'gateway') }
  const init = ['--organisation', NGO, '--listen', '127.0.0.1:0', '--dir', gateway.dir]
  const ended = await run('init', ...init)
  expect(ended.code, ended.err).toBe(0)
  expect(ended.out).toContain('rex-gateway start')
  expect(statSync(gateway.dir).mode & 0o077).toBe(0)
  const stopped = await run('status', '--dir', gateway.dir, '--json')
  expect(stopped.code).toBe(2)
  expect(JSON.parse(stopped.out)).toMatchObject({ running: false, problems: [{ severity: 'critical' }] })

  const running = await start(gateway.dir)
  const status = await run('status', '--dir', gateway.dir)
  expect(status).toMatchObject({
    code: 1,
    out: expect.stringContaining('The desk has not published the keys and addresses of your organisation'),
  })
  expect((await run('token', '--dir', gateway.dir)).out).toMatch(/^rex-token-[\w-]+\n$/)
  expect((await run('peers', '--dir', gateway.dir)).out).toContain('No organisation is paired yet')
  expect(JSON.parse((await run('queue', '--dir', gateway.dir, '--json')).out)).toEqual({
    queued: [],
    total: 0,
  })
  expect((await run('retry', '--dir', gateway.dir)).code).toBe(0)

  const second = await run('start', '--dir', gateway.dir)
  expect(second).toMatchObject({ code: 1, err: expect.stringContaining('Another process uses this store.') })
  expect((await run('restore', '--dir', gateway.dir)).err).toContain('Another process uses this store.')
  expect((await running.kill('SIGTERM')).code).toBe(0)
  expect(await run('restore', '--dir', gateway.dir)).toMatchObject({
    code: 0,
    out: expect.stringContaining('rex-gateway start'),
  })
  expect(statSync(join(gateway.dir, 'store.sqlite')).mode & 0o077).toBe(0)
})

test('T-136 desks are listed with their names, and the first digits are enough to revoke one', async () => {
  using gateway = await made()
  await using running = await start(gateway.dir)
  const at = ['--dir', gateway.dir]
  expect((await run('desks', ...at)).out).toContain('No desk is enrolled yet')
  const bad = await run('token', '--name', 'two\nlines', ...at)
  expect(bad).toMatchObject({ code: 2, err: expect.stringContaining('one line and at most 100 characters') })
  const { token, id } = JSON.parse((await run('token', '--name', 'front desk', '--json', ...at)).out)
  const authority = fromPem(
    'CERTIFICATE',
    readFileSync(join(gateway.dir, 'keys/authority.pem'), 'utf8'),
    'authority',
  )
  await enrol(token, { organisation: NGO, address: running.address, authority })
  const [desk] = JSON.parse((await run('desks', '--json', ...at)).out).desks
  expect(desk).toMatchObject({ name: 'front desk', token: id, revokedMs: 0, chain: '' })
  expect((await run('desks', ...at)).out).toMatch(
    new RegExp(`${desk.credential.slice(0, 16)} +front desk .*may connect`),
  )
  expect(await run('desks', 'revoke', 'ffffffff', ...at)).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no such credential.'),
  })
  const revoked = await run('desks', 'revoke', desk.credential.slice(0, 8), '--json', ...at)
  expect(JSON.parse(revoked.out)).toMatchObject({ credential: desk.credential })
  expect((await run('desks', ...at)).out).toContain('revoked 20')
})

test('a port in use, a bad configuration and readable keys are refused with a hint', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  using gateway = await made()
  const file = join(gateway.dir, 'gateway.json')
  const config = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...config, listen: `127.0.0.1:${port}` }))
  expect(await run('start', '--dir', gateway.dir)).toMatchObject({
    code: 1,
    err: expect.stringContaining(`127.0.0.1:${port}: The address is in use.`),
  })
  other.close()
  writeFileSync(file, JSON.stringify({ ...config, limit: {} }))
  expect((await run('start', '--dir', gateway.dir)).err).toContain('Did you mean limits?')
  writeFileSync(file, JSON.stringify(config))
  chmodSync(join(gateway.dir, 'keys', 'receipt.key'), 0o644)
  expect((await run('start', '--dir', gateway.dir)).err).toContain('chmod 600')
})

test('init never overwrites, and asks for an address that others can reach', async () => {
  using gateway = await made()
  const again = await run('init', '--organisation', NGO, '--listen', '127.0.0.1:0', '--dir', gateway.dir)
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('There is already a gateway') })
  const anywhere = await run(
    'init',
    '--organisation',
    NGO,
    '--listen',
    '0.0.0.0:7443',
    '--dir',
    join(gateway.dir, 'x'),
  )
  expect(anywhere).toMatchObject({ code: 2, err: expect.stringContaining('--endpoint') })
  const nowhere = await run(
    'init',
    '--organisation',
    NGO,
    '--listen',
    '127.0.0.1:0',
    '--dir',
    join(gateway.dir, 'gateway.json', 'x'),
  )
  expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('cannot be created') })
  const wrong = await run(
    'init',
    '--organisation',
    'ngo',
    '--listen',
    '127.0.0.1:0',
    '--dir',
    join(gateway.dir, 'x'),
  )
  expect(wrong.code).toBe(2)
})

test('T-073 T-119 a gateway does not start if a setting would write keys or messages to disk', async () => {
  using gateway = await made()
  const keys = join(gateway.dir, 'tls-keys')
  const refused = async (settings: Settings, setting: string, remedy: string) => {
    const ended = await runUnder(settings, 'start', '--dir', gateway.dir)
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.err).toContain(`rex-gateway: ${setting} would write keys or messages to disk.\n${remedy}`)
  }
  await refused({ execArgv: [`--tls-keylog=${keys}`] }, '--tls-keylog', 'Leave it out')
  await refused(
    { env: { NODE_OPTIONS: `--tls-keylog=${keys}` } },
    'NODE_OPTIONS with --tls-keylog',
    'Unset NODE_OPTIONS',
  )
  await refused({ execArgv: ['--inspect=127.0.0.1:0'] }, '--inspect', 'Leave it out')
  await refused({ env: { NODE_DEBUG: 'tls,http2' } }, 'NODE_DEBUG', 'Unset NODE_DEBUG')
  await refused({ env: { GRPC_TRACE: 'all', GRPC_VERBOSITY: 'DEBUG' } }, 'GRPC_TRACE', 'Unset GRPC_TRACE')
  expect(existsSync(keys)).toBe(false)
})

test('T-127 a gateway does not start if a primitive computes wrong results', async () => {
  using gateway = await made()
  const broken =
    'data:text/javascript,import c from "node:crypto";import{syncBuiltinESMExports as s}from"node:module";c.verify=()=>true;s()'
  const ended = await runUnder({ execArgv: ['--import', broken] }, 'start', '--dir', gateway.dir)
  expect(ended).toMatchObject({ code: 1, out: '' })
  expect(ended.err).toContain('rex-gateway: Ed25519 gives wrong answers here.\nInstall another build of Node')
})

test('T-119 nobody can open a debugger in a running gateway', async () => {
  using gateway = await made()
  const running = await start(gateway.dir)
  process.kill(running.pid, 'SIGUSR1')
  expect((await run('status', '--dir', gateway.dir)).out).toContain(NGO)
  expect(await running.kill('SIGTERM')).toMatchObject({
    code: 0,
    err: expect.not.stringContaining('Debugger'),
  })
})

test.skipIf(process.platform !== 'linux')(
  'T-122 a log whose reader is gone, or whose disk is full, does not stop the gateway',
  async () => {
    using gateway = await made()
    const file = join(gateway.dir, 'gateway.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), log: 'debug' }))
    const full = openSync('/dev/full', 'w')
    for (const stderr of ['pipe', full] as const) {
      const running = await start(gateway.dir, [], stderr)
      running.stderr?.destroy()
      for (let i = 0; i < 3; i++) {
        expect((await run('status', '--dir', gateway.dir)).out).toContain(NGO)
      }
      expect((await running.kill('SIGTERM')).code).toBe(0)
    }
    closeSync(full)
  },
)

test('T-153 when the reader of the output goes away, the exit code stays and a gateway continues', async () => {
  using gateway = await made()
  const ended = await runShell(
    `"$0" "$1" status --dir "$2" --json | true; echo \${PIPESTATUS[0]} >&2`,
    gateway.dir,
  )
  expect(ended.err).toBe('2\n')
  const running = await start(gateway.dir)
  running.stdout?.destroy()
  running.stderr?.destroy()
  process.kill(running.pid, 'SIGHUP')
  expect((await run('status', '--dir', gateway.dir)).out).toContain(NGO)
  expect((await running.kill('SIGTERM')).code).toBe(0)
})

test.skipIf(process.platform !== 'linux')(
  'output that a full disk does not accept is reported, with exit code 1',
  async () => {
    using directory = temporaryDirectory()
    const init = `"$0" "$1" init --organisation ${NGO} --listen 127.0.0.1:0 --dir "$2"`
    const ended = await runShell(`${init} > /dev/full; echo $? >&2`, join(directory.path, 'gateway'))
    expect(ended.err).toBe('rex-gateway: Standard output cannot be written (ENOSPC).\n1\n')
  },
)

test('after SIGHUP, the log continues in a new file', async () => {
  using gateway = await made()
  const file = join(gateway.dir, 'gateway.json')
  const config = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...config, logFile: 'missing/gateway.log' }))
  expect((await run('start', '--dir', gateway.dir)).err).toContain('There is no such file')
  writeFileSync(file, JSON.stringify({ ...config, log: 'debug', logFile: 'gateway.log' }))
  const log = join(gateway.dir, 'gateway.log')
  const running = await start(gateway.dir)
  await expect.poll(() => readFileSync(log, 'utf8')).toContain('"started"')
  renameSync(log, `${log}.1`)
  process.kill(running.pid, 'SIGHUP')
  const reopened = () => existsSync(log) && readFileSync(log, 'utf8')
  await expect.poll(reopened).toContain('"log reopened"')
  expect(statSync(log).mode & 0o077).toBe(0)
  expect(await running.kill('SIGTERM')).toMatchObject({ code: 0, err: '' })
  expect(readFileSync(log, 'utf8')).toContain('"stopped"')
  expect(readFileSync(`${log}.1`, 'utf8')).not.toContain('"stopped"')
})

test.skipIf(process.platform !== 'linux')('T-151 a gateway that could dump core says so once', async () => {
  using gateway = await made()
  const dumping = (limit: string) => ['bash', '-c', `ulimit -c ${limit}; exec "$0" "$@"`]
  for (const [limit, lines] of [
    ['0', 0],
    ['unlimited', 1],
  ] as const) {
    const running = await start(gateway.dir, dumping(limit))
    const { err } = await running.kill('SIGTERM')
    expect(err.split('Core dumps are on')).toHaveLength(lines + 1)
  }
})

test('T-119 a token is never an argument, and help lists the verbs', async () => {
  const help = await run('--help')
  for (const verb of ['init', 'start', 'token', 'desks', 'peers', 'queue', 'retry', 'status'])
    expect(help.out).toContain(verb)
  expect(help.out).not.toMatch(/--(token|secret|password)/)
})
