// Runs mutants against cases. docs/guide/conformance.md
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../runner/run.ts'
import { isBad } from '../runner/verdict.ts'
import { BadFile, type Suites } from '../suite/read.ts'
import { type Implementation, type Mutant, openBuilder, pythonBuilder } from './build.ts'

/** A mutant with the cases that killed it. An empty list means that it survived. */
export interface Killed {
  readonly mutant: Mutant
  readonly by: readonly string[]
}

/** Runs each mutant, two at a time, against its recorded killer, or against all suites. */
export async function kill(
  mutants: readonly Mutant[],
  suites: Suites,
  { all = false, of = 'codec' }: { readonly all?: boolean; readonly of?: Implementation } = {},
): Promise<Killed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rex-mutants-'))
  const killed = new Map<Mutant, Killed>()
  const queue = mutants.values()
  const builder = of === 'python' ? pythonBuilder() : await openBuilder()
  let built: Promise<unknown> = Promise.resolve()
  async function work(): Promise<void> {
    for (const mutant of queue) {
      const cases = all ? suites.cases : suites.cases.filter(({ name }) => name === mutant.killer)
      if (cases.length === 0) throw new BadFile(`${mutant.name}: there is no case ${mutant.killer}.`)
      const outfile = join(folder, `${mutant.name}.mjs`)
      // Build one after the other, because a builder can build only one mutant at a time.
      const building = built.then(() => builder.build(outfile, mutant))
      built = building
      const target = { name: mutant.name, folder, ...(await building) }
      const { verdicts } = await run({
        cases,
        parties: suites.parties,
        target,
        parallel: 1,
        caseLimitMs: 60_000,
      })
      const by = verdicts.filter(({ outcome }) => isBad(outcome)).map(({ name }) => name)
      killed.set(mutant, { mutant, by })
      rmSync(outfile, { recursive: true })
    }
  }
  try {
    await Promise.all([work(), work()])
    return mutants.map((mutant) => killed.get(mutant) as Killed)
  } finally {
    await builder.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
