// Checks the code blocks of README and guides, so that they keep working. A block begins with ``` or, if it only prepares
// something that the reader has already, with an invisible <!-- instead. Its first line decides:
// - `sh run`: the blocks of a page run in order, as one script, in a fresh directory with the commands on the path;
// - `ts run`: then these blocks of the page run in order, as one module, in the same directory;
// - `ts`: a separate module, which is not run. All modules are type-checked.
// Arguments limit the check to these pages.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, parse } from 'node:path'
import { bundlePrograms } from '../../../sdk/src/testing/harness/programs/bundle.ts'

const ROOT = new URL('../../../', import.meta.url).pathname
const BLOCK = /^(?:```|<!-- )(sh run|ts run|ts)\n([\s\S]*?)^(?:```|-->)$/gm
const MINUTES = 60_000
const BIN = 'node_modules/.bin'
/** Number of pages that are checked concurrently. Each page has its own ports. */
const AT_ONCE = 2

interface Page {
  readonly path: string
  readonly script: string
  readonly module: string
  /** Modules that are only type-checked. */
  readonly sketches: readonly string[]
}

interface Outcome {
  readonly what: string
  readonly ok: boolean
  readonly output: string
}

const guides = readdirSync(join(ROOT, 'docs/guide')).filter((name) => name.endsWith('.md'))
const wanted = process.argv.slice(2)
const pages = ['README.md', ...guides.map((name) => join('docs/guide', name))]
  .filter((path) => wanted.length === 0 || wanted.includes(path))
  .map(readPage)
const modules = new Map(pages.flatMap(modulesOf))
for (const [file, text] of modules) writeFileSync(file, text)
const programs = await bundlePrograms()
// Some pages also run programs from `examples` and `docs` of the checkout.
for (const folder of ['examples', 'docs']) symlinkSync(join(ROOT, folder), join(programs, folder))
try {
  let [passed, failed] = [0, 0]
  const checks = [checkTypes, ...pages.filter(isRun).map((page) => () => runPage(page))]
  const work = async () => {
    for (let check = checks.shift(); check !== undefined; check = checks.shift()) {
      const { what, ok, output } = await check()
      console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}${ok ? '' : output}`)
      if (ok) passed += 1
      else failed += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  console.log(`docs: ${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  for (const file of modules.keys()) rmSync(file)
  rmSync(programs, { recursive: true })
}

function readPage(path: string): Page {
  const blocks = [...readFileSync(join(ROOT, path), 'utf8').matchAll(BLOCK)]
  const of = (mark: string) => blocks.filter(([, its]) => its === mark).map(([, , text]) => text as string)
  return { path, script: of('sh run').join('\n'), module: of('ts run').join('\n'), sketches: of('ts') }
}

function isRun({ script, module }: Page): boolean {
  return script !== '' || module !== ''
}

/** Returns the path of a page's module, placed so that Node finds the packages. */
function moduleFile(path: string, number: number | '' = ''): string {
  return join(ROOT, 'docs/check', `${parse(path).name}${number}.tmp.ts`)
}

function modulesOf({ path, module, sketches }: Page): [string, string][] {
  const run: [string, string][] = module === '' ? [] : [[moduleFile(path), module]]
  return [...run, ...sketches.map((text, i): [string, string] => [moduleFile(path, i + 1), text])]
}

async function checkTypes(): Promise<Outcome> {
  const { ok, output } = await run('npx', ['tsc', '--noEmit', '-p', 'docs/check'], ROOT)
  return { what: `types of ${modules.size} modules`, ok, output }
}

async function runPage({ path, script, module }: Page): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'rex-docs-'))
  const node = `node --disable-warning=ExperimentalWarning --conditions=@rex/source ${moduleFile(path)}`
  const commands = [
    'set -Eeuo pipefail',
    `trap 'echo "This command failed: $BASH_COMMAND" >&2' ERR`,
    "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT",
    script,
    module === '' ? '' : node,
  ]
  const outcome = await run('bash', ['-c', commands.join('\n')], directory)
  rmSync(directory, { recursive: true, force: true })
  return { what: path, ...outcome }
}

/** Runs a command and returns its output. */
async function run(command: string, options: readonly string[], cwd: string): Promise<Omit<Outcome, 'what'>> {
  const child = spawn(command, options, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10 * MINUTES,
    env: { ...process.env, PATH: [join(programs, BIN), join(ROOT, BIN), process.env.PATH].join(':') },
  })
  let output = '\n'
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const [code] = await once(child, 'close')
  return { ok: code === 0, output }
}
