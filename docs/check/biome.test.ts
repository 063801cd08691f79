// Tests the project's own rules in biome.json: each must reject a planted source.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const OWN = /lint\/(?:style\/noRestrictedGlobals|complexity\/noExcessiveLinesPerFunction)/g

const IMPURE = ['process.exit()', 'setTimeout(() => {}, 1)', "fetch('x')", 'console.log(globalThis)']
const FOLDERS = ['sdk/src/client', 'sdk/src/core', 'gateway/src', 'bench', 'docs/check', 'examples']
const long = (lines: number) => `export function long(a) {\n${'  a()\n'.repeat(lines)}}\n`

/** Files by name, in a tree with the project's settings. */
const PLANTED: Readonly<Record<string, string>> = Object.fromEntries([
  ...IMPURE.flatMap((source, i) => [
    [`sdk/src/core/identity/impure${i}.ts`, source],
    [`sdk/src/core/identity/impure${i}.test.ts`, source],
    [`sdk/src/client/impure${i}.ts`, source],
  ]),
  ...FOLDERS.flatMap((folder) => [
    [`${folder}/short.ts`, long(58)],
    [`${folder}/long.ts`, long(61)],
  ]),
])

let report: string
beforeAll(() => {
  const directory = mkdtempSync(join(tmpdir(), 'rex-biome-'))
  execFileSync('git', ['init', '--quiet'], { cwd: directory })
  for (const file of ['biome.json', '.gitignore']) copyFileSync(join(ROOT, file), join(directory, file))
  for (const [file, source] of Object.entries(PLANTED)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), source)
  }
  const parameters = ['lint', '--reporter=github', '--max-diagnostics=1000', '.']
  report = spawnSync(join(ROOT, 'node_modules/.bin/biome'), parameters, {
    cwd: directory,
    encoding: 'utf8',
  }).stdout
  return () => rmSync(directory, { recursive: true })
})

const rulesOf = (file: string) => [
  ...new Set(
    report
      .split('\n')
      .filter((line) => line.includes(`/${file},`))
      .flatMap((line) => line.match(OWN) ?? []),
  ),
]

test.each(IMPURE.map((source, i) => [source, i]))('core is pure: %s is refused there alone', (_, i) => {
  expect(rulesOf(`sdk/src/core/identity/impure${i}.ts`)).toEqual(['lint/style/noRestrictedGlobals'])
  expect(rulesOf(`sdk/src/core/identity/impure${i}.test.ts`)).toEqual([])
  expect(rulesOf(`sdk/src/client/impure${i}.ts`)).toEqual([])
})

test.each(FOLDERS)('a function of 61 lines is refused in %s', (folder) => {
  expect(rulesOf(`${folder}/short.ts`)).toEqual([])
  expect(rulesOf(`${folder}/long.ts`)).toEqual(['lint/complexity/noExcessiveLinesPerFunction'])
})
