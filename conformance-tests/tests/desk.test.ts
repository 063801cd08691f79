import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMutants } from '../mutants/build.ts'
import { killersOf } from '../mutants/kill.ts'
import { type BuiltDesk, buildDesk } from '../mutants/kill-desks.ts'
import { cameOf, runScenarios } from '../runner/desk/run.ts'
import { World } from '../runner/desk/world.ts'
import { readScenarios } from '../suite/scenario.ts'

const ROOM = join(import.meta.dirname, '..')
const SCENARIOS = readScenarios(join(ROOM, 'scenarios/desk'))
const MUTANTS = readMutants('desk')

/** The daily selection. `npm run conformance` runs all scenarios, and `npm run conformance:mutants` all mutants. */
const SCENARIOS_OF_A_SUITE = 2
const EVERY_NTH_MUTANT = 56

/** Timeout of a step, which waits for events and may take long on a busy machine. */
const STEP_LIMIT = 30_000
/** Step limit for mutants. Each mutant that stops responding costs this time. */
const MUTANT_LIMIT = 3_000

const some = [...Map.groupBy(SCENARIOS, ({ suite }) => suite).values()].flatMap((suite) =>
  suite.slice(0, SCENARIOS_OF_A_SUITE),
)

let desk: BuiltDesk
let world: World
beforeAll(async () => {
  desk = await buildDesk(MUTANTS)
  world = await World.start(desk.target(), STEP_LIMIT)
  await world.prepare()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  desk.close()
})

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

/** Returns the source files that packages contain: all but tests and the files that tests use. */
function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /[.]ts$/.test(file) && !/[.]test[.]ts$|(^|\/)(tests|harness|fixture)/.test(file))
    .map((file) => join(folder, file))
}

const few = MUTANTS.filter((_, i) => i % EVERY_NTH_MUTANT === 0)
test.each(few.map((mutant) => [mutant.name, mutant] as const))('the mutant %s dies', async (_, mutant) => {
  const [killer] = killersOf(mutant, SCENARIOS) as [(typeof SCENARIOS)[number]]
  world.use(desk.target(mutant), MUTANT_LIMIT)
  expect(await cameOf(killer, world)).toMatchObject({ outcome: 'failed' })
})

test('a failure is reduced to the steps that cause it, by comparison with a correct desk', async () => {
  const mutant = MUTANTS.find(({ name }) => name === 'desk-changes-untold') as (typeof MUTANTS)[number]
  const killer = SCENARIOS.find(({ name }) => name === mutant.killer) as (typeof SCENARIOS)[number]
  const [failing] = killer.steps as [(typeof killer.steps)[number]]
  const others = ['law-enforcement-report-sextortion', 'victim-support-grooming']
  const steps = [...others.map((referral) => ({ do: 'check', referral })), failing]
  const options = { target: desk.target(mutant), right: desk.target(), parallel: 1, stepLimitMs: STEP_LIMIT }
  const { verdicts } = await runScenarios({ scenarios: [{ ...killer, steps }], ...options })
  const exchange = { steps: [JSON.stringify(failing)], lastFailed: true, leftOut: 2 }
  expect(verdicts.map((verdict) => verdict.exchange)).toEqual([exchange])
})
