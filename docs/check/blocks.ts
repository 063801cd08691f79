// Runs the code blocks of README and guides, so that what they say keeps working.
// Blocks marked `sh run` of one page run in order, as one script, in a fresh directory with the commands on the path.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = new URL('../../', import.meta.url).pathname
const FENCE = /^```sh run\n([\s\S]*?)^```$/gm

const pages = ['README.md', ...readdirSync(join(ROOT, 'docs/guide')).map((name) => join('docs/guide', name))]
let failed = 0
let passed = 0

for (const page of pages.filter((name) => name.endsWith('.md'))) {
  const blocks = [...readFileSync(join(ROOT, page), 'utf8').matchAll(FENCE)].map(
    (match) => match[1] as string,
  )
  if (blocks.length === 0) continue
  const directory = mkdtempSync(join(tmpdir(), 'rex-docs-'))
  const script = [
    'set -euo pipefail',
    "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT",
    ...blocks,
  ].join('\n')
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    cwd: directory,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`, REX: ROOT },
  })
  rmSync(directory, { recursive: true, force: true })
  if (status === 0) passed++
  else failed++
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${page} (${blocks.length} blocks)`)
  if (status !== 0) console.log(stdout, stderr)
}

console.log(`docs: ${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
