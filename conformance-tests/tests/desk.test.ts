import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runScenarios } from '../runner/desk/run.ts'
import { readTarget } from '../runner/process.ts'
import { readScenarios } from '../suite/scenario.ts'

const ROOM = join(import.meta.dirname, '..')
const SCENARIOS = readScenarios(join(ROOM, 'scenarios/desk'))

/** A step waits for events; on a busy machine that takes a while. */
const STEP_LIMIT = 60_000

test('our desk passes its scenarios', async () => {
  const target = readTarget(join(ROOM, 'targets/desk.json'))
  const { verdicts } = await runScenarios({
    scenarios: SCENARIOS,
    target,
    parallel: 1,
    stepLimitMs: STEP_LIMIT,
  })
  expect(verdicts.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
})
