import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { vectorFiles } from '../generate/files.ts'
import { buildTarget, readMutants } from '../mutants/build.ts'
import { kill } from '../mutants/kill.ts'
import { coverage, readRequirements } from '../runner/coverage.ts'
import { run } from '../runner/run.ts'
import { readSuite } from '../suite/read.ts'

const VECTORS = new URL('../vectors/', import.meta.url).pathname
const SUITE = readSuite(VECTORS, 'codec')
const SPEC = new URL('../../docs/spec', import.meta.url).pathname

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rex-conformance-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('our codec passes every case', async () => {
  await buildTarget(join(folder, 'codec.mjs'))
  const target = { name: 'codec', command: [process.execPath, 'codec.mjs'], folder } as const
  const { verdicts } = await run({ ...SUITE, target, caseLimitMs: 60_000 })
  expect(verdicts.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
})

test.each(readMutants())('the mutant $name dies by its case $killer', async (mutant) => {
  const [killed] = await kill([mutant], SUITE)
  expect(killed?.by).toEqual([mutant.killer])
})

test('the vectors are those that the generators write', () => {
  const files = vectorFiles()
  const committed = ['parties.json', ...readdirSync(join(VECTORS, 'codec')).map((file) => `codec/${file}`)]
  expect(committed.sort()).toEqual([...files.keys()].sort())
  const changed = [...files].filter(([file, text]) => readFileSync(join(VECTORS, file), 'utf8') !== text)
  expect(changed.map(([file]) => file)).toEqual([])
})

test('every requirement that a case names is defined', () => {
  const { requirements, unknown } = coverage(SUITE.cases, readRequirements(SPEC))
  expect(unknown).toEqual([])
  expect(requirements.length).toBeGreaterThan(300)
})
