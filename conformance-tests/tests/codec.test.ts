import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { vectorFiles } from '../generate/files.ts'
import { buildTarget, readMutants } from '../mutants/build.ts'
import { kill } from '../mutants/kill.ts'
import { coverage, readRequirements } from '../runner/coverage.ts'
import { run } from '../runner/run.ts'
import { readJson, readSuites } from '../suite/read.ts'

const VECTORS = new URL('../vectors/', import.meta.url).pathname
const SUITES = readSuites(VECTORS)
const MUTANTS = readMutants()
const SPEC = new URL('../../docs/spec', import.meta.url).pathname

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

/** So many at a time have the time limit of a test. */
const AT_ONCE = 30
test.each(Array.from({ length: Math.ceil(MUTANTS.length / AT_ONCE) }, (_, i) => i * AT_ONCE))(
  'the mutants from number %i on die by their cases',
  async (first) => {
    const killed = await kill(MUTANTS.slice(first, first + AT_ONCE), SUITES)
    expect(killed.flatMap(({ mutant, by }) => (by.includes(mutant.killer) ? [] : [mutant.name]))).toEqual([])
  },
)

test('the vectors are those that the generators write', () => {
  const files = vectorFiles()
  const committed = readdirSync(VECTORS, { recursive: true })
    .map(String)
    .filter((file) => file.includes('.'))
  expect(committed.sort()).toEqual([...files.keys()].sort())
  const changed = [...files].filter(([file, text]) => readFileSync(join(VECTORS, file), 'utf8') !== text)
  expect(changed.map(([file]) => file)).toEqual([])
})

test('every case follows the schema beside it', () => {
  const isCase = new Ajv2020({ strict: false }).compile(readJson(join(VECTORS, 'case.schema.json')) as object)
  const wrong = SUITES.cases.filter(
    ({ suite, name }) => !isCase(readJson(join(VECTORS, suite, `${name}.json`))),
  )
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('every requirement that a case names is defined', () => {
  const { requirements, unknown } = coverage(SUITES.cases, readRequirements(SPEC))
  expect(unknown).toEqual([])
  expect(requirements.length).toBeGreaterThan(300)
})

/** Requirements that bind receivers and have no case yet. */
const UNCOVERED = [
  'REX-ENC-006',
  'REX-ERR-001',
  'REX-ERR-004',
  'REX-ERR-005',
  'REX-ERR-006',
  'REX-ID-042',
  'REX-JOSE-003',
  'REX-RCP-012',
  'REX-RCP-014',
  'REX-RCP-015',
  'REX-RCP-016',
  'REX-RCP-017',
  'REX-RCP-027',
  'REX-REF-024',
  'REX-THR-003',
  'REX-THR-026',
  'REX-THR-079',
]

test('every other requirement that binds receivers has a case', () => {
  const { requirements } = coverage(SUITES.cases, readRequirements(SPEC))
  const bare = requirements.filter(({ binds, cases }) => binds.has('receiver') && cases.length === 0)
  expect(bare.map(({ requirement }) => requirement)).toEqual(UNCOVERED)
})

test('the specification says of every requirement whom it binds', () => {
  const requirements = [...readRequirements(SPEC)]
  expect(requirements.flatMap(([id, { binds }]) => (binds.size === 0 ? [id] : []))).toEqual([])
})
