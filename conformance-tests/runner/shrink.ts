// Finds the shortest exchange that still shows a failure: leaves out steps, and runs the remaining steps again.
// docs/guide/conformance.md, "Read a report"
import { performance } from 'node:perf_hooks'
import { BadFile } from '../suite/read.ts'
import { unnamedIn } from '../suite/references.ts'
import type { Scenario, Step } from '../suite/scenario.ts'
import type { Kind } from './process.ts'
import { isBad, type Result, type Verdict, verdictOn } from './verdict.ts'

/** How long shrinking a case may take, in milliseconds. A run that began within this time is completed. */
const MOST_MS = 60_000
/**
 * Time limit of a step while shrinking, in milliseconds. It is short, because a step that fails by a timeout takes
 * this long each time.
 */
export const SHRINK_STEP_MS = 3_000

/** A scenario with its result. */
export interface Ran<T extends Scenario> {
  readonly scenario: T
  readonly result: Result
}

/** Functions that run scenarios with fewer steps. */
export interface Trials<T extends Scenario> {
  readonly kind: Kind
  /** Runs a scenario against the program under test. */
  target(scenario: T): Promise<Result>
  /**
   * Runs a scenario against a correct implementation, which must pass it. If it passes, the failure of the program under test is not merely due to a
   * step that was left out.
   */
  right(scenario: T): Promise<Result>
}

/**
 * Returns the verdict on a scenario. If the scenario failed, the verdict contains its steps: all steps or, with `trials`, the fewest steps
 * that still fail.
 */
export async function judged<T extends Scenario>(
  ran: Ran<T>,
  knownFailing?: ReadonlySet<string>,
  trials?: Trials<T>,
): Promise<Verdict> {
  const verdict = verdictOn(ran.scenario, ran.result, knownFailing)
  if (!isBad(verdict.outcome)) return verdict
  const { scenario, result } = trials === undefined ? ran : await shrunk(ran, trials)
  const steps = doneIn({ scenario, result }).map((step) => JSON.stringify(step))
  if (steps.length === 0) return verdict
  const exchange = {
    steps,
    lastFailed: result.failedAt !== undefined,
    leftOut: doneIn(ran).length - steps.length,
  }
  return { ...verdict, expected: result.expected, received: result.received, exchange }
}

/** Returns the steps up to the one that failed. */
function doneIn<T extends Scenario>({ scenario: { steps }, result }: Ran<T>): readonly Step[] {
  return steps.slice(0, (result.failedAt ?? steps.length - 1) + 1)
}

/** Returns the shortest scenario found that fails in the same way, with its result. */
async function shrunk<T extends Scenario>(ran: Ran<T>, { kind, target, right }: Trials<T>): Promise<Ran<T>> {
  const end = performance.now() + MOST_MS
  let shortest: Ran<T> = { ...ran, scenario: { ...ran.scenario, steps: doneIn(ran) } }
  let rest = shortest.scenario.steps.slice(0, ran.result.failedAt === undefined ? undefined : -1)
  for (let size = rest.length; size > 0; size = Math.floor(size / 2))
    for (const part of partsOf(rest, size)) {
      const scenario = {
        ...ran.scenario,
        steps: shortest.scenario.steps.filter((step) => !part.includes(step)),
      }
      if (unnamedIn(kind, scenario) !== undefined) continue
      if (performance.now() > end) return shortest
      if ((await right(scenario).catch(onlyBadFile))?.outcome !== 'passed') continue
      const result = await target(scenario)
      if (!isSame({ scenario, result }, ran.result)) continue
      shortest = { scenario, result }
      rest = rest.filter((step) => !part.includes(step))
    }
  return shortest
}

/** Returns the parts of a list, last part first. */
function partsOf(list: readonly Step[], size: number): Step[][] {
  const parts = Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  )
  return parts.reverse()
}

function isSame<T extends Scenario>({ scenario: { steps }, result }: Ran<T>, failed: Result): boolean {
  const isThere =
    failed.failedAt === undefined ? result.failedAt === undefined : result.failedAt === steps.length - 1
  return isThere && result.outcome === failed.outcome && wanted(result) === wanted(failed)
}

/** Returns the expectation, without the number of the step and values that differ from run to run. */
function wanted({ expected }: Result): string {
  return expected.replace(/^step \d+/, '').replaceAll(/[\w-]{16,}|\d{4,}/g, '#')
}

/** Ignores a BadFile, because a scenario may be invalid without some of its steps. Throws any other error. */
function onlyBadFile(error: unknown): undefined {
  if (!(error instanceof BadFile)) throw error
}
