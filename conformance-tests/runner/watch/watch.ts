// Probes a partner repeatedly, and reports what it observes. docs/guide/conformance.md, "Watch a partner"
import { appendFileSync, existsSync, renameSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { shown } from '../reports/report.ts'
import { type ProbePlan, probe, type Seen } from './probe.ts'

/** Number of latest latencies that the summary covers. */
const MOST_KEPT = 1000
const MOST_LOG_BYTES = 8 * 1024 * 1024
const BAR_MS = 20

/** How to watch a partner. Durations are milliseconds. */
export interface WatchPlan extends Omit<ProbePlan, 'referral'> {
  /** Time from the start of one probe to the start of the next. At least 1000. */
  readonly intervalMs: number
  /** Time from one test referral to the next. If absent, none is sent. */
  readonly referralMs: number | undefined
  /** Number of probes, after which the watch ends. */
  readonly count: number
  /** A file of JSON lines. When it reaches 8 MiB, it is renamed to `FILE.1`, and a new file begins. */
  readonly log: string | undefined
  /** Ends the watch after the current probe. */
  readonly signal: AbortSignal
  readonly say: (seen: Seen) => void
}

/** The summary of all probes. */
export interface Summary {
  readonly probes: number
  readonly passed: number
  /** Time to connect and greet, over the latest 1000 successful probes. Milliseconds. */
  readonly latency: { readonly median: number; readonly p95: number; readonly most: number } | undefined
}

/** Watches until the count is reached or the signal is aborted. */
export async function watch(plan: WatchPlan): Promise<Summary> {
  const { intervalMs, referralMs = Number.POSITIVE_INFINITY, count, log, signal, say } = plan
  let [probes, passed, referred] = [0, 0, Number.NEGATIVE_INFINITY]
  const latencies: number[] = []
  while (probes < count && !signal.aborted) {
    const begun = performance.now()
    const referral = plan.referralMs !== undefined && begun - referred >= referralMs
    if (referral) referred = begun
    const seen = await probe({ ...plan, referral })
    probes += 1
    if (seen.passed) {
      passed += 1
      latencies.push(latencyOf(seen))
      if (latencies.length > MOST_KEPT) latencies.shift()
    }
    if (log !== undefined) append(log, seen)
    say(seen)
    if (probes < count) await pause(intervalMs - (performance.now() - begun), signal)
  }
  return { probes, passed, latency: quantiles(latencies) }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {})
}

function latencyOf({ connectMs = 0, helloMs = 0 }: Seen): number {
  return connectMs + helloMs
}

function quantiles(latencies: readonly number[]): Summary['latency'] {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return sorted.length === 0 ? undefined : { median: at(0.5), p95: at(0.95), most: at(1) }
}

function append(log: string, seen: Seen): void {
  if (existsSync(log) && statSync(log).size > MOST_LOG_BYTES) renameSync(log, `${log}.1`)
  appendFileSync(log, `${JSON.stringify(seen)}\n`)
}

/** Formats a probe as a line for people. */
export function lineOf(seen: Seen): string {
  const { at, passed, connectMs = 0, helloMs = 0, storedMs, failed, why = '' } = seen
  if (!passed) return `${at}  FAILED at ${failed}: ${shown(why)}`
  const stored = storedMs === undefined ? '' : `, referral stored ${storedMs} ms`
  const bar = '▪'.repeat(Math.min(40, Math.ceil(latencyOf(seen) / BAR_MS)))
  return `${at}  connected ${connectMs} ms, greeted ${helloMs} ms${stored}  ${bar}`
}

/** Formats the summary as a line for people. */
export function summaryLine({ probes, passed, latency }: Summary): string {
  const part = probes === 0 ? 0 : (passed / probes) * 100
  const times =
    latency && `; latency: median ${latency.median} ms, p95 ${latency.p95} ms, most ${latency.most} ms`
  return `${passed} of ${probes} probes passed (${part.toFixed(2)} %)${times ?? ''}.`
}
