// `npm run faults [-- NAME…]` runs the fault cases against this checkout. The cases come from public bug reports of comparable systems, and
// are in ../shared/cases/faults or the directory REX_CASES. Several run concurrently, each in its own network.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { bundlePrograms } from '../../sdk/src/testing/harness/programs/bundle.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const SOURCE = resolve(ROOT, process.env.REX_CASES ?? '../shared/cases/faults')
/** Number of concurrent cases. It may exceed the number of cores, because a case spends most of its time waiting. */
const AT_ONCE = 4
const MOST_SECONDS = 240
const FAKETIME = ['x86_64', 'aarch64'].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`,
)
/** Long cases. They start first, so that they do not run alone at the end. */
const LONG = /clock|away|catch-up|frozen|epipe|full|odd/

/** Cases that create a second desk of an organisation. That requires a gateway reset (REX-MBX-081), which their template includes. */
const AFTER_RESET = /passphrase-nfc/
const RESET = join(import.meta.dirname, 'faults-reset.sh')

/** Directories of a run. */
interface Place {
  /** A folder with the commands of this checkout in `node_modules/.bin`. */
  readonly programs: string
  /** A copy of the cases inside the checkout, so that a case can import our packages. */
  readonly cases: string
  readonly temporary: string
}

interface Outcome {
  readonly verdict: 'ok' | 'FAIL' | 'skip'
  readonly said: string
  readonly seconds: number
}

function missing(): string | undefined {
  if (!existsSync(join(SOURCE, 'lib.sh'))) return `there are no cases in ${SOURCE}`
  if (process.getuid?.() !== 0) return 'only root can make networks'
  for (const [tool, ...test] of [
    ['ip', '-V'],
    ['unshare', '-n', '-m', 'true'],
    ['bash', '--version'],
  ] as const)
    if (spawnSync(tool, test).status !== 0) return `\`${tool}\` is missing, or may not be used here`
  if (faketime() === undefined) return 'libfaketime is missing'
  return undefined
}

function faketime(): string | undefined {
  return [process.env.FAKETIME_LIB ?? '', ...FAKETIME].find((path) => existsSync(path))
}

/** Runs one script of the cases. The verdict is in the last line of output that begins with a verdict. */
async function run(script: string, { programs, cases, temporary }: Place, base = 'base'): Promise<Outcome> {
  const started = Date.now()
  const child = spawn('timeout', ['--kill-after=5', String(MOST_SECONDS), 'bash', script], {
    cwd: cases,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      REX: programs,
      TMPDIR: temporary,
      CASES: cases,
      BASE: join(temporary, base),
      FAKETIME_LIB: faketime(),
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const code = await new Promise((resolve) => child.on('close', resolve))
  const said =
    output.split('\n').findLast((line) => /^(?:OK|FAIL|SKIP)/.test(line)) ?? output.trim().slice(-500)
  const verdict = code !== 0 ? 'FAIL' : said.startsWith('SKIP') ? 'skip' : 'ok'
  return { verdict, said, seconds: Math.round((Date.now() - started) / 1000) }
}

async function runAll(names: readonly string[], place: Place): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const queue = [...names].sort((a, b) => Number(LONG.test(b)) - Number(LONG.test(a)))
  const work = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const outcome = await run(join(name, 'run.sh'), place, AFTER_RESET.test(name) ? 'reset' : 'base')
      console.log(`${outcome.verdict.padEnd(4)} ${name} (${outcome.seconds} s) ${outcome.said}`)
      outcomes.push(outcome)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return outcomes
}

const reason = missing()
if (reason !== undefined) {
  console.log(`SKIPPED: no fault case was tried, because ${reason}.`)
} else {
  const wanted = process.argv.slice(2)
  const names = readdirSync(SOURCE).filter(
    (name) =>
      existsSync(join(SOURCE, name, 'run.sh')) &&
      (wanted.length === 0 || wanted.some((part) => name.includes(part))),
  )
  const place = {
    programs: await bundlePrograms({ cheap: true }),
    cases: mkdtempSync(join(ROOT, '.faults-')),
    temporary: mkdtempSync(join(tmpdir(), 'rex-faults-')),
  }
  try {
    cpSync(SOURCE, place.cases, { recursive: true })
    const templates = [await run('mkbase.sh', place)]
    if (names.some((name) => AFTER_RESET.test(name))) templates.push(await run(RESET, place, 'reset'))
    for (const { said } of templates.filter(({ verdict }) => verdict === 'FAIL'))
      console.log(`The paired organisations of the cases cannot be made. ${said}`)
    const outcomes = await runAll(names, place)
    const count = (verdict: Outcome['verdict']) =>
      outcomes.filter((outcome) => outcome.verdict === verdict).length
    console.log(`faults: ${count('ok')} passed, ${count('FAIL')} failed, ${count('skip')} skipped`)
    process.exitCode = count('FAIL') === 0 && outcomes.length > 0 ? 0 : 1
  } finally {
    for (const folder of Object.values(place)) rmSync(folder, { recursive: true, force: true })
  }
}
