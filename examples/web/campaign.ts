// Two organisations with the web application, whose workers, services and databases are killed at random: nothing is lost, and nothing
// happens twice. `npm run campaign`; `--seconds 10` is shorter.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { connect, fileUnlock, initDesk } from '@rex/sdk'
import pg from 'pg'
import { type TestPostgres, testPostgres } from '../../sdk/src/testing/harness/postgres.ts'
import { end } from '../network/end.ts'
import { gatewayProcess } from '../network/gateway.ts'
import referral from '../referrals/content-verification.json' with { type: 'json' }

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } })
const APP = fileURLToPath(new URL('./app.ts', import.meta.url))
const COMMAND = fileURLToPath(new URL('../../sdk/bin/rex-desk.js', import.meta.url))
const PASSPHRASE = 'correct horse battery staple, for this campaign only'
const root = await mkdtemp(join(tmpdir(), 'rex-campaign-'))
const log = createWriteStream(join(root, 'log'), { mode: 0o600 })

/** A process that can be killed and restarted. */
interface Kept {
  readonly name: string
  start(): Promise<void>
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** A program that counts as started when it has printed its first line. */
function kept(name: string, parameters: readonly string[]): Kept {
  let child: ChildProcess | undefined
  return {
    name,
    async start() {
      // Restart a program that ends because its database is gone, as a service manager would.
      for (;;) {
        child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...parameters], {
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        child.stderr?.pipe(log, { end: false })
        const gone = once(child, 'exit')
        if (
          (await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), gone.then(() => 0)])) !==
          0
        )
          return
        await pause(300)
      }
    },
    stop: (signal) => end(child, signal),
  }
}

interface Organisation {
  readonly id: string
  readonly directory: string
  readonly database: string
  readonly service: Kept
  readonly apps: readonly Kept[]
  readonly sockets: readonly string[]
  stop(): Promise<void>
}

async function organisation(name: string, server: TestPostgres): Promise<Organisation> {
  const id = `https://${name}.example`
  const directory = join(root, `${name}-desk`)
  const gateway = await gatewayProcess(join(root, `${name}-gateway`), id)
  await gateway.start()
  await initDesk({ directory, token: await gateway.token(), name, passphrase: PASSPHRASE })
  const database = await server.database(name)
  await writeFile(join(root, `${name}-url`), database, { mode: 0o600 })
  const options = [
    '--dir',
    directory,
    '--passphrase-file',
    join(root, 'passphrase'),
    '--postgres',
    join(root, `${name}-url`),
  ]
  const sockets = ['1', '2'].map((number) => join(root, `${name}-${number}.sock`))
  const service = kept(`service of ${name}`, [COMMAND, 'serve', ...options])
  const apps = sockets.map((socket, i) =>
    kept(`worker ${i + 1} of ${name}`, ['--conditions=@rex/source', APP, database, socket]),
  )
  return { id, directory, database, service, apps, sockets, stop: () => gateway.stop() }
}

/** Makes the organisations partners. People would compare six words by telephone. */
async function pair(organisations: readonly Organisation[]): Promise<void> {
  const unlock = fileUnlock(join(root, 'passphrase'))
  const desks = await Promise.all(organisations.map(({ directory }) => connect({ directory, unlock })))
  for (const desk of desks) {
    const { invite } = await desk.invite()
    for (const other of desks) if (other !== desk) await other.pair(invite)
  }
  for (const desk of desks) await desk[Symbol.asyncDispose]()
}

