// Compares REX end to end with the floor, in both suites, with 1 and 64 referrals in flight. docs/guide/benchmark.md, "End to end"
import { SUITES, type Suite } from '@rex/sdk/core'
import { testReferral } from '../content.ts'
import { startFloor } from '../floor/floor.ts'
import { countOperations, type Operation, type Step } from '../floor/primitives.ts'
import { type Specimens, takeSpecimens } from '../floor/sizes.ts'
import { type Effort, interleave, median, medianRatio } from '../measure/rounds.ts'
import { type Network, startNetwork } from './network.ts'

/** Figures for a number of referrals in flight. */
interface LoadFigures {
  /** Referrals per second. Each counts when its `received` receipt is back. */
  readonly perSecond: number
  /** Referrals per second of the floor. */
  readonly floorPerSecond: number
  /** Throughput of REX divided by that of the floor. At most 1. */
  readonly floorRatio: number
  /** CPU time of the four processes per referral, milliseconds. On a busy machine it varies less between runs than the throughput. */
  readonly cpuMs: number
  /** CPU time of the floor per referral, milliseconds. */
  readonly floorCpuMs: number
  /** CPU time of the floor divided by that of REX. At most 1. */
  readonly cpuRatio: number
  /** Number of receipts per receipt message. */
  readonly receiptsPerMessage: number
}

interface SuiteFigures {
  readonly inFlight1: LoadFigures
  readonly inFlight64: LoadFigures
  /** Number of primitive operations for one referral, excluding the operations for its receipt. */
  readonly operations: Readonly<Partial<Record<Operation, number>>>
}

/** All figures. */
export interface EndToEndFigures {
  readonly suites: Readonly<Record<Suite, SuiteFigures>>
  /** Peak resident memory of a gateway, megabytes. */
  readonly peakMB: number
}

type Which = 'rex' | 'floor'

const IN_FLIGHT = [1, 64]
const WAY: readonly Step[] = ['seal', 'parse', 'store', 'open', 'check stored receipt']
/**
 * Warm-up rounds that are not counted, because the JIT compiler needs ten thousand messages to warm up and
 * services run for months. A run of a single round is no measurement, and has no warm-up.
 */
const WARM_UP = 12

/** Measures REX and the floor. With `profileDir`, the processes of REX write CPU profiles. */
export async function measureEndToEnd(effort: Effort, profileDir?: string): Promise<EndToEndFigures> {
  const specimens = await takeSpecimens(testReferral())
  await using floor = await startFloor(specimens)
  await using undo = new AsyncDisposableStack()
  const networks = new Map<Suite, Network>()
  for (const suite of SUITES) networks.set(suite, undo.use(await startNetwork(suite, profileDir)))
  const batches = new Map<string, number>()
  const cpu = new Map<string, number[]>()

  function candidate(which: Which, suite: Suite, inFlight: number, ms: number) {
    const at = keyOf('rex', suite, inFlight)
    return async () => {
      const done =
        which === 'floor'
          ? await floor.load(suite, { inFlight, ms, receiptsPerMessage: batches.get(at) ?? 1 })
          : await (networks.get(suite) as Network).load({ inFlight, ms })
      if (which === 'rex') batches.set(at, done.receiptsPerMessage)
      const key = keyOf(which, suite, inFlight)
      cpu.set(key, [...(cpu.get(key) ?? []), done.cpuMs])
      return done.perSecond
    }
  }

  for (let round = 0; effort.rounds > 1 && round < WARM_UP; round++) {
    for (const suite of SUITES) {
      await candidate('rex', suite, 64, effort.ms)()
      await candidate('floor', suite, 64, effort.ms)()
    }
  }
  const candidates = SUITES.flatMap((suite) =>
    IN_FLIGHT.flatMap((inFlight) =>
      (['rex', 'floor'] as const).map((which) => [
        keyOf(which, suite, inFlight),
        candidate(which, suite, inFlight, effort.ms),
      ]),
    ),
  )
  const perSecond = await interleave<string>(Object.fromEntries(candidates), effort.rounds)

  function figuresOf(suite: Suite, inFlight: number): LoadFigures {
    const both = (['rex', 'floor'] as const).map((which) => keyOf(which, suite, inFlight))
    const [ours, floors] = both.map((key) => perSecond[key] as number[]) as [number[], number[]]
    const [cpuMs, floorCpuMs] = both.map((key) => cpu.get(key)?.slice(-effort.rounds)) as [number[], number[]]
    return {
      perSecond: median(ours),
      floorPerSecond: median(floors),
      floorRatio: medianRatio(ours, floors),
      cpuMs: median(cpuMs),
      floorCpuMs: median(floorCpuMs),
      cpuRatio: medianRatio(floorCpuMs, cpuMs),
      receiptsPerMessage: batches.get(keyOf('rex', suite, inFlight)) as number,
    }
  }

  const suites = SUITES.map((suite) => [
    suite,
    {
      inFlight1: figuresOf(suite, 1),
      inFlight64: figuresOf(suite, 64),
      operations: operationsOf(suite, specimens),
    },
  ])
  const peaks = await Promise.all([...networks.values()].map((network) => network.peakMB()))
  return { suites: Object.fromEntries(suites), peakMB: Math.max(...peaks) }
}

function keyOf(which: Which, suite: Suite, inFlight: number): string {
  return `${which} ${suite} ${inFlight}`
}

function operationsOf(suite: Suite, specimens: Specimens): SuiteFigures['operations'] {
  return Object.fromEntries(countOperations(WAY, suite, specimens[suite].referral.sizes))
}
