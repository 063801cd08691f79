// Shows which cases kill each mutant: `npm run conformance:mutants [-- NAME…]`; `--recorded`: runs only the recorded case; `--codec`,
// `--python`, `--gateway`, `--desk`: only mutants of these. docs/guide/conformance.md
import { join } from 'node:path'
import { gatewayCases } from '../runner/kinds.ts'
import { readScenarios } from '../suite/scenario.ts'
import { readSuites } from '../suite/vectors.ts'
import { type Implementation, type Mutant, readMutants } from './build.ts'
import { buildGateway, killGateways } from './gateway.ts'
import { canRunPython, type Killed, kill } from './kill.ts'
import { buildDesk, killDesks } from './kill-desks.ts'

const words = process.argv.slice(2)
const names = words.filter((word) => !word.startsWith('--'))
const all = !words.includes('--recorded')
const SCENARIOS = join(import.meta.dirname, '../scenarios')

const KILLS: Readonly<Record<string, (mutants: readonly Mutant[]) => Promise<Killed[]>>> = {
  codec: (mutants) => ofCodec('codec', mutants),
  python: (mutants) => ofCodec('python', mutants),
  async gateway(mutants) {
    const gateway = await buildGateway(mutants)
    const how = { gateway, every: all }
    return killGateways(mutants, gatewayCases(SCENARIOS), how).finally(gateway.close)
  },
  async desk(mutants) {
    const desk = await buildDesk(mutants)
    return killDesks(mutants, readScenarios(join(SCENARIOS, 'desk')), desk, { all }).finally(desk.close)
  },
}

function ofCodec(of: Implementation, mutants: readonly Mutant[]): Promise<Killed[]> {
  return kill(mutants, readSuites(join(import.meta.dirname, '../vectors')), { all, of })
}

async function survivorsOf(kind: string): Promise<number> {
  const mutants = readMutants(kind as Implementation).filter(
    ({ name }) => names.length === 0 || names.includes(name),
  )
  if (mutants.length === 0) return 0
  if (kind === 'python' && !canRunPython()) {
    console.log('python: not run, because python3 has no package cryptography from version 47 on.')
    return 0
  }
  const killed = (await KILLS[kind]?.(mutants)) ?? []
  for (const { mutant, by } of killed) {
    const verdict = by.includes(mutant.killer) ? 'dies    ' : 'SURVIVES'
    console.log(`${verdict} ${mutant.name} (${by.length}): ${by.slice(0, 8).join(' ')}`)
  }
  const dead = killed.filter(({ mutant, by }) => by.includes(mutant.killer)).length
  console.log(`${kind}: ${dead} of ${killed.length} mutants die by their recorded case.`)
  return killed.length - dead
}

const named = Object.keys(KILLS).filter((kind) => words.includes(`--${kind}`))
let survivors = 0
for (const kind of named.length > 0 ? named : Object.keys(KILLS)) survivors += await survivorsOf(kind)
process.exitCode = survivors === 0 ? 0 : 1
