// Runs mutants of our desk against scenarios. docs/guide/conformance.md
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cameOf } from '../runner/desk/run.ts'
import { World } from '../runner/desk/world.ts'
import type { TargetConfiguration } from '../runner/process.ts'
import { type Verdict, verdictOn } from '../runner/verdict.ts'
import type { Scenario } from '../suite/scenario.ts'
import { buildTarget, type Mutant } from './build.ts'
import { type Killed, killEach, killersOf } from './kill.ts'
import { CHOICE } from './variants.ts'

const OURS = join(import.meta.dirname, '../targets/desk.ts')
/** Default step limit. Each mutant that stops responding costs this time. */
const STEP_LIMIT_MS = 2_000
/** Step limit while the paired desks are made, several at a time, in milliseconds. */
const PREPARE_LIMIT_MS = 30_000
/**
 * Default number of desks that run in parallel. Most mutants fail because something does not come, so the suite mainly
 * waits.
 */
const PARALLEL = 4

/** Options for running mutants of a desk. */
export interface KillDesks {
  /** Whether each mutant runs against all scenarios, not only its recorded killer. Default: false. */
  readonly all?: boolean
  /** Milliseconds that a step may take. Default: 2000. */
  readonly stepLimitMs?: number
  /** Number of desks that run in parallel. Default: 4. */
  readonly parallel?: number
}

/** The desk, with all its mutants, as one file. */
export interface BuiltDesk {
  /** Returns the desk, or a mutant, as a target. */
  target(mutant?: Mutant): TargetConfiguration
  close(): void
}

/** Bundles the desk with all mutants. @throws BadFile if a mutant does not fit the source */
export async function buildDesk(mutants: readonly Mutant[]): Promise<BuiltDesk> {
  const folder = mkdtempSync(join(tmpdir(), 'rex-desks-'))
  await buildTarget(join(folder, 'desk.mjs'), OURS, mutants)
  const env = { NODE_COMPILE_CACHE: join(folder, 'compiled') }
  // Node caches compiled code when a process ends by itself. So start the desk once with empty input, which ends it at
  // once.
  execFileSync(process.execPath, ['desk.mjs'], { cwd: folder, env: { ...process.env, ...env }, input: '' })
  return {
    target: (mutant) => ({
      name: 'desk',
      kind: 'desk',
      command: [process.execPath, 'desk.mjs'],
      folder,
      env: { ...env, [CHOICE]: mutant?.name ?? '' },
    }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/**
 * Runs each mutant against the scenario recorded as its killer or, with `all`, against all scenarios. Our desk without a fault first makes
 * a paired desk directory; most scenarios start a mutant with a copy of it.
 */
export async function killDesks(
  mutants: readonly Mutant[],
  scenarios: readonly Scenario[],
  desk: BuiltDesk,
  { all = false, stepLimitMs = STEP_LIMIT_MS, parallel = PARALLEL }: KillDesks = {},
): Promise<Killed[]> {
  return killEach(mutants, parallel, async (queue, done) => {
    await using world = await World.start(desk.target(), PREPARE_LIMIT_MS)
    await world.prepare()
    for (const mutant of queue) {
      world.use(desk.target(mutant), stepLimitMs)
      const verdicts: Verdict[] = []
      for (const scenario of all ? scenarios : killersOf(mutant, scenarios)) {
        const result = await cameOf(scenario, world)
        // A desk that does not start proves nothing about a scenario.
        if (result.failedAt !== -1) verdicts.push(verdictOn(scenario, result))
      }
      done(mutant, verdicts)
    }
  })
}
