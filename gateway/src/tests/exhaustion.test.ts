// Tests that a gateway without disk space, quota, descriptors or memory refuses work, damages nothing, and recovers (T-079).
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { askGateway } from '../cli/operator.ts'
import { initGateway } from '../init.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { start } from '../testing/process.ts'

const NGO = 'https://ngo.example'
const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0
const mayLimit = spawnSync('prlimit', ['--version']).status === 0
const mayTrace = spawnSync('strace', ['-V']).status === 0
if (!mayMount) console.warn('T-079: file systems are not tried, because mounting needs root.')

async function initialised() {
  const directory = temporaryDirectory()
  await initGateway({ directory: directory.path, organisation: NGO, listen: '127.0.0.1:0' })
  return directory
}

/** Writes something to the gateway's store. */
const keep = (directory: string) => askGateway(directory, (gateway) => gateway.createToken({ name: '' }))

/** Expects that the store lost nothing, is undamaged, and contains as many tokens as were issued. */
async function expectWhole(directory: string, tokens: number): Promise<void> {
  const path = join(directory, 'store.sqlite')
  const store = openSqliteStore(path)
  const { damage } = store
  await store[Symbol.asyncDispose]()
  const db = new DatabaseSync(path, { readOnly: true })
  const { n } = db.prepare('SELECT count(*) AS n FROM token').get() ?? {}
  db.close()
  expect({ damage, n }).toEqual({ damage: undefined, n: tokens })
}

/**
 * Creates a mount namespace and runs `line` in it for the directory `"$0"`. `root`: path at which other processes see the
 * namespace's files.
 */
