// The steps of a scenario with a desk. docs/guide/conformance.md lists them.
import { BadFile } from '../../suite/read.ts'
import type { Step } from '../../suite/scenario.ts'
import { CONTENT_STEPS } from './content-steps.ts'
import { DESK_STEPS } from './desk-steps.ts'
import { GATEWAY_STEPS } from './gateway-steps.ts'
import { KEEPING_STEPS } from './keeping-steps.ts'
import { PARTNER_STEPS } from './partner-steps.ts'
import { SEEING_STEPS } from './seeing-steps.ts'
import type { Run, World } from './world.ts'

/** The steps by name. */
export const STEPS: Readonly<Record<string, Run>> = {
  ...DESK_STEPS,
  ...KEEPING_STEPS,
  ...CONTENT_STEPS,
  ...PARTNER_STEPS,
  ...GATEWAY_STEPS,
  ...SEEING_STEPS,
}

/** Runs one step. @throws Mismatch, TargetFailed, BadFile */
export async function runStep(world: World, step: Step): Promise<void> {
  const run = STEPS[step.do]
  if (run === undefined) throw new BadFile(`There is no step ${step.do}.`)
  await run(world, step)
}
