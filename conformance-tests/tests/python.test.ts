// Tests the Python target, which was written from the specification alone, with a selection of cases and with envelopes of our codec.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTarget } from '../mutants/build.ts'
import { canRunPython, kill } from '../mutants/kill.ts'
import { readMutants } from '../mutants/mutant.ts'
import { readTarget, type TargetConfiguration } from '../runner/process.ts'
import { run } from '../runner/run.ts'
import { readSuites } from '../suite/vectors.ts'

const ROOT = join(import.meta.dirname, '../..')
const SUITES = readSuites(join(ROOT, 'conformance-tests/vectors'))
const { cases, parties } = SUITES
const SEALING = cases.filter(({ suite }) => suite === 'sealing')
/** The daily selection of cases. `npm run conformance:python` runs all cases. The target does not declare `volume`. */
const SELECTED = cases
  .filter((given) => !SEALING.includes(given) && !given.features.includes('volume'))
  .filter((_, i) => i % 16 === 0)
const MUTANTS = readMutants('python')
const PYTHON = readTarget(join(ROOT, 'conformance-tests/targets/python.json'))

const canRun = canRunPython()

let folder: string
let codec: TargetConfiguration
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rex-python-'))
  codec = { name: 'codec', command: [process.execPath, 'codec.mjs'], folder }
  await buildTarget(join(folder, 'codec.mjs'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const failing = async (options: Pick<Parameters<typeof run>[0], 'cases' | 'target' | 'opener'>) => {
  const { verdicts } = await run({ ...options, parties, parallel: 1, caseLimitMs: 60_000 })
  return verdicts.filter(({ outcome }) => outcome !== 'passed')
}

test.skipIf(!canRun)(
  'the target in Python passes every 16th case, and our codec opens what it seals',
  async () => {
    expect(await failing({ cases: [...SELECTED, ...SEALING], target: PYTHON, opener: codec })).toEqual([])
  },
)

test.skipIf(!canRun)('what our codec seals, Python opens', async () => {
  expect(await failing({ cases: SEALING, target: codec, opener: PYTHON })).toEqual([])
})

test('an opener that refuses a sealed envelope fails the case', async () => {
  const script =
    'process.stdin.on("data", () => process.stdout.write(Buffer.from("0000001a0a0a656e76656c6f70652030220c0a0a554e4f50454e41424c45", "hex")))'
  const opener = { name: 'refusing', command: [process.execPath, '-e', script], folder } as const
  const [first] = await failing({ cases: SEALING.slice(0, 1), target: codec, opener })
  expect(first?.received).toContain('the opener accepts it')
})

test('each mutant of the Python target matches one place, and its case exists', () => {
  const names = new Set(cases.map(({ name }) => name))
  const wrong = MUTANTS.filter(
    ({ file, find, killer }) =>
      readFileSync(join(ROOT, file), 'utf8').split(find).length !== 2 || !names.has(killer),
  )
  expect(wrong).toEqual([])
})

test.skipIf(!canRun)('every mutant of the target in Python dies by its case', async () => {
  expect(MUTANTS.length).toBeGreaterThanOrEqual(494)
  const killed = await kill(MUTANTS, SUITES, { of: 'python' })
  expect(killed.flatMap(({ mutant, by }) => (by.includes(mutant.killer) ? [] : [mutant.name]))).toEqual([])
})

test.skipIf(!canRun)('the process in which the mutants run adds no fault of its own', async () => {
  const without = MUTANTS.filter((_, i) => i % 8 === 0).map((mutant) => ({ ...mutant, replace: mutant.find }))
  const killed = await kill(without, SUITES, { of: 'python' })
  expect(killed.filter(({ by }) => by.length > 0)).toEqual([])
})
