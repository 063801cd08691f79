// The folders of the suites and of everything that they need, both in a checkout and in the installed package (whose only module is
// `dist/main.js`).
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const HERE = import.meta.dirname

export const VECTORS = join(HERE, '../vectors')
export const SCENARIOS = join(HERE, '../scenarios')
/** The targets in this repository. */
export const TARGETS = join(HERE, '../targets')
export const SPEC = outside('spec', '../../docs/spec')
/** Example referrals, by name. */
export const REFERRALS = outside('referrals', '../../examples/referrals')
/** Returns a folder from elsewhere in the repository. In the package, it is a copy next to the module. */
function outside(copy: string, place: string): string {
  const beside = join(HERE, copy)
  return existsSync(beside) ? beside : join(HERE, place)
}
