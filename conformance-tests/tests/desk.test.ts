import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Builder, openBuilder, readMutants } from '../mutants/build.ts'
import { cameOf, runScenarios } from '../runner/desk/run.ts'
import { World } from '../runner/desk/world.ts'
import { readScenarios } from '../suite/scenario.ts'

const ROOM = join(import.meta.dirname, '..')
const SCENARIOS = readScenarios(join(ROOM, 'scenarios/desk'))
const MUTANTS = readMutants('desk')

/** The daily selection. `npm run conformance` runs all scenarios, and `npm run conformance:mutants` runs all mutants. */
const SCENARIOS_OF_A_SUITE = 2
const EVERY_NTH_MUTANT = 14

/** Timeout of a step, which waits for events and may take long on a busy machine. */
const STEP_LIMIT = 30_000
/** Step limit for mutants. Each mutant that stops responding costs this time. */
const MUTANT_LIMIT = 3_000

const some = [...Map.groupBy(SCENARIOS, ({ suite }) => suite).values()].flatMap((suite) =>
  suite.slice(0, SCENARIOS_OF_A_SUITE),
)

let folder: string
let builder: Builder
let world: World
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rex-conformance-'))
  builder = await openBuilder(join(ROOM, 'targets/desk.ts'))
  world = await World.start(await built('whole'), STEP_LIMIT)
  await world.prepare()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await builder.close()
  rmSync(folder, { recursive: true, force: true })
})

async function built(name: string, mutant?: (typeof MUTANTS)[number]) {
  await builder.build(join(folder, `${name}.mjs`), mutant)
  return targetOf(name)
}

/** Returns the configuration of a program that is built. */
function targetOf(name: string) {
  return { name, kind: 'desk', command: [process.execPath, `${name}.mjs`], folder } as const
}

test.each(some.map((scenario) => [scenario.name, scenario] as const))('our desk: %s', async (_, scenario) => {
  expect(await cameOf(scenario, world)).toMatchObject({ outcome: 'passed', received: '' })
})

test('every mutant has a scenario that kills it', () => {
  const names = new Set(SCENARIOS.map(({ name }) => name))
  expect(MUTANTS.filter(({ killer }) => !names.has(killer))).toEqual([])
  expect(MUTANTS.length).toBeGreaterThanOrEqual(100)
})

test('only the test target has a settable clock; no shipped program replaces its clock', () => {
  const shipped = ['sdk/src', 'gateway/src'].flatMap((folder) => sourcesIn(join(ROOM, '..', folder)))
  const setting = shipped.filter((file) => SETS_CLOCK.test(readFileSync(file, 'utf8')))
  expect(shipped.length).toBeGreaterThan(500)
  expect(setting).toEqual([])
  expect(SETS_CLOCK.test(readFileSync(join(ROOM, 'targets/clock.ts'), 'utf8'))).toBe(true)
})

const SETS_CLOCK = /\b(?:Date\.now|performance\.now|globalThis\.Date)\s*=[^=]|fakeTimers/

/** Sources that packages contain: all but tests and what tests use. */
function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /[.]ts$/.test(file) && !/[.]test[.]ts$|(^|\/)(tests|harness|fixture)/.test(file))
    .map((file) => join(folder, file))
}

const few = MUTANTS.filter((_, i) => i % EVERY_NTH_MUTANT === 0)
test.each(few.map((mutant) => [mutant.name, mutant] as const))('the mutant %s dies', async (_, mutant) => {
  const killer = SCENARIOS.filter(({ name }) => name === mutant.killer)[0] as (typeof SCENARIOS)[number]
  world.use(await built('mutant', mutant), MUTANT_LIMIT)
  expect(await cameOf(killer, world)).toMatchObject({ outcome: 'failed' })
})

test('a failure is reduced to the steps that cause it, by comparison with a correct desk', async () => {
  const mutant = MUTANTS.find(({ name }) => name === 'desk-changes-untold') as (typeof MUTANTS)[number]
  const killer = SCENARIOS.find(({ name }) => name === mutant.killer) as (typeof SCENARIOS)[number]
  const [failing] = killer.steps as [(typeof killer.steps)[number]]
  const others = ['law-enforcement-report-sextortion', 'victim-support-grooming']
  const steps = [...others.map((referral) => ({ do: 'check', referral })), failing]
  const target = await built('changes-untold', mutant)
  const options = { target, right: targetOf('whole'), parallel: 1, stepLimitMs: STEP_LIMIT }
  const { verdicts } = await runScenarios({ scenarios: [{ ...killer, steps }], ...options })
  const exchange = { steps: [JSON.stringify(failing)], lastFailed: true, leftOut: 2 }
  expect(verdicts.map((verdict) => verdict.exchange)).toEqual([exchange])
})
