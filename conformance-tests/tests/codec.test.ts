import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { vectorFiles } from '../generate/files.ts'
import { buildTarget } from '../mutants/build.ts'
import { kill } from '../mutants/kill.ts'
import { readMutants } from '../mutants/mutant.ts'
import { run } from '../runner/run.ts'
import { readSuites } from '../suite/vectors.ts'

const VECTORS = new URL('../vectors/', import.meta.url).pathname
const SUITES = readSuites(VECTORS)
const MUTANTS = readMutants()

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rex-conformance-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('our codec passes every case', async () => {
  await buildTarget(join(folder, 'codec.mjs'))
  const target = { name: 'codec', command: [process.execPath, 'codec.mjs'], folder } as const
  const { verdicts } = await run({ ...SUITES, target, caseLimitMs: 60_000 })
  expect(verdicts.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
})

test('there are at least 150 mutants, and no name is used twice', () => {
  const names = MUTANTS.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(150)
})

test('the case of each mutant kills it', async () => {
  const killed = await kill(MUTANTS, SUITES)
  expect(killed.flatMap(({ mutant, by }) => (by.includes(mutant.killer) ? [] : [mutant.name]))).toEqual([])
})

test('the stored vectors equal what the generators write', () => {
  const files = vectorFiles()
  const committed = readdirSync(VECTORS, { recursive: true })
    .map(String)
    .filter((file) => file.includes('.'))
  expect(committed.sort()).toEqual([...files.keys()].sort())
  const changed = [...files].filter(([file, text]) => readFileSync(join(VECTORS, file), 'utf8') !== text)
  expect(changed.map(([file]) => file)).toEqual([])
})
