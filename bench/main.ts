// The benchmark: `npm run bench`. docs/guide/benchmark.md
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { measureGateway } from './gateway.ts'
import { measureGrowth } from './growth/growth.ts'
import { measureMemory } from './growth/memory.ts'
import { measureGuard } from './guard.ts'
import type { Effort } from './measure/rounds.ts'
import { measureEndToEnd } from './network/measure.ts'
import { measureOutbox, type OutboxExtent } from './outbox/outbox.ts'
import { formatReport, type Report } from './report.ts'
import { measureSealing } from './seal/seal.ts'
import { measureService, type ServiceExtent } from './service/service.ts'
import { measureVolume, type VolumeExtent } from './volume/volume.ts'

const USAGE = `npm run bench -- [options]
  --only PART      end-to-end, seal, growth, volume, outbox, service, memory,
                   gateway or guard; may be repeated
  --quick          seconds instead of minutes: shows that it runs, measures nothing
  --json           the last line is one JSON object
  --profile DIR    the gateways and desks of end-to-end write CPU profiles there`

const PARTS = [
  'end-to-end',
  'seal',
  'growth',
  'volume',
  'outbox',
  'service',
  'memory',
  'gateway',
  'guard',
] as const
type Part = (typeof PARTS)[number]

interface Extent {
  readonly endToEnd: Effort
  readonly seal: Effort
  readonly growth: Effort
  readonly mostMessages: number
  readonly volume: VolumeExtent
  readonly outbox: OutboxExtent
  readonly service: ServiceExtent
  /** Number of referrals in the memory measurement. */
  readonly referrals: number
  readonly starts: number
}

const FULL: Extent = {
  endToEnd: { rounds: 7, ms: 3000 },
  seal: { rounds: 7, ms: 500 },
  growth: { rounds: 9, ms: 300 },
  mostMessages: 1_000_000,
  volume: { counts: [1000, 2500, 5000], rounds: 3 },
  outbox: { rows: 10_000, rounds: 3 },
  service: { send: { rounds: 7, ms: 3000 }, changes: 100, idleMs: 70_000, referrals: 20_000 },
  referrals: 20_000,
  starts: 5,
}
const QUICK: Extent = {
  endToEnd: { rounds: 1, ms: 200 },
  seal: { rounds: 1, ms: 100 },
  growth: { rounds: 1, ms: 50 },
  mostMessages: 1000,
  volume: { counts: [100], rounds: 1 },
  outbox: { rows: 100, rounds: 1 },
  service: { send: { rounds: 1, ms: 200 }, changes: 3, idleMs: 1000, referrals: 40 },
  referrals: 40,
  starts: 1,
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

// Suppress warnings, because Node prints an experimental warning for each algorithm of REX-2.
process.removeAllListeners('warning')

if (values.help) console.log(USAGE)
else await run(partsOf(values.only), values.quick ? QUICK : FULL)

function partsOf(only: readonly string[] = PARTS): readonly Part[] {
  const unknown = only.find((part) => !PARTS.some((known) => known === part))
  if (unknown === undefined) return only as readonly Part[]
  console.error(`There is no part ${unknown}.\n\n${USAGE}`)
  process.exit(1)
}

async function run(parts: readonly Part[], extent: Extent): Promise<void> {
  const report = await measure((part) => parts.includes(part), extent)
  console.log(formatReport(report))
  if (values.json) console.log(JSON.stringify(report))
}

async function measure(asked: (part: Part) => boolean, extent: Extent): Promise<Report> {
  const machine = { node: process.version, cpus: availableParallelism(), platform: process.platform }
  const idle = asked('gateway') ? await tell('gateway', () => measureGateway(extent.starts)) : undefined
  const seal = asked('seal') ? await tell('seal', () => measureSealing(extent.seal)) : undefined
  const endToEnd = asked('end-to-end')
    ? await tell('end-to-end', () => measureEndToEnd(extent.endToEnd, values.profile))
    : undefined
  const growth = asked('growth')
    ? await tell('growth', () => measureGrowth(extent.growth, extent.mostMessages))
    : undefined
  const volume = asked('volume') ? await tell('volume', () => measureVolume(extent.volume)) : undefined
  const outbox = asked('outbox') ? await tell('outbox', () => measureOutbox(extent.outbox)) : undefined
  const service = asked('service') ? await tell('service', () => measureService(extent.service)) : undefined
  const guard = asked('guard') ? await tell('guard', async () => measureGuard(extent.starts)) : undefined
  const memory = asked('memory') ? await tell('memory', () => measureMemory(extent.referrals)) : undefined
  return {
    machine,
    ...(endToEnd && { endToEnd: endToEnd.suites }),
    ...(seal && { seal }),
    ...(growth && { growth }),
    ...(volume && { volume }),
    ...(outbox && { outbox }),
    ...(service && { service }),
    ...(memory && { memory }),
    ...(guard && { guard }),
    ...((idle || endToEnd) && { gateway: { ...idle, ...(endToEnd && { loadMB: endToEnd.peakMB }) } }),
  }
}

/** Runs a measurement, and announces it on standard error. */
async function tell<T>(part: Part, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  process.stderr.write(`${part} …`)
  const result = await work()
  process.stderr.write(` ${((performance.now() - start) / 1000).toFixed(0)} s\n`)
  return result
}
