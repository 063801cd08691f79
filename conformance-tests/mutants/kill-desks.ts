// Runs mutants of our desk against scenarios. docs/guide/conformance.md
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cameOf } from '../runner/desk/run.ts'
import { World } from '../runner/desk/world.ts'
import { isBad } from '../runner/verdict.ts'
import { BadFile } from '../suite/read.ts'
import type { Scenario } from '../suite/scenario.ts'
import { type Mutant, openBuilder } from './build.ts'
import type { Killed } from './kill.ts'

const OURS = join(import.meta.dirname, '../targets/desk.ts')
/** Default step limit. Each mutant that stops responding costs this time. */
const STEP_LIMIT_MS = 2_000

/** Options for running mutants of a desk. */
export interface KillDesks {
  /** Runs all scenarios, not only the recorded one. Default: false. */
  readonly all?: boolean
  /** Milliseconds that a step may take. Default: 2000. */
  readonly stepLimitMs?: number
}

/**
 * Runs each mutant against its recorded killer, or against all scenarios. The program without faults makes the desk that all mutants
 * copy.
 */
export async function killDesks(
  mutants: readonly Mutant[],
  scenarios: readonly Scenario[],
  { all = false, stepLimitMs = STEP_LIMIT_MS }: KillDesks = {},
): Promise<Killed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rex-mutants-'))
  const builder = await openBuilder(OURS)
  const built = async (name: string, mutant?: Mutant) => {
    const outfile = join(folder, `${name}.mjs`)
    await builder.build(outfile, mutant)
    return { name, kind: 'desk', command: [process.execPath, outfile], folder } as const
  }
  const killed: Killed[] = []
  try {
    await using world = await World.start(await built('whole'), stepLimitMs)
    await world.prepare()
    for (const mutant of mutants) {
      const cases = all ? scenarios : scenarios.filter(({ name }) => name === mutant.killer)
      if (cases.length === 0) throw new BadFile(`${mutant.name}: there is no scenario ${mutant.killer}.`)
      world.use(await built('mutant', mutant))
      const by: string[] = []
      for (const scenario of cases) if (isBad((await cameOf(scenario, world)).outcome)) by.push(scenario.name)
      killed.push({ mutant, by })
    }
    return killed
  } finally {
    await builder.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
