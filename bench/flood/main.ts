// The floods, one after the other, against a gateway with two honest neighbours: `npm run flood`. docs/guide/benchmark.md, "Floods"
import { parseArgs } from 'node:util'
import { FLOODS, type FloodName } from './floods.ts'
import { type FloodFigures, formatFloods, judge } from './report.ts'
import { openScene } from './scene.ts'

const USAGE = `npm run flood -- [options]
  --only FLOOD     one of the floods; may be repeated
  --quick          seconds instead of minutes, one flood of each kind: shows that nothing breaks down
  --json           the last line is one JSON object`

const NAMES = Object.keys(FLOODS) as FloodName[]
/** Milliseconds before, during and after each flood. */
const FULL = { before: 2000, during: 6000, after: 1500 }
const QUICK = { before: 300, during: 500, after: 200 }
/** One of each kind: answers, mail, store, strangers, enrolment, dialled links, calls. */
const QUICK_NAMES: readonly FloodName[] = [
  'answers unread',
  'unopenable urgent',
  'store filling',
  'silent sockets',
  'junk enrolments',
  'unasked outcomes',
  'reset with reconnect',
]

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

process.removeAllListeners('warning')

if (values.help) console.log(`${USAGE}\n\nFloods: ${NAMES.join(', ')}`)
else process.exit((await run(namesOf(values.only))) ? 0 : 1)

function namesOf(only: readonly string[] = values.quick ? QUICK_NAMES : NAMES): readonly FloodName[] {
  const unknown = only.find((name) => !NAMES.some((known) => known === name))
  if (unknown === undefined) return only as readonly FloodName[]
  console.error(`There is no flood ${unknown}.\n\n${USAGE}`)
  process.exit(2)
}

/** Whether all went as it should. */
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
