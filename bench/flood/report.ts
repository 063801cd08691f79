// Results of the floods, and whether the neighbours were served within the limits. docs/guide/benchmark.md, "Floods"
import { formatTable } from '../measure/table.ts'

/** A phase: before, during, or after a flood. */
export interface Phase {
  /** Median time from a neighbour's submission to arrival at the other desk. Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly envelopes: number
  /** Envelopes that did not arrive within 20 s. */
  readonly missing: number
  /** Peak resident memory of the gateway, megabytes (10^6 bytes). */
  readonly memoryMB: number
  /** Processor use of the gateway, where 1 means one fully used processor. */
  readonly cpu: number
}

/** Figures of a flood. */
export interface FloodFigures {
  readonly before: Phase
  readonly during: Phase
  readonly after: Phase
  /** Number of the attacker's acts, in the flood's own unit. */
  readonly done: number
  /** Time from a restart during the flood until an envelope from every neighbour had got through. Milliseconds. */
  readonly backMs?: number
  /** Duration of a genuine desk's enrolment during a flood of junk enrolments. Milliseconds. */
  readonly enrolledMs?: number
}

/** The figures of a flood, and the limits that these figures exceed. */
export interface Verdict extends FloodFigures {
  /** Limits that were exceeded. Empty if the flood passed. */
  readonly faults: readonly string[]
}

/** Results of all floods. */
interface FloodReport {
  readonly passed: boolean
  readonly floods: Readonly<Record<string, Verdict>>
}

const BOUND = { p99Ms: 100, p99Factor: 2, memoryMB: 50, backMs: 5000, enrolledMs: 2000 }
/** Limits for a quick run on a busy machine. A flood against which the gateway's protection fails exceeds them. */
const QUICK_BOUND = { p99Ms: 2000, p99Factor: 10, memoryMB: 75, backMs: 20_000, enrolledMs: 10_000 }

/** Judges the figures; quick runs have wider bounds. */
export function judge(
  figures: Readonly<Record<string, FloodFigures>>,
  { quick }: { readonly quick: boolean },
): FloodReport {
  const floods = Object.fromEntries(
    Object.entries(figures).map(([name, flood]) => [name, { ...flood, faults: faultsOf(flood, quick) }]),
  )
  return { passed: Object.values(floods).every(({ faults }) => faults.length === 0), floods }
}

function faultsOf(
  { before, during, after, backMs = 0, enrolledMs = 0 }: FloodFigures,
  quick: boolean,
): string[] {
  const growth = Math.max(during.memoryMB, after.memoryMB) - before.memoryMB
  const bound = quick ? QUICK_BOUND : BOUND
  const faults: [boolean, string][] = [
    [during.p99 > Math.max(bound.p99Ms, bound.p99Factor * before.p99), 'slow'],
    [before.missing + during.missing + after.missing > 0, 'missing'],
    [growth > bound.memoryMB, 'memory'],
    [backMs > bound.backMs, 'shut out'],
    [enrolledMs > bound.enrolledMs, 'enrolment'],
  ]
  return faults.filter(([found]) => found).map(([, fault]) => fault)
}

/** Formats the report as text. */
export function formatFloods({ floods, passed }: FloodReport): string {
  const row = ([name, flood]: [string, Verdict]): (string | number)[] => {
    const { before, during, after, done, backMs = Number.NaN, enrolledMs = Number.NaN, faults } = flood
    const phases = [before, during, after]
    return [
      name,
      ...phases.map(({ p50 }) => p50),
      ...phases.map(({ p99 }) => p99),
      ...phases.map(({ memoryMB }) => Math.round(memoryMB)),
      ...phases.map(({ cpu }) => cpu),
      done,
      backMs,
      enrolledMs,
      faults.length === 0 ? 'ok' : faults.join(', '),
    ]
  }
  const three = (what: string) => [`${what} before`, 'during', 'after']
  const table = formatTable({
    title: 'Floods against a gateway with two honest neighbours: times in milliseconds, memory in megabytes',
    columns: [
      'flood',
      ...three('p50'),
      ...three('p99'),
      ...three('MB'),
      ...three('CPU'),
      'done',
      'back',
      'enrolled',
      '',
    ],
    rows: Object.entries(floods).map(row),
  })
  return `${table}\n\n${passed ? 'All neighbours were served, and the memory is bounded.' : 'Some floods were not held off.'}\n`
}
