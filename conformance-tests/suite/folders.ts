// Where the suites and what belongs to them are: in a checkout, and in the installed package, whose one module is `dist/main.js`.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const HERE = import.meta.dirname

export const VECTORS = join(HERE, '../vectors')
export const SCENARIOS = join(HERE, '../scenarios')
/** The targets that are in the tree. */
export const TARGETS = join(HERE, '../targets')
export const SPEC = outside('spec', '../../docs/spec')
/** Example referrals, by name. */
export const REFERRALS = outside('referrals', '../../examples/referrals')

/** A folder of another part of the tree; the package has a copy of it beside its module. */
function outside(copy: string, place: string): string {
  const beside = join(HERE, copy)
  return existsSync(beside) ? beside : join(HERE, place)
}
