// Runs mutants of a running program against scenarios. A mutant dies only if its recorded step fails in the recorded way.
// docs/guide/conformance.md
import { performance } from 'node:perf_hooks'
import { isBad, type Result } from '../../runner/verdict.ts'
import type { Scenario } from '../../suite/scenario.ts'
import { type Killed, killersOf } from '../kill.ts'
import type { Mutant } from '../mutant.ts'

/** A program that can become any of its mutants while it runs. */
export interface Trial<T extends Scenario> extends AsyncDisposable {
  /** Makes the program a mutant or, without one, the program without a fault. `anew`: in a new process. */
  become(mutant: Mutant | undefined, anew: boolean): Promise<void>
  /** Runs a scenario. `limitMs`: how long each step may wait. */
  run(scenario: T, limitMs: number): Promise<Result>
}

/** How a mutant failed. */
export type Failing = Required<Pick<Mutant, 'step' | 'fails' | 'atStart'>>

/** Options for running mutants of a program. */
export interface Trials<T extends Scenario> {
  readonly scenarios: readonly T[]
  /** Starts a further copy of the program. */
  readonly open: () => Promise<Trial<T>>
  /** Number of copies that run in parallel. Default: 4, more than processors, because a mutant often makes the suite wait. */
  readonly parallel?: number
}

const PARALLEL = 4
/** Time limit for each wait of a program that should give an answer, right or wrong, in milliseconds. */
const ANSWER_MS = 20_000
/**
 * The time limit for each wait of a mutant is at least this long, in milliseconds. If the program without a fault took long for the whole scenario,
 * the limit is that time multiplied by SLOWER.
 */
const LEAST_MS = 1_000
const SLOWER = 2
/** Time limit for each wait of a mutant that runs against all scenarios, in milliseconds. */
const SHORT_MS = 3_000

/**
 * Runs each mutant against the scenario recorded as its killer, and compares its failure with the recorded failure. A mutant that survives is tried
 * once more, in new processes and after the program without a fault has passed. On a slow computer, a wrong answer may come after the time
 * limit, so in the second try a recorded step that should fail may also be late.
 */
export async function killRecorded<T extends Scenario>(
  mutants: readonly Mutant[],
  trials: Trials<T>,
): Promise<Killed[]> {
  return tryEach(mutants, trials, async (mutant, trial) => {
    const [scenario] = killersOf(mutant, trials.scenarios) as [T]
    const isRecorded = (one: Failing | string) =>
      typeof one !== 'string' && one.step === mutant.step && one.fails === mutant.fails
    const first = await failing(mutant, scenario, trial, { isCompared: mutant.fails === 'late' })
    if (isRecorded(first)) return { mutant, by: [mutant.killer] }
    const second = await failing(mutant, scenario, trial, { isCompared: true, anew: true })
    const isLate = mutant.fails === 'failed' && typeof second !== 'string' && second.fails === 'late'
    if (isRecorded(isLate ? { ...second, fails: 'failed' } : second)) return { mutant, by: [mutant.killer] }
    return { mutant, by: [], instead: inWords(second) }
  })
}

/** Runs each mutant against all scenarios. */
export async function killByAll<T extends Scenario>(
  mutants: readonly Mutant[],
  trials: Trials<T>,
): Promise<Killed[]> {
  return tryEach(mutants, trials, async (mutant, trial) => {
    const by: string[] = []
    await trial.become(mutant, mutant.atStart ?? false)
    for (const scenario of trials.scenarios) {
      const { outcome, failedAt } = await trial.run(scenario, SHORT_MS)
      // A program that does not start proves nothing about a scenario.
      if (isBad(outcome) && failedAt !== -1) by.push(scenario.name)
    }
    await trial.become(undefined, mutant.atStart ?? false)
    return { mutant, by }
  })
}

/** Runs each mutant against its killer. Returns how the mutant fails now, or why it does not fail. */
export async function howEachFails<T extends Scenario>(
  mutants: readonly Mutant[],
  trials: Trials<T>,
): Promise<ReadonlyMap<Mutant, Failing | string>> {
  const found = await tryEach(mutants, trials, async (mutant, trial) => {
    const [scenario] = killersOf(mutant, trials.scenarios) as [T]
    const running = await failing({ ...mutant, atStart: false }, scenario, trial, { isCompared: true })
    if (typeof running !== 'string') return [mutant, running] as const
    const started = { ...mutant, atStart: true }
    return [mutant, await failing(started, scenario, trial, { isCompared: true, anew: true })] as const
  })
  return new Map(found)
}

/**
 * Returns how a mutant fails a scenario, or why that proves nothing. `isCompared`: the program without a fault first has to pass the scenario; the
 * time that it takes limits how long the mutant may wait, so a slow computer cannot fail a mutant. `anew`: both run in new processes.
 */
async function failing<T extends Scenario>(
  mutant: Mutant,
  scenario: T,
  trial: Trial<T>,
  { isCompared, anew = false }: { readonly isCompared: boolean; readonly anew?: boolean },
): Promise<Failing | string> {
  const { atStart = false } = mutant
  let limitMs = ANSWER_MS
  if (isCompared) {
    await trial.become(undefined, anew)
    const began = performance.now()
    const { outcome, expected, received } = await trial.run(scenario, ANSWER_MS)
    if (outcome !== 'passed') return `without a fault, it ${outcome}: ${expected}: ${received}`
    limitMs = Math.max(LEAST_MS, Math.ceil(SLOWER * (performance.now() - began)))
  }
  await trial.become(mutant, atStart || anew)
  const { outcome, failedAt, isLate, expected, received } = await trial.run(scenario, limitMs)
  await trial.become(undefined, atStart)
  if (!isBad(outcome)) return `it ${outcome}`
  if (failedAt === -1) return `no scenario begins: ${expected}: ${received}`
  return { step: failedAt === undefined ? 0 : failedAt + 1, fails: isLate ? 'late' : outcome, atStart }
}

/** Returns a mutant's name, and what it did instead of failing as recorded. */
export function survived({ mutant, instead = '' }: Killed): string {
  return `${mutant.name}: ${instead}`
}

function inWords(how: Failing | string): string {
  return typeof how === 'string' ? how : `it fails at step ${how.step} (${how.fails})`
}

/** Runs mutants on several copies of the program. Those that share a running program come first. */
async function tryEach<T extends Scenario, R>(
  mutants: readonly Mutant[],
  { open, parallel = PARALLEL }: Trials<T>,
  one: (mutant: Mutant, trial: Trial<T>) => Promise<R>,
): Promise<R[]> {
  const results = new Map<Mutant, R>()
  const queue = mutants.toSorted((a, b) => Number(a.atStart ?? false) - Number(b.atStart ?? false)).values()
  async function work(): Promise<void> {
    await using trial = await open()
    for (const mutant of queue) results.set(mutant, await one(mutant, trial))
  }
  await Promise.all(Array.from({ length: Math.min(parallel, mutants.length) }, work))
  return mutants.map((mutant) => results.get(mutant) as R)
}
