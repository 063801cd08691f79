// Runs mutants against cases. docs/guide/conformance.md
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConformanceRequest } from '@rex/proto/conformance/v1/conformance'
import { type Reply, TargetProcess } from '../runner/process.ts'
import { type RunOptions, run } from '../runner/run.ts'
import { isBad } from '../runner/verdict.ts'
import { BadFile } from '../suite/read.ts'
import type { Suites } from '../suite/vectors.ts'
import { copyPython } from './build.ts'
import { MutantThread } from './codec/inside.ts'
import { type Implementation, type Mutant, ROOT } from './mutant.ts'

/**
 * Time limit for a case, in milliseconds. No answer takes that long. The limit is short, because the run waits for it with each mutant that stops
 * responding.
 */
const CASE_LIMIT_MS = 5_000
const PARALLEL = 2

/** Returns whether this computer can run the target in Python with both suites: ML-KEM is in `cryptography` from version 47 on. */
export function canRunPython(): boolean {
  const asked = ['-c', 'import cryptography; print(cryptography.__version__)']
  return Number.parseInt(spawnSync('python3', asked, { encoding: 'utf8' }).stdout ?? '', 10) >= 47
}

/** A mutant with the cases that killed it. An empty list means that the mutant survived. */
export interface Killed {
  readonly mutant: Mutant
  readonly by: readonly string[]
  /** What the mutant did instead of failing as recorded. */
  readonly instead?: string
}

/** Returns the recorded killer of a mutant, from all cases. @throws BadFile if the killer is not among the cases */
export function killersOf<T extends { readonly name: string }>(
  { name, killer }: Mutant,
  cases: readonly T[],
): T[] {
  const found = cases.filter((given) => given.name === killer)
  if (found.length === 0) throw new BadFile(`${name}: there is no case ${killer}.`)
  return found
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
  const killers = new Map<Mutant, readonly string[]>()
  const queue = mutants.values()
  async function work(): Promise<void> {
    const starter = of === 'python' ? pythonProcess() : codecThread()
    try {
      for (const mutant of queue) {
        const cases = all ? suites.cases : killersOf(mutant, suites.cases)
        const how = { cases, parties: suites.parties, parallel: 1, caseLimitMs: CASE_LIMIT_MS }
        const { verdicts } = await run({ ...how, target: starter.target(mutant) })
        killers.set(
          mutant,
          verdicts.filter(({ outcome }) => isBad(outcome)).map(({ name }) => name),
        )
      }
    } finally {
      await starter.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, mutants.length) }, work))
  return mutants.map((mutant) => ({ mutant, by: killers.get(mutant) ?? [] }))
}

function codecThread(): Starter {
  const thread = new MutantThread()
  return { target: (mutant) => () => thread.target(mutant), close: () => thread.close() }
}

/** Runs mutants of the Python target in one process, which is restarted after a mutant that ended it or did not answer. */
function pythonProcess(): Starter {
  // `python3` may be a script that chooses a version, which takes longer than most cases. So start the interpreter itself.
  const asked = ['-c', 'import sys; print(sys.executable)']
  const python = execFileSync('python3', asked, { encoding: 'utf8' }).trim()
  const folder = mkdtempSync(join(tmpdir(), 'rex-mutants-'))
  const change = copyPython(folder)
  const command = [python, join(import.meta.dirname, 'codec/again.py'), folder] as const
  let running: TargetProcess | undefined
  async function ask(request: ConformanceRequest, limitMs: number): Promise<Reply> {
    running ??= new TargetProcess({ name: 'python', command, folder, env: { REX_ROOT: ROOT } })
    const reply = await running.ask(request, limitMs)
    if (reply.kind !== 'answer') running = undefined
    return reply
  }
  return {
    target: (mutant) => () => {
      change(mutant)
      return { ask, stop: () => {} }
    },
    close: async () => {
      running?.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
