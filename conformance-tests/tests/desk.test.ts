import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runScenarios } from '../runner/desk/run.ts'
import { readTarget } from '../runner/process.ts'
import { readScenarios } from '../suite/scenario.ts'

const ROOM = join(import.meta.dirname, '..')
const SCENARIOS = readScenarios(join(ROOM, 'scenarios/desk'))

/** A step waits for events; on a busy machine that takes a while. */
const STEP_LIMIT = 60_000

/** Few scenarios that cover every requirement that all of them cover: `npm run conformance` runs all. */
function selection() {
  const covered = new Set<string>()
  return SCENARIOS.filter(({ requirements }) => {
    const isNew = requirements.some((id) => !covered.has(id))
    for (const id of requirements) covered.add(id)
    return isNew
  })
}

test('our desk passes a selection of its scenarios', async () => {
  const target = readTarget(join(ROOM, 'targets/desk.json'))
  const { verdicts } = await runScenarios({ scenarios: selection(), target, stepLimitMs: STEP_LIMIT })
  expect(verdicts.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
})