/** Opens a case at one of the workers. Repeats the request until a worker confirms it. */
async function open(number: string, { sockets }: Organisation, to: string): Promise<void> {
  const body = JSON.stringify({ number, referral, to })
  for (let i = 0; ; i++) {
    const status = await new Promise<number>((resolve) => {
      const socketPath = sockets[(Number(number) + i) % sockets.length] as string
      const sent = request({ socketPath, method: 'POST', path: '/cases', timeout: 10_000 }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      sent.on('error', () => resolve(0))
      sent.on('timeout', () => sent.destroy())
      sent.end(body)
    })
    if (status === 201) return
    if (status === 422) throw new Error('The referral was refused.')
    await pause(100)
  }
}

/** Returns the rows of a statement. Waits until the database answers. */
async function ask<Row>(database: string, text: string): Promise<Row[]> {
  for (;;) {
    const client = new pg.Client({ connectionString: database })
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query(text)).rows
    } catch {
      await pause(200)
    } finally {
      await client.end().catch(() => {})
    }
  }
}

await writeFile(join(root, 'passphrase'), PASSPHRASE, { mode: 0o600 })
const server = await testPostgres()
const pairOf = await Promise.all(['hotline', 'safeline'].map((name) => organisation(name, server)))
const [hotline, safeline] = pairOf as [Organisation, Organisation]
await pair(pairOf)
const processes = pairOf.flatMap(({ service, apps }) => [...apps, service])
await Promise.all(processes.map((one) => one.start()))
const database: Kept = { name: 'database', start: server.start, stop: server.kill }

const until = Date.now() + Number(values.seconds) * 1000
const killed: Record<string, number> = {}
let opened = 0
async function kill(): Promise<void> {
  const candidates = [hotline.service, database, ...processes]
  for (let i = 0; Date.now() < until; i++) {
    // Kill the most important processes first, because a campaign may be short. After that, kill any process at any moment.
    const one = (candidates[i] ?? candidates[Math.floor(Math.random() * candidates.length)]) as Kept
    await pause(Math.random() * 1500)
    await one.stop('SIGKILL')
    killed[one.name] = (killed[one.name] ?? 0) + 1
    await one.start()
  }
}
async function refer(): Promise<void> {
  while (Date.now() < until) {
    opened += 1
    await open(String(opened), hotline, safeline.id)
    await pause(10)
  }
}
await Promise.all([kill(), refer(), refer(), refer()])

type Counts = { cases: number; answered: number; twice: number; waiting: number }
const HOTLINE = `SELECT count(*)::int AS cases, count(*) FILTER (WHERE answers = 1)::int AS answered,
  count(*) FILTER (WHERE answers > 1)::int AS twice, (SELECT count(*)::int FROM rex_outbox) AS waiting FROM cases`
const SAFELINE = `SELECT count(*)::int AS cases, count(DISTINCT thread)::int AS answered, 0 AS twice,
  (SELECT count(*)::int FROM rex_outbox) AS waiting FROM received`
let [sent, received]: (Counts | undefined)[] = []
// Wait for everything that is still in transit. A lost message would never arrive.
for (const patience = Date.now() + 120_000; Date.now() < patience; await pause(500)) {
  ;[sent] = await ask<Counts>(hotline.database, HOTLINE)
  ;[received] = await ask<Counts>(safeline.database, SAFELINE)
  if (sent?.answered === opened && sent.waiting + (received?.waiting ?? 1) === 0) break
}
const lost = opened - (sent?.answered ?? 0)
const twice = (sent?.twice ?? 0) + (received?.cases ?? 0) - (received?.answered ?? 0)
const [states] = await ask<{ wrong: number }>(
  hotline.database,
  `SELECT count(*)::int AS wrong FROM rex_thread WHERE state <> 'accepted'`,
)
const ok = opened > 0 && lost === 0 && twice === 0 && received?.answered === opened && states?.wrong === 0
await Promise.all(processes.map((one) => one.stop('SIGTERM')))
await Promise.all(pairOf.map((one) => one.stop()))
await server[Symbol.asyncDispose]()
if (ok) await rm(root, { recursive: true, force: true })
else console.error(`What the programs say: ${root}/log`)
console.log(JSON.stringify({ ok, cases: opened, lost, twice, wrong: states?.wrong, killed }))
process.exit(ok ? 0 : 1)