async function namespace(directory: string, line: string) {
  const script = `${line} && echo ready && exec sleep infinity`
  const holder = spawn('unshare', ['-m', 'sh', '-c', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  const within = ['nsenter', '-m', '-t', `${holder.pid}`]
  return {
    within,
    root: `/proc/${holder.pid}/root${directory}`,
    run: (program: string, ...args: string[]) =>
      expect(spawnSync('nsenter', [...within.slice(1), program, ...args]).status).toBe(0),
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL')
      await once(holder, 'close')
    },
  }
}

test.skipIf(!mayMount)(
  'T-079 when a small disk is full, the gateway refuses, keeps running, and accepts again when there is room',
  async () => {
    using directory = await initialised()
    const mount =
      'cp -a "$0" "$0.kept" && mount -t tmpfs -o size=2m none "$0" && cp -a "$0.kept/." "$0" && rm -r "$0.kept"'
    await using disk = await namespace(directory.path, mount)
    await using gateway = await start(directory.path, disk.within)
    await keep(disk.root)
    const filler = join(disk.root, 'filler')
    expect(() => writeFileSync(filler, Buffer.alloc(4 * 1024 ** 2))).toThrow('ENOSPC')
    // Repeat, because the last block of the write-ahead log may still have free space.
    let given = 1
    const refused = async () => {
      for (;;) {
        await keep(disk.root)
        given += 1
      }
    }
    await expect(refused()).rejects.toMatchObject({ reason: 'STORE_FULL' })
    await expect(keep(disk.root)).rejects.toMatchObject({ reason: 'STORE_FULL' })
    const { problems } = await askGateway(disk.root, (asked) => asked.getStatus({}))
    expect(problems.map(({ code }) => code)).toContain('disk-low')
    rmSync(filler)
    await keep(disk.root)
    await gateway.kill('SIGKILL')
    cpSync(disk.root, join(directory.path), { recursive: true, filter: (path) => !path.endsWith('.sock') })
    await expectWhole(directory.path, given + 1)
  },
)

test.skipIf(!mayMount)(
  'T-079 on a read-only file system, the gateway does not start and says why; it starts once it can write',
  async () => {
    using directory = await initialised()
    await (await start(directory.path)).kill('SIGTERM')
    const before = readdirSync(directory.path)
    await using disk = await namespace(
      directory.path,
      'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"',
    )
    const ended = await start(directory.path, disk.within).catch((error: Error) => error.message)
    expect(ended).toContain('ended with 1: ')
    expect(ended).toContain(`"The store cannot be opened. The file system is read-only: ${directory.path}"`)
    expect(readdirSync(directory.path)).toEqual(before)
    disk.run('mount', '-o', 'remount,bind,rw', directory.path)
    await using gateway = await start(directory.path, disk.within)
    await keep(directory.path)
    await gateway.kill('SIGTERM')
    await expectWhole(directory.path, 1)
  },
)

/** Makes every write of a process to files fail with an error until the result is disposed of. */
async function failing({ pid }: { readonly pid: number }, error: string): Promise<AsyncDisposable> {
  const trace = ['-f', '-p', `${pid}`, '-o', '/dev/null', '-e', 'trace=pwrite64']
  const strace = spawn('strace', [...trace, '-e', `inject=pwrite64:error=${error}`])
  const left = once(strace, 'close')
  await once(strace.stderr, 'data')
  return {
    async [Symbol.asyncDispose]() {
      strace.kill('SIGTERM')
      await left
    },
  }
}

test.skipIf(!mayTrace).each(['EDQUOT', 'ENOSPC'])(
  'T-079 when writes fail with %s, a running gateway refuses, says so, and accepts again when there is room',
  async (error) => {
    using directory = await initialised()
    await using gateway = await start(directory.path)
    await keep(directory.path)
    {
      await using _ = await failing(gateway, error)
      await expect(keep(directory.path)).rejects.toMatchObject({ reason: 'STORE_FULL' })
      await expect(keep(directory.path)).rejects.toMatchObject({ reason: 'STORE_FULL' })
      const { problems } = await askGateway(directory.path, (asked) => asked.getStatus({}))
      expect(problems.map(({ code }) => code)).toContain('disk-low')
    }
    await keep(directory.path)
    const { problems } = await askGateway(directory.path, (asked) => asked.getStatus({}))
    expect(problems.map(({ code }) => code)).not.toContain('disk-low')
    await gateway.kill('SIGKILL')
    await expectWhole(directory.path, 2)
  },
)

test.skipIf(!mayTrace).each(['EROFS', 'ENOMEM'])(
  'T-079 when writes fail with %s, a running gateway acknowledges nothing more, exits, and continues after a restart',
  async (error) => {
    using directory = await initialised()
    const broken = await start(directory.path)
    await keep(directory.path)
    await using _ = await failing(broken, error)
    await expect(keep(directory.path)).rejects.toMatchObject({ retryable: true })
    const { code, err } = await broken.ended
    expect([code, err]).toEqual([1, expect.stringContaining('The store can no longer be read or written.')])
    await using again = await start(directory.path)
    await keep(directory.path)
    await again.kill('SIGTERM')
    await expectWhole(directory.path, 2)
  },
)

const limit = (pid: number, resource: string, value: string) =>
  expect(spawnSync('prlimit', ['--pid', `${pid}`, `--${resource}=${value}:`]).status).toBe(0)

test.skipIf(!mayLimit)(
  'T-079 at the maximum file size, the gateway acknowledges nothing more and exits; it continues without the limit',
  async () => {
    using directory = await initialised()
    const limited = await start(directory.path)
    await keep(directory.path)
    limit(limited.pid, 'fsize', '16384')
    await expect(keep(directory.path)).rejects.toMatchObject({ retryable: true })
    expect((await limited.ended).code).toBe(1)
    await using again = await start(directory.path)
    await keep(directory.path)
    await again.kill('SIGKILL')
    await expectWhole(directory.path, 2)
  },
)

/** Returns whether anything arrives within half a second. Waits, because no event reports that nothing arrives. */
const gatewayAnswers = (client: Socket) =>
  Promise.race([once(client, 'data').then(() => true), delay(500).then(() => false)])

test.skipIf(!mayLimit)(
  'T-079 without a free file descriptor, connections wait and the gateway keeps running; it accepts them when there are more',
  async () => {
    using directory = await initialised()
    await using gateway = await start(directory.path)
    await keep(directory.path)
    limit(gateway.pid, 'nofile', '3')
    const client = connect(join(directory.path, 'admin.sock'))
    await once(client, 'connect')
    const waiting = keep(directory.path)
    expect(await gatewayAnswers(client)).toBe(false)
    limit(gateway.pid, 'nofile', '1024')
    await waiting
    await gateway.kill('SIGKILL')
    await expectWhole(directory.path, 2)
  },
)
