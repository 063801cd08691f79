// Runs mutants against cases. docs/guide/conformance.md
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../runner/run.ts'
import { isBad } from '../runner/verdict.ts'
import { BadFile, type Suite } from '../suite/read.ts'
import { buildTarget, type Mutant } from './build.ts'

/** Which cases killed a mutant. Empty: it survived. */
export interface Killed {
  readonly mutant: Mutant
  readonly by: readonly string[]
}

/** Runs each mutant, two at a time, against its recorded killer, or against the whole suite. */
export async function kill(
  mutants: readonly Mutant[],
  suite: Suite,
  { all = false }: { readonly all?: boolean } = {},
): Promise<Killed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rex-mutants-'))
  const killed = new Map<Mutant, Killed>()
  const queue = mutants.values()
  async function work(): Promise<void> {
    for (const mutant of queue) {
      const cases = all ? suite.cases : suite.cases.filter(({ name }) => name === mutant.killer)
      if (cases.length === 0) throw new BadFile(`${mutant.name}: there is no case ${mutant.killer}.`)
      const outfile = join(folder, `${mutant.name}.mjs`)
      await buildTarget(outfile, mutant)
      const target = { name: mutant.name, command: [process.execPath, outfile], folder } as const
      const { verdicts } = await run({
        cases,
        parties: suite.parties,
        target,
        parallel: 1,
        caseLimitMs: 60_000,
      })
      const by = verdicts.filter(({ outcome }) => isBad(outcome)).map(({ name }) => name)
      killed.set(mutant, { mutant, by })
      rmSync(outfile)
    }
  }
  try {
    await Promise.all([work(), work()])
    return mutants.map((mutant) => killed.get(mutant) as Killed)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
