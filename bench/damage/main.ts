// Seeded damage to stores that run: `npm run damage`. Each ends healed or named, and nothing is lost. docs/guide/testing.md, "Damage"
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seeded } from '../../gateway/src/testing/random.ts'
import { openNetwork } from './network.ts'
import { damageDesk, damageGateway, type Outcome } from './round.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    count: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

// Node calls the algorithms of REX-2 experimental, once for each.
process.removeAllListeners('warning')

const seed = Number(values.seed ?? randomInt(2 ** 31))
const count = Number(values.count ?? (values.quick ? 8 : 200))
const random = seeded(seed)
const root = mkdtempSync(join(tmpdir(), 'rex-damage-'))
const counts: Record<Outcome, number> = { healed: 0, named: 0, lost: 0 }
{
  await using network = await openNetwork(root)
  for (let round = 1; round <= count; round++) {
    const damage = round % 2 === 0 ? damageDesk : damageGateway
    const { what, outcome } = await damage(network, random)
    counts[outcome] += 1
    console.error(`${round}/${count} ${what}: ${outcome}`)
  }
}
rmSync(root, { recursive: true, force: true })
console.log(
  values.json ? JSON.stringify({ seed, count, ...counts }) : `seed ${seed}: ${JSON.stringify(counts)}`,
)
process.exit(counts.lost > 0 ? 1 : 0)
