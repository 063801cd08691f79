// Builds our desk target as one file, which is unchanged or has one deliberate fault, and runs scenarios against it. docs/guide/conformance.md
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cameOf } from '../../runner/desk/run.ts'
import { World } from '../../runner/desk/world.ts'
import type { TargetConfiguration } from '../../runner/process.ts'
import type { Scenario } from '../../suite/scenario.ts'
import { buildTarget } from '../build.ts'
import type { Mutant } from '../mutant.ts'
import { CHOICE, choose } from './choice.ts'
import type { Trial } from './trial.ts'

const PROGRAM = join(import.meta.dirname, 'desk-program.ts')
/** Time limit of a step while paired desks are made, in milliseconds. It is long, because several desks are made at a time. */
const PREPARE_LIMIT_MS = 30_000

/** The desk, with all its mutants, as one file. */
export interface BuiltDesk {
  /** Returns the desk as a target that is always without a fault, or always a mutant. */
  target(mutant?: Mutant): TargetConfiguration
  /** Opens a desk that can become each mutant. First makes a paired desk; most scenarios begin with a copy of that desk. */
  open(): Promise<Trial<Scenario>>
  close(): void
}

/** Bundles the desk with all mutants. @throws BadFile if a mutant does not fit the source */
export async function buildDesk(mutants: readonly Mutant[]): Promise<BuiltDesk> {
  const folder = mkdtempSync(join(tmpdir(), 'rex-desks-'))
  await buildTarget(join(folder, 'desk.mjs'), PROGRAM, mutants)
  const env = { NODE_COMPILE_CACHE: join(folder, 'compiled') }
  // Node caches compiled code when a process ends by itself. So start the desk once with empty input, which ends it at
  // once.
  execFileSync(process.execPath, ['desk.mjs'], { cwd: folder, env: { ...process.env, ...env }, input: '' })
  const targetOf = (file: string): TargetConfiguration => ({
    name: 'desk',
    kind: 'desk',
    command: [process.execPath, 'desk.mjs'],
    folder,
    env: { ...env, [CHOICE]: file },
  })
  let files = 0
  const newChoice = (mutant?: Mutant) => {
    const file = join(folder, `choice-${++files}`)
    writeFileSync(file, mutant?.name ?? '')
    return file
  }
  return {
    target: (mutant) => targetOf(newChoice(mutant)),
    open: async () => {
      const file = newChoice()
      return openTrial(await World.start(targetOf(file), PREPARE_LIMIT_MS), file)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function openTrial(world: World, file: string): Promise<Trial<Scenario>> {
  await world.prepare()
  return {
    async become(mutant, anew) {
      if (anew) world.restart()
      await choose(file, mutant?.name ?? '')
    },
    run(scenario, limitMs) {
      world.limitMs = limitMs
      return cameOf(scenario, world)
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}
