// `npm run damage`: seeded damage to stores. Each must be repaired or reported, and no referral lost unnoticed. docs/guide/testing.md, "Damage"
import { randomInt } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seeded } from '../../gateway/src/testing/random.ts'
import { bundle } from './bundle.ts'
import { openNetwork } from './network.ts'
import { damageOnce, type Outcome, type Round } from './round.ts'

/**
 * Number of lanes, each of which runs rounds in its own network. It may exceed the number of cores, because rounds mostly
 * wait.
 */
const LANES = 4
const COUNT = { full: 200, quick: 8 }
/** Difference between the seeds of successive rounds, large enough that runs with neighbouring seeds have no round in common. */
const ROUND_STEP = 7919

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    count: { type: 'string' },
    only: { type: 'string' },
    lanes: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

const seed = Number(values.seed ?? randomInt(2 ** 31))
const count = Number(values.count ?? (values.quick ? COUNT.quick : COUNT.full))
const chosen = values.only?.split(',').map(Number) ?? Array.from({ length: count }, (_, i) => i + 1)
const lanes = Math.min(Number(values.lanes ?? LANES), chosen.length)
const root = mkdtempSync(join(tmpdir(), 'rex-damage-'))
const program = await bundle(root)
const startedMs = performance.now()
const rounds: Round[] = []
await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
rmSync(root, { recursive: true, force: true })
report()
process.exit(rounds.some(({ outcome }) => outcome === 'lost') ? 1 : 0)

/**
 * Runs the rounds of a lane, in a network of its own. A lane has the same rounds in every run, and each round
 * has its own random numbers. The stores of a round still contain the referrals of earlier rounds in the
 * lane.
 */
async function runLane(lane: number): Promise<void> {
  let directory = join(root, `${lane}`)
  let network = await openNetwork(directory, program)
  let since: number[] = []
  for (const number of chosen.filter((_, at) => at % lanes === lane)) {
    since.push(number)
    const beganMs = performance.now()
    const done = await damageOnce(network, seeded(seed + ROUND_STEP * number))
    rounds.push(done)
    tell(number, done, performance.now() - beganMs)
    // Start a new network after a loss, because a lost referral would affect later rounds.
    if (done.outcome !== 'lost') continue
    await network[Symbol.asyncDispose]()
    keep(directory, number)
    console.error(`${number}: again by --seed ${seed} --lanes 1 --only ${since.join(',')}`)
    since = []
    directory = join(root, `${lane}-${number}`)
    network = await openNetwork(directory, program)
  }
  await network[Symbol.asyncDispose]()
}

function tell(number: number, { side, place, moment, kind, where, outcome, note }: Round, ms: number): void {
  const damaged = `${side}'s ${place}, ${moment}, ${kind}: ${where}`
  console.error(`${number}: ${damaged}: ${outcome} ${note && `(${note}) `}in ${(ms / 1000).toFixed(1)} s`)
}

/** Keeps the stores and logs of a round that ended with a loss, for analysis. */
function keep(directory: string, number: number): void {
  const kept = join(tmpdir(), `rex-damage-${seed}-${number}`)
  cpSync(directory, kept, { recursive: true })
  console.error(`${number}: kept in ${kept}`)
}

function report(): void {
  const totals: Record<Outcome, number> = { healed: 0, named: 0, lost: 0 }
  const table = new Map<string, Record<Outcome, number>>()
  for (const { side, place, moment, kind, where, outcome } of rounds) {
    const file = kind === 'put back' ? '' : ` ${where.split(' ')[0]}`
    const row = `${side}'s ${place}, ${moment}, ${kind}${file}`
    const counts = table.get(row) ?? { healed: 0, named: 0, lost: 0 }
    counts[outcome] += 1
    totals[outcome] += 1
    table.set(row, counts)
  }
  const seconds = Math.round((performance.now() - startedMs) / 1000)
  const kinds = Object.fromEntries([...table].toSorted(([a], [b]) => a.localeCompare(b)))
  if (values.json) console.log(JSON.stringify({ seed, count: rounds.length, seconds, ...totals, kinds }))
  else {
    console.table(kinds)
    console.log(`seed ${seed}, ${seconds} s: ${JSON.stringify(totals)}`)
  }
}
