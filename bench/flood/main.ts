// Runs the floods one after another against a gateway with two honest neighbours: `npm run flood`. docs/guide/benchmark.md, "Floods"
import { parseArgs } from 'node:util'
import type { FloodName } from './attacker.ts'
import { COSTLY } from './costly.ts'
import { FLOODS } from './floods.ts'
import { FURTHER } from './further.ts'
import { type FloodFigures, formatFloods, judge } from './report.ts'
import { openScene } from './scene.ts'

const USAGE = `npm run flood -- [options]
  --only FLOOD     one of the floods, or of the further ones; may be repeated
  --further        the further floods instead, in about two minutes
  --quick          seconds instead of minutes, one flood of each kind: shows that nothing breaks down
  --json           the last line is one JSON object`

const NAMES = [...Object.keys(FLOODS), ...Object.keys(COSTLY)] as FloodName[]
const FURTHER_NAMES = Object.keys(FURTHER) as FloodName[]
const ALL_NAMES = [...NAMES, ...FURTHER_NAMES]
/** Durations of the phases of each flood. Milliseconds. */
const FULL = { before: 1500, during: 5000, after: 1000 }
const QUICK = { before: 300, during: 500, after: 200 }
/** The floods of a quick run, one of each kind. */
const QUICK_NAMES: readonly FloodName[] = [
  'answers unread',
  'unopenable urgent',
  'store filling',
  'silent sockets',
  'junk enrolments',
  'unasked outcomes',
  'reset with reconnect',
  'huge headers',
  'calls unfinished',
]

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    further: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

process.removeAllListeners('warning')

if (values.help)
  console.log(`${USAGE}\n\nFloods: ${NAMES.join(', ')}\n\nFurther: ${FURTHER_NAMES.join(', ')}`)
else process.exitCode = (await run(namesOf(values.only))) ? 0 : 1

function namesOf(only: readonly string[] = defaultNames()): readonly FloodName[] {
  const unknown = only.find((name) => !ALL_NAMES.some((known) => known === name))
  if (unknown === undefined) return only as readonly FloodName[]
  console.error(`There is no flood ${unknown}.\n\n${USAGE}`)
  process.exit(2)
}

function defaultNames(): readonly FloodName[] {
  if (values.further) return FURTHER_NAMES
  return values.quick ? QUICK_NAMES : NAMES
}

/** Runs the floods. Returns whether all passed. */
async function run(names: readonly FloodName[]): Promise<boolean> {
  await using scene = await openScene()
  const figures: Record<string, FloodFigures> = {}
  for (const name of names) {
    figures[name] = await scene.flood(name, values.quick ? QUICK : FULL)
    process.stderr.write(`${name}: ${JSON.stringify(figures[name])}\n`)
  }
  const report = judge(figures, { quick: values.quick })
  console.log(formatFloods(report))
  if (values.json) console.log(JSON.stringify(report))
  return report.passed
}
