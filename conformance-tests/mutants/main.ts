// Shows which cases kill each mutant: `npm run conformance:mutants [-- NAME…]`; `--recorded`: runs only the recorded case; `--python`:
// mutants of the target in Python; `--gateway`: of our gateway; `--desk`: of our desk. docs/guide/conformance.md
import { join } from 'node:path'
import { gatewayCases } from '../runner/kinds.ts'
import { readScenarios } from '../suite/scenario.ts'
import { readSuites } from '../suite/vectors.ts'
import { type Mutant, readMutants } from './build.ts'
import { buildGateway, killGateways } from './gateway.ts'
import { type Killed, kill } from './kill.ts'
import { killDesks } from './kill-desks.ts'

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const of = process.argv.includes('--python') ? 'python' : 'codec'
const all = !process.argv.includes('--recorded')
const isChosen = ({ name }: Mutant) => names.length === 0 || names.includes(name)
const killed = await chosen()
for (const { mutant, by } of killed) {
  const isRecorded = by.includes(mutant.killer)
  console.log(
    `${isRecorded ? 'dies    ' : 'SURVIVES'} ${mutant.name} (${by.length}): ${by.slice(0, 8).join(' ')}`,
  )
}
const dead = killed.filter(({ mutant, by }) => by.includes(mutant.killer)).length
console.log(`${dead} of ${killed.length} mutants die by their recorded case.`)
process.exitCode = dead === killed.length && dead > 0 ? 0 : 1

function chosen(): Promise<Killed[]> {
  if (process.argv.includes('--gateway')) return ofGateway()
  return process.argv.includes('--desk') ? ofDesk() : ofCodec()
}

function ofDesk(): Promise<Killed[]> {
  const scenarios = readScenarios(join(import.meta.dirname, '../scenarios/desk'))
  return killDesks(readMutants('desk').filter(isChosen), scenarios, { all })
}

function ofCodec(): Promise<Killed[]> {
  const mutants = readMutants(of).filter(isChosen)
  return kill(mutants, readSuites(join(import.meta.dirname, '../vectors')), { all, of })
}

async function ofGateway(): Promise<Killed[]> {
  const cases = gatewayCases(join(import.meta.dirname, '../scenarios'))
  const gateway = await buildGateway()
  const mutants = readMutants('gateway').filter(isChosen)
  return killGateways(mutants, cases, { gateway, every: all }).finally(gateway.close)
}
