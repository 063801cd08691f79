// Runs scenarios against a desk, in several environments (worlds) at a time. Each scenario has a separate desk. docs/guide/conformance.md
import type { Target } from '@rex/proto/conformance/v1/conformance'
import { BadFile } from '../../suite/read.ts'
import type { Scenario } from '../../suite/scenario.ts'
import { CASE_LIMIT_MS, type TargetConfiguration } from '../process.ts'
import type { RunResult } from '../run.ts'
import { judged, SHRINK_STEP_MS, type Trials } from '../shrink.ts'
import { type Outcome, type Result, SEEN_LAST, type Verdict } from '../verdict.ts'
import { shownSeen } from './match.ts'
import { Mismatch } from './mismatch.ts'
import { runStep } from './steps.ts'
import { TargetFailed, World } from './world.ts'

/** Number of log entries at the end of a failure report. */
const LAST = 12

/** Options of a run. */
export interface RunScenarios {
  readonly scenarios: readonly Scenario[]
  readonly target: TargetConfiguration
  /** Names of scenarios that are known to fail. Default: none. */
  readonly knownFailing?: ReadonlySet<string>
  /** Number of worlds that run in parallel. Default: 2. */
  readonly parallel?: number
  /** Time limit of a step, in milliseconds. Default: `CASE_LIMIT_MS`. */
  readonly stepLimitMs?: number
  /** Time limit for the answer to the greeting, in milliseconds. Default: 60 000. */
  readonly startLimitMs?: number
  /**
   * A correct implementation, with whose help failed scenarios are shortened. Default: they are not
   * shortened.
   */
  readonly right?: TargetConfiguration | undefined
  readonly progress?: (done: number, all: number) => void
}

/** Runs all scenarios and returns their verdicts in the order given. */
export async function runScenarios(options: RunScenarios): Promise<RunResult> {
  const { scenarios, target: configuration, parallel = 2, stepLimitMs = CASE_LIMIT_MS, progress } = options
  const verdicts = new Map<Scenario, Verdict>()
  const queue = scenarios.values()
  let target: Target | undefined
  async function work(): Promise<void> {
    await using room = new AsyncDisposableStack()
    const world = room.use(await World.start(configuration, stepLimitMs, options.startLimitMs))
    const trials = options.right && trialsOf({ target: configuration, right: options.right, room })
    for (const scenario of queue) {
      const result = await cameOf(scenario, world, (greeted) => {
        target ??= greeted
      })
      verdicts.set(scenario, await judged({ scenario, result }, options.knownFailing, trials))
      progress?.(verdicts.size, scenarios.length)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, scenarios.length) }, work))
  return { target, verdicts: scenarios.map((scenario) => verdicts.get(scenario) as Verdict) }
}

/**
 * Returns functions that run scenarios with fewer steps, to shrink a failure. Each has its own world, which is made on demand and removed
 * together with `room`.
 */
function trialsOf({
  target,
  right,
  room,
}: {
  target: TargetConfiguration
  right: TargetConfiguration
  room: AsyncDisposableStack
}): Trials<Scenario> {
  const trial = (configuration: TargetConfiguration) => {
    let world: Promise<World> | undefined
    return async (scenario: Scenario) => {
      world ??= World.start(configuration, SHRINK_STEP_MS).then((started) => room.use(started))
      return cameOf(scenario, await world)
    }
  }
  return { kind: 'desk', target: trial(target), right: trial(right) }
}

/** Runs one scenario in a world and returns its result. */
export async function cameOf(
  scenario: Scenario,
  world: World,
  greeted: (target: Target) => void = () => {},
): Promise<Result> {
  let at = 'the start'
  let failedAt: number | undefined = -1
  try {
    const target = await world.greet()
    greeted(target)
    const lacking = scenario.features.filter((feature) => !target.features.includes(feature))
    if (lacking.length > 0)
      return { outcome: 'skipped', expected: '', received: `The target lacks ${lacking.join(', ')}.` }
    const isNew = scenario.steps.some(({ token }) => token !== undefined)
    await world.begin(scenario.name, isNew)
    for (const [i, step] of scenario.steps.entries()) {
      at = `step ${i + 1} (${step.do})`
      failedAt = i
      await runStep(world, step)
    }
    at = 'after the last step'
    failedAt = undefined
    const fault = world.gateway.log.entries.find(({ what }) => what === 'fault')
    if (fault !== undefined) throw new Mismatch('nothing that breaks the specification', String(fault.text))
    return { outcome: 'passed', expected: '', received: '' }
  } catch (error) {
    const came = failureOf(error, at, scenario)
    const last = world.gateway.log.entries.slice(-LAST).map(shownSeen)
    return {
      ...came,
      ...(failedAt !== undefined && { failedAt }),
      received: [came.received, SEEN_LAST, ...last].join('\n'),
    }
  } finally {
    await world.end()
  }
}

function failureOf(error: unknown, at: string, { suite, name }: Scenario): Result {
  if (error instanceof BadFile) throw new BadFile(`${suite}/${name}.json, ${at}: ${error.message}`)
  if (error instanceof Mismatch) {
    const { expected, received, isLate } = error
    return { outcome: 'failed', expected: `${at}: ${expected}`, received, isLate }
  }
  if (error instanceof TargetFailed)
    return {
      outcome: error.kind as Outcome,
      expected: at,
      received: error.message,
      isLate: error.kind === 'hung',
    }
  // Any other error is due to the target's answer, such as a value that is not JSON.
  return { outcome: 'unreadable', expected: at, received: (error as Error).message }
}
