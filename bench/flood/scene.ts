// Sets up the floods: starts a gateway as operators run it, two neighbours and an attacker. docs/guide/benchmark.md, "Floods"
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { residentMemory, startChild } from '../measure/child.ts'
import { type GatewayProcess, makeGateway, startGateway } from '../network/gateway.ts'
import type { AttackerRole, FloodName } from './attacker.ts'
import { ATTACKER } from './floods.ts'
import type { Exchange, NeighboursRole } from './neighbours.ts'
import type { FloodFigures, Phase } from './report.ts'

const ORGANISATION = 'https://flooded.example'
const WARM_MS = 3000
/** Maximum time to wait for a process to end. Milliseconds. */
const CLOSE_MS = 8000
const SAMPLE_MS = 50
const TICKS_PER_SECOND = 100

/** Duration of each phase of a flood, milliseconds. */
interface Parts {
  readonly before: number
  readonly during: number
  readonly after: number
}

/** The running gateway, its neighbours and the attacker. */
interface Scene extends AsyncDisposable {
  /** Runs a flood and measures before, during and after. */
  flood(name: FloodName, parts: Parts): Promise<FloodFigures>
}

/** Creates, starts and pairs all parties. */
export async function openScene(): Promise<Scene> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-flood-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const port = await freePorts()
  const address = `127.0.0.1:${port}`
  const victim = { organisation: ORGANISATION, address, enrolAddress: `127.0.0.1:${port + 1}` }
  await makeGateway(directory, ORGANISATION, address)
  let gateway: GatewayProcess = await startGateway(directory)
  undo.defer(() => gateway[Symbol.asyncDispose]())
  const neighbours = undo.use(startChild<NeighboursRole>(new URL('./neighbours.ts', import.meta.url)))
  const attacker = undo.use(startChild<AttackerRole>(new URL('./attacker.ts', import.meta.url)))
  const statement = await neighbours.ask('start', { ...victim, directory, token: await gateway.token() })
  await neighbours.ask('pairAttacker', await attacker.ask('start', statement))
  await neighbours.ask('exchange', WARM_MS)

  async function phase(ms: number): Promise<Phase> {
    const watch = await watchProcess(gateway.pid)
    const exchange = await neighbours.ask('exchange', ms)
    return { ...figuresOf(exchange), ...(await watch.stop()) }
  }

  /** During some floods, restarts the gateway or enrols a desk, and returns how long that took. */
  async function beside(name: FloodName): Promise<Pick<FloodFigures, 'backMs' | 'enrolledMs'>> {
    if (name === 'silent sockets') return { backMs: await neighbours.ask('comeBack', undefined) }
    if (name === 'junk enrolments' || name === 'half-open handshakes')
      return { enrolledMs: await neighbours.ask('enrol', await gateway.token()) }
    if (name === 'unasked outcomes') await neighbours.ask('sendTo', ATTACKER)
    return {}
  }

  const opened = undo.move()
  return {
    async flood(name, parts) {
      const before = await phase(parts.before)
      if (name === 'silent sockets') {
        await gateway[Symbol.asyncDispose]()
        gateway = await startGateway(directory)
      }
      await attacker.ask('flood', { name, ...victim })
      const seen = await beside(name)
      const during = await phase(parts.during)
      const done = await attacker.ask('stop', undefined)
      const after = await phase(parts.after)
      return { before, during, after, done, ...seen }
    },
    async [Symbol.asyncDispose]() {
      process.kill(gateway.pid, 'SIGKILL')
      await Promise.race([opened.disposeAsync(), sleep(CLOSE_MS, undefined, { ref: false })])
    },
  }
}

function figuresOf({ latencies, missing }: Exchange): Omit<Phase, 'memoryMB' | 'cpu'> {
  const at = (part: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(part * latencies.length))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), envelopes: latencies.length, missing }
}

/** Measures memory and processor time of a process. */
async function watchProcess(pid: number) {
  const began = performance.now()
  const cpuBefore = await cpuSeconds(pid)
  const watching = new AbortController()
  let memoryMB = 0
  const watched = (async () => {
    do {
      memoryMB = Math.max(memoryMB, (await residentMemory(pid)).nowMB)
      await sleep(SAMPLE_MS)
    } while (!watching.signal.aborted)
  })()
  return {
    async stop() {
      watching.abort()
      await watched
      const seconds = (performance.now() - began) / 1000
      return { memoryMB, cpu: ((await cpuSeconds(pid)) - cpuBefore) / seconds }
    },
  }
}

/** Returns the processor time used by a process. Linux only; elsewhere NaN. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(stat) ?? []
  return (Number(user) + Number(system)) / TICKS_PER_SECOND
}

/** Returns the first of three consecutive free ports. */
async function freePorts(): Promise<number> {
  for (;;) {
    const port = await portIfFree(0)
    if (port && (await portIfFree(port + 1)) && (await portIfFree(port + 2))) return port
  }
}

async function portIfFree(wanted: number): Promise<number | undefined> {
  const server = createServer().listen(wanted, '127.0.0.1')
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (!isFree) return undefined
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
