// Seeded damage to the stores of processes: `npm run damage`. Each damage ends healed or named, and no referral is lost. docs/guide/testing.md, "Damage"
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seeded } from '../../gateway/src/testing/random.ts'
import { openNetwork } from './network.ts'
import { damageOnce, type Outcome, type Round } from './round.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    count: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

const LANES = 2
const seed = Number(values.seed ?? randomInt(2 ** 31))
const count = Number(values.count ?? (values.quick ? 8 : 200))
const root = mkdtempSync(join(tmpdir(), 'rex-damage-'))
const startedMs = performance.now()
const rounds: Round[] = []
await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane)))
rmSync(root, { recursive: true, force: true })
report()
process.exit(rounds.some(({ outcome }) => outcome === 'lost') ? 1 : 0)

/** Each lane has its own network, and random numbers derived from seed and lane. */
async function runLane(lane: number): Promise<void> {
  const random = seeded(seed + lane)
  let network = await openNetwork(join(root, `${lane}`))
  for (let round = lane; round < count; round += LANES) {
    const done = await damageOnce(network, random)
    rounds.push(done)
    // A lost referral would affect later rounds.
    if (done.outcome === 'lost') {
      await network[Symbol.asyncDispose]()
      network = await openNetwork(join(root, `${lane}-${round}`))
    }
    const { side, place, moment, kind, where, outcome, note } = done
    console.error(
      `${round + 1}/${count} ${side}'s ${place}, ${moment}, ${kind}: ${where}: ${outcome} ${note && `(${note})`}`,
    )
  }
  await network[Symbol.asyncDispose]()
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
  if (values.json) console.log(JSON.stringify({ seed, count, seconds, ...totals, kinds }))
  else {
    console.table(kinds)
    console.log(`seed ${seed}, ${seconds} s: ${JSON.stringify(totals)}`)
  }
}
