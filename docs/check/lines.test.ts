// Tests of the limits on file lengths and on the number of files in a folder.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const CHECK = fileURLToPath(new URL('lines.mjs', import.meta.url))

/** Checks a tree with these files, which are given with their numbers of lines. */
function check(files: Readonly<Record<string, number>>) {
  const directory = mkdtempSync(join(tmpdir(), 'rex-lines-'))
  try {
    execFileSync('git', ['init', '--quiet'], { cwd: directory })
    for (const [file, lines] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, file)), { recursive: true })
      writeFileSync(join(directory, file), '//\n'.repeat(lines))
    }
    const { status, stderr } = spawnSync(process.execPath, [CHECK, directory], { encoding: 'utf8' })
    return { status, stderr }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('400 lines pass', () => {
  expect(check({ 'sdk/src/a.ts': 400, 'docs/b.test.mjs': 400 })).toEqual({ status: 0, stderr: '' })
})

test('a source file, a test and a script of 401 lines are reported', () => {
  const { status, stderr } = check({ 'sdk/src/a.ts': 401, 'gateway/src/b.test.ts': 401, 'docs/c.sh': 401 })
  expect(status).toBe(1)
  for (const file of ['sdk/src/a.ts', 'gateway/src/b.test.ts', 'docs/c.sh'])
    expect(stderr).toContain(`${file} has 401 lines`)
})

test('generated files and data may be long', () => {
  expect(check({ 'proto/gen/a.ts': 5000, 'docs/b.md': 5000, 'sdk/src/c.ts': 1 }).status).toBe(0)
})

test('12 sources and 12 tests pass; the 13th is reported', () => {
  const of = (count: number, suffix: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`sdk/src/a/${i}${suffix}`, 1]))
  expect(check({ ...of(12, '.ts'), ...of(12, '.test.ts') })).toEqual({ status: 0, stderr: '' })
  const { status, stderr } = check({ ...of(13, '.ts'), ...of(13, '.test.ts') })
  expect(status).toBe(1)
  expect(stderr).toContain('sdk/src/a (sources) has 13 files')
  expect(stderr).toContain('sdk/src/a (tests) has 13 files')
})

test('the check fails on a tree without code', () => {
  expect(check({ 'docs/b.md': 1 }).status).toBe(1)
})
