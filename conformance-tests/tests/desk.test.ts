import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMutants } from '../mutants/mutant.ts'
import { type BuiltDesk, buildDesk } from '../mutants/programs/desk.ts'
import { killRecorded, survived } from '../mutants/programs/trial.ts'
import { cameOf, runScenarios } from '../runner/desk/run.ts'
import { World } from '../runner/desk/world.ts'
import { readScenarios } from '../suite/scenario.ts'

const ROOM = join(import.meta.dirname, '..')
const SCENARIOS = readScenarios(join(ROOM, 'scenarios/desk'))
const MUTANTS = readMutants('desk')

/** The daily selection. `npm run conformance` runs all scenarios. */
const SCENARIOS_OF_A_SUITE = 2

/** Timeout of a step, which waits for events and may take long on a busy machine. */
const STEP_LIMIT = 30_000
/** Time limit for all mutants, in milliseconds. They take two minutes if nothing else runs. */
const MUTANTS_LIMIT = 900_000

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

test(
  'every mutant dies at the step and in the way that are recorded',
  async () => {
    const killed = await killRecorded(MUTANTS, { open: desk.open, scenarios: SCENARIOS })
    expect(killed.filter(({ by }) => by.length === 0).map(survived)).toEqual([])
  },
  MUTANTS_LIMIT,
)

test('a mutant that fails in another way than recorded survives, and so does a program without a fault', async () => {
  const [first] = MUTANTS as [(typeof MUTANTS)[number]]
  const other = { ...first, step: (first.step ?? 0) - 1 }
  const none = { ...first, name: '' }
  const killed = await killRecorded([other, none], { open: desk.open, scenarios: SCENARIOS, parallel: 1 })
  expect(killed.map(({ by, instead }) => [by, instead])).toEqual([
    [[], `it fails at step ${first.step} (${first.fails})`],
    [[], 'it passed'],
  ])
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
