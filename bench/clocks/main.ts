// `npm run clocks`: a simulated year with clocks up to 400 days wrong. docs/guide/benchmark.md, "Clocks"
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runCampaign } from './campaign.ts'

const USAGE = `npm run clocks -- [options]
  --seed NUMBER    the same errors again; default: random
  --quick          some weeks instead of a year
  --json           the last line is one JSON object`

const STEPS = { full: 73, quick: 8 }

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

process.removeAllListeners('warning')

if (values.help) console.log(USAGE)
else process.exitCode = (await run()) ? 0 : 1

/** Runs the campaigns. Returns whether all passed. */
async function run(): Promise<boolean> {
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
  process.stderr.write(`seed ${seed}\n`)
  const report = await runCampaign({ seed, steps: values.quick ? STEPS.quick : STEPS.full })
  const { days, errors, sent, received, ended, sealedLate, faults } = report
  console.log(
    `${days} days, ${errors} wrong clocks: of ${sent} referrals ${received} were received, ${ended} ended in sight.`,
  )
  console.log(
    `Once sealed for destroyed keys: ${sealedLate.received} of the received, ${sealedLate.ended} of the ended.`,
  )
  for (const fault of faults) console.log(`! ${fault}`)
  if (values.json) console.log(JSON.stringify(report))
  return faults.length === 0
}
