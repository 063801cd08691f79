// Runs mutants against cases. docs/guide/conformance.md
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunOptions, run } from '../runner/run.ts'
import { isBad } from '../runner/verdict.ts'
import { BadFile } from '../suite/read.ts'
import type { Suites } from '../suite/vectors.ts'
import { copyPython, type Implementation, type Mutant } from './build.ts'
import { MutantThread } from './inside.ts'

/** Time limit for a case in milliseconds, longer than any answer takes. Each mutant that stops responding costs this time. */
const CASE_LIMIT_MS = 5_000

/** A mutant with the cases that killed it. An empty list means that it survived. */
export interface Killed {
  readonly mutant: Mutant
  readonly by: readonly string[]
}

/** Starts mutants one after the other. */
interface Starter {
  target(mutant: Mutant): RunOptions['target']
  close(): Promise<void>
}

/** Runs each mutant, two at a time, against its recorded killer, or against all suites. */
export async function kill(
  mutants: readonly Mutant[],
  suites: Suites,
  { all = false, of = 'codec' }: { readonly all?: boolean; readonly of?: Implementation } = {},
): Promise<Killed[]> {
  const killed = new Map<Mutant, Killed>()
  const queue = mutants.values()
  async function work(): Promise<void> {
    const starter = of === 'python' ? pythonProcesses() : codecThread()
    try {
      for (const mutant of queue) {
        const cases = all ? suites.cases : suites.cases.filter(({ name }) => name === mutant.killer)
        if (cases.length === 0) throw new BadFile(`${mutant.name}: there is no case ${mutant.killer}.`)
        const how = { cases, parties: suites.parties, parallel: 1, caseLimitMs: CASE_LIMIT_MS }
        const { verdicts } = await run({ ...how, target: starter.target(mutant) })
        const by = verdicts.filter(({ outcome }) => isBad(outcome)).map(({ name }) => name)
        killed.set(mutant, { mutant, by })
      }
    } finally {
      await starter.close()
    }
  }
  await Promise.all([work(), work()])
  return mutants.map((mutant) => killed.get(mutant) as Killed)
}

function codecThread(): Starter {
  const thread = new MutantThread()
  return { target: (mutant) => () => thread.target(mutant), close: () => thread.close() }
}

function pythonProcesses(): Starter {
  // A shim that chooses among versions takes longer than most cases, so each mutant starts the interpreter itself.
  const asked = ['-c', 'import sys; print(sys.executable)']
  const python = execFileSync('python3', asked, { encoding: 'utf8' }).trim()
  const folder = mkdtempSync(join(tmpdir(), 'rex-mutants-'))
  return {
    target: (mutant) => ({
      name: mutant.name,
      folder,
      ...copyPython(join(folder, mutant.name), python, mutant),
    }),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  }
}
