// Shows which cases kill each mutant: `npm run conformance:mutants [-- NAME…]`; `--recorded`: runs only the recorded case, which must fail as
// recorded; `--record`: records how it fails; `--codec`, `--python`, `--gateway`, `--desk`: only mutants of these. docs/guide/conformance.md
import { join } from 'node:path'
import { gatewayCases } from '../runner/kinds.ts'
import { readScenarios, type Scenario } from '../suite/scenario.ts'
import { readSuites } from '../suite/vectors.ts'
import { canRunPython, type Killed, kill } from './kill.ts'
import { type Implementation, type Mutant, type RECORDS, readMutants } from './mutant.ts'
import { buildDesk } from './programs/desk.ts'
import { buildGateway } from './programs/gateway.ts'
import { howEachFails, killByAll, killRecorded, type Trials } from './programs/trial.ts'
import { record } from './record.ts'

const words = process.argv.slice(2)
const names = words.filter((word) => !word.startsWith('--'))
const SCENARIOS = join(import.meta.dirname, '../scenarios')

type Kind = keyof typeof RECORDS
const KILLS: Readonly<Record<Kind, (mutants: readonly Mutant[]) => Promise<Killed[]>>> = {
  codec: (mutants) => ofCodec('codec', mutants),
  python: (mutants) => ofCodec('python', mutants),
  async gateway(mutants) {
    const gateway = await buildGateway(mutants)
    const trials = { open: gateway.open, scenarios: gatewayCases(SCENARIOS) }
    return ofProgram('gateway', mutants, trials).finally(gateway.close)
  },
  async desk(mutants) {
    const desk = await buildDesk(mutants)
    const trials = { open: desk.open, scenarios: readScenarios(join(SCENARIOS, 'desk')) }
    return ofProgram('desk', mutants, trials).finally(desk.close)
  },
}

function ofCodec(of: Implementation, mutants: readonly Mutant[]): Promise<Killed[]> {
  const all = !words.includes('--recorded')
  return kill(mutants, readSuites(join(import.meta.dirname, '../vectors')), { all, of })
}

async function ofProgram<T extends Scenario>(
  kind: Kind,
  mutants: readonly Mutant[],
  trials: Trials<T>,
): Promise<Killed[]> {
  if (words.includes('--recorded')) return killRecorded(mutants, trials)
  if (!words.includes('--record')) return killByAll(mutants, trials)
  const found = await howEachFails(mutants, trials)
  record(kind, found)
  return [...found].map(([mutant, how]) =>
    typeof how === 'string' ? { mutant, by: [], instead: how } : { mutant, by: [mutant.killer] },
  )
}

async function survivorsOf(kind: Kind): Promise<number> {
  const mutants = readMutants(kind).filter(({ name }) => names.length === 0 || names.includes(name))
  if (mutants.length === 0) return 0
  if (kind === 'python' && !canRunPython()) {
    console.log('python: not run, because python3 has no package cryptography from version 47 on.')
    return 0
  }
  const killed = await KILLS[kind](mutants)
  for (const { mutant, by, instead = '' } of killed) {
    const verdict = by.includes(mutant.killer) ? 'dies    ' : 'SURVIVES'
    console.log(
      `${verdict} ${mutant.name} (${by.length}): ${by.slice(0, 8).join(' ')}${instead.slice(0, 300)}`,
    )
  }
  const dead = killed.filter(({ mutant, by }) => by.includes(mutant.killer)).length
  console.log(`${kind}: ${dead} of ${killed.length} mutants die by their recorded case.`)
  return killed.length - dead
}

const kinds = Object.keys(KILLS) as Kind[]
const named = kinds.filter((kind) => words.includes(`--${kind}`))
let survivors = 0
for (const kind of named.length > 0 ? named : kinds) survivors += await survivorsOf(kind)
process.exitCode = survivors === 0 ? 0 : 1
