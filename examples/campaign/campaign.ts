// Two organisations refer cases to each other while every process is killed repeatedly. One has the web application on PostgreSQL, the
// other the Python example. Checks that nothing is lost and nothing happens twice. Run it by `npm run campaign`; `--seconds 10` shortens
// the run, and `--seed` repeats the times of the kills.
import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { testPostgres } from '../../sdk/src/testing/harness/postgres.ts'
import { bundlePrograms } from '../../sdk/src/testing/harness/programs/bundle.ts'
import { type Counts, count } from './count.ts'
import { type Kept, keep, type Mortal, runner } from './kept.ts'
import { APP, makePair, NODE, open, PYTHON, REFERRAL, serving } from './organisations.ts'

/** Duration of a round, in milliseconds. In each round, each process is killed once, at a random time. */
const ROUND_MS = 10_000
/**
 * Pause of each caller after a case, in milliseconds. Without it, there would be more cases than the Python example can
 * process.
 */
const BETWEEN_MS = 1000
/** Maximum time for messages in transit to arrive after the last kill, in milliseconds. */
const PATIENCE_MS = 120_000

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
})
const rounds = Math.max(1, Math.round((Number(values.seconds) * 1000) / ROUND_MS))
const seed = Number(values.seed ?? randomInt(1_000_000))
const root = await mkdtemp(join(tmpdir(), 'rex-campaign-'))
const log = join(root, 'log')

// The services and gateways are the commands as they are released.
const programs = await bundlePrograms({ released: true })
process.env.REX_PROGRAMS = programs
const server = await testPostgres()
const database = await server.database('hotline')
await writeFile(join(root, 'url'), database, { mode: 0o600 })
const { hotline, safeline } = await makePair(root)
const services = [
  keep('service of hotline', serving(hotline, root, '--postgres', join(root, 'url')), log),
  keep('service of safeline', serving(safeline, root), log),
]
const sockets = ['1', '2'].map((number) => join(root, `worker-${number}.sock`))
const workers = sockets.map((socket, i) =>
  keep(`worker ${i + 1}`, [...NODE, '--conditions=@rex/source', APP, database, socket], log),
)
const cases = join(root, 'python.db')
const receiver = keep(
  'python, receiving',
  ['python3', PYTHON, safeline.socket, 'receive', '30000', cases],
  log,
)
const sender = runner('python, sending', log)
const kept: readonly Kept[] = [...workers, ...services, receiver]
const mortals: readonly Mortal[] = [
  ...kept,
  sender,
  ...[hotline, safeline].map(({ name, gateway }) => ({
    name: `gateway of ${name}`,
    kill: () => gateway.kill().then(gateway.start),
  })),
  { name: 'database', kill: () => server.kill().then(server.start) },
]

let [opened, sent] = [0, 0]
async function refer(): Promise<void> {
  opened += 1
  await open(sockets, { number: String(opened), to: safeline.id })
}
async function send(): Promise<void> {
  sent += 1
  const command = ['python3', PYTHON, safeline.socket, 'send', REFERRAL, hotline.id, `P-${sent}`] as const
  while ((await sender.run(command)) !== 0) await pause(100)
}
// Begin to kill only when the first cases are in transit, so that all processes are working.
await Promise.all([refer(), refer(), send()])

const [began, untilMs] = [Date.now(), Date.now() + rounds * ROUND_MS]
const random = randomFrom(seed)
const killed: Record<string, number> = {}
async function killInRounds({ name, kill }: Mortal, moments: readonly number[]): Promise<void> {
  for (const moment of moments) {
    await pause(Math.max(0, began + moment - Date.now()))
    await kill()
    killed[name] = (killed[name] ?? 0) + 1
  }
}
async function repeat(work: () => Promise<void>): Promise<void> {
  while (Date.now() < untilMs) await work().then(() => pause(BETWEEN_MS))
}
const kills = mortals.map((one) =>
  killInRounds(
    one,
    Array.from({ length: rounds }, (_, round) => (round + random()) * ROUND_MS),
  ),
)
await Promise.all([...kills, repeat(refer), repeat(refer), repeat(refer), repeat(send)])

// Wait until the messages in transit have arrived. Lost messages never arrive.
let counts: Counts | undefined
for (const patience = Date.now() + PATIENCE_MS; Date.now() < patience; await pause(500)) {
  counts = await count({ database, cases, service: safeline.socket }, { opened, sent })
  if (counts.lost + counts.waiting === 0) break
}
const failures = Object.fromEntries(
  kept.flatMap(({ name, failures }) => (failures() > 0 ? [[name, failures()]] : [])),
)
const ok = counts !== undefined && Object.values(counts).every((each) => each === 0)
await Promise.all(kept.map((one) => one.stop()))
await Promise.all([hotline, safeline].map(({ gateway }) => gateway.stop()))
await server[Symbol.asyncDispose]()
await rm(programs, { recursive: true })
if (ok) await rm(root, { recursive: true, force: true })
else console.error(`What the programs say: ${root}/log`)
const seconds = Math.round((Date.now() - began) / 1000)
console.log(
  JSON.stringify({ ok, seed, seconds, fromWeb: opened, fromPython: sent, ...counts, killed, failures }),
)
process.exit(ok ? 0 : 1)

/** Returns a generator of numbers from 0 to 1 for a seed (mulberry32). */
function randomFrom(from: number): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
