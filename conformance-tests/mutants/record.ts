// Writes into the files of mutants how each mutant of a gateway or desk fails its case.
import { readFileSync, writeFileSync } from 'node:fs'
import { type Mutant, type RECORDS, recordOf } from './mutant.ts'
import type { Failing } from './programs/trial.ts'

/** Records how mutants fail. Leaves mutants that do not fail unchanged, and returns how many these are. */
export function record(of: keyof typeof RECORDS, found: ReadonlyMap<Mutant, Failing | string>): number {
  const file = recordOf(of)
  const byName = new Map([...found].map(([{ name }, how]) => [name, how]))
  const all = JSON.parse(readFileSync(file, 'utf8')) as Mutant[]
  const changed = all.map((mutant) => {
    const how = byName.get(mutant.name)
    if (how === undefined || typeof how === 'string') return mutant
    const { step: _, fails: __, atStart: ___, ...rest } = mutant
    return { ...rest, step: how.step, fails: how.fails, ...(how.atStart && { atStart: true }) }
  })
  writeFileSync(file, `${JSON.stringify(changed, null, 2)}\n`)
  return [...found.values()].filter((how) => typeof how === 'string').length
}
