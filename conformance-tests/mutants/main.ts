// Shows which cases kill each mutant: `npm run conformance:mutants [-- NAME…]`; `--recorded`: runs the recorded case alone; `--python`: mutants
// of the target in Python.
// docs/guide/conformance.md
import { join } from 'node:path'
import { readSuites } from '../suite/read.ts'
import { readMutants } from './build.ts'
import { kill } from './kill.ts'

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const of = process.argv.includes('--python') ? 'python' : 'codec'
const all = !process.argv.includes('--recorded')
const mutants = readMutants(of).filter(({ name }) => names.length === 0 || names.includes(name))
const killed = await kill(mutants, readSuites(join(import.meta.dirname, '../vectors')), { all, of })
for (const { mutant, by } of killed) {
  const isRecorded = by.includes(mutant.killer)
  console.log(
    `${isRecorded ? 'dies    ' : 'SURVIVES'} ${mutant.name} (${by.length}): ${by.slice(0, 8).join(' ')}`,
  )
}
const dead = killed.filter(({ mutant, by }) => by.includes(mutant.killer)).length
console.log(`${dead} of ${killed.length} mutants die by their recorded case.`)
process.exitCode = dead === killed.length && dead > 0 ? 0 : 1
