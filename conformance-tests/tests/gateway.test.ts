import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMutants } from '../mutants/mutant.ts'
import { type BuiltGateway, buildGateway } from '../mutants/programs/gateway.ts'
import { killRecorded, survived } from '../mutants/programs/trial.ts'
import { coverage, readRequirements } from '../runner/coverage.ts'
import { type GatewayCase, runGateway } from '../runner/gateway/run.ts'
import { gatewayCases } from '../runner/kinds.ts'

const CASES = gatewayCases(join(import.meta.dirname, '../scenarios'))
const MUTANTS = readMutants('gateway')
/** Time limit for all mutants, in milliseconds. They take two minutes if nothing else runs. */
const MUTANTS_LIMIT = 900_000

const SPEC = join(import.meta.dirname, '../../docs/spec')
/** Minimum number of requirements that bind gateways and have a case. It must never be lowered. */
const LEAST_COVERED = 143

let gateway: BuiltGateway
beforeAll(async () => {
  gateway = await buildGateway(MUTANTS)
})
afterAll(() => gateway.close())

/** Names of the cases that kill mutants. */
const KILLERS = new Set(MUTANTS.map(({ killer }) => killer))
const QUICK = CASES.filter(
  ({ name, fresh, spoils, features }) =>
    KILLERS.has(name) && !fresh && !spoils && features.every((one) => one.startsWith('REX-')),
)

test.each(['delivery', 'mailbox', 'security'])('our gateway passes cases of the suite %s', async (name) => {
  const cases = QUICK.filter(({ suite }) => suite === name)
  expect(cases.length).toBeGreaterThan(0)
  const verdicts = await gateway.run(cases)
  expect(verdicts.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
})

/**
 * A case in which a month passes without any event: the suite sets the clock ahead, and then asks the gateway for the time.
 */
const AHEAD: GatewayCase = {
  suite: 'clock',
  name: 'ahead',
  title: 'The clock is a month ahead.',
  requirements: [],
  features: [],
  steps: [
    { do: 'leap', aheadMs: 30 * 86_400_000 },
    { do: 'lease', takeOver: true, expect: { timeMs: { atLeast: { now: 29 * 86_400_000 } } } },
  ],
  spoils: true,
}

test('only a target that loads a test clock has one; a gateway started as in production uses the clock of the computer', async () => {
  const { target } = gateway
  const { start = [] } = target.hooks
  const plain = { ...target.hooks, start: start.filter((part) => !part.startsWith('--import')) }
  const outcomes: string[] = []
  for (const hooks of [target.hooks, plain]) {
    const { verdicts } = await runGateway({ cases: [AHEAD], target: { ...target, hooks }, parallel: 1 })
    outcomes.push(...verdicts.map(({ outcome, expected }) => `${outcome} ${expected.split(':')[0]}`.trim()))
  }
  expect(outcomes).toEqual(['passed', 'failed step 2 (lease)'])
})

test(
  'every mutant dies at the step and in the way that are recorded',
  async () => {
    const killed = await killRecorded(MUTANTS, { open: gateway.open, scenarios: CASES })
    expect(killed.filter(({ by }) => by.length === 0).map(survived)).toEqual([])
  },
  MUTANTS_LIMIT,
)

test('each gateway mutant has a unique name and a case', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
  const names = new Set(CASES.map(({ name }) => name))
  expect(MUTANTS.filter(({ killer }) => !names.has(killer))).toEqual([])
  expect(names.size).toBe(CASES.length)
})

test('the cases name requirements of the specification, and cover most of those that bind gateways', () => {
  const { requirements, unknown } = coverage(CASES, readRequirements(SPEC))
  expect(unknown).toEqual([])
  const covered = requirements.filter(({ binds, cases }) => binds.has('gateway') && cases.length > 0)
  expect(covered.length).toBeGreaterThanOrEqual(LEAST_COVERED)
})
