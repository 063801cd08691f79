// Measures each step of a referral with many items, in one process. docs/guide/benchmark.md, "Volume"
import { guard, lint, type Referral } from '@rex/sdk/referral'
import { readReferral } from '@rex/sdk/referral/read'
import { decodeSection, encodeSections } from '../../sdk/src/core/referral-codec/section.ts'
import { manyItems } from '../../sdk/src/testing/referral.ts'
import { median } from '../measure/rounds.ts'
import { rexTool } from '../seal/rex.ts'
import { thereAndBack } from '../seal/tool.ts'

/** Duration of each step. Milliseconds. */
export interface StepFigures {
  readonly items: number
  /** Size of the section `items`. Bytes. */
  readonly bytes: number
  /** Time to turn the JSON of a file into a valid referral. */
  readonly readMs: number
  readonly lintMs: number
  readonly guardMs: number
  readonly encodeMs: number
  /** Time that a recipient needs to decode, validate and guard the items. */
  readonly decodeMs: number
  /** Time to seal and open in REX-2. */
  readonly sealMs: number
}

type Step = Exclude<keyof StepFigures, 'items' | 'bytes'>

/** Measures the steps of a referral with `items` items. The first round warms up. */
export async function measureSteps(items: number, rounds: number): Promise<StepFigures> {
  const referral: Referral = manyItems(items)
  const json = JSON.stringify(referral)
  const sections = encodeSections(referral)
  const tool = await rexTool('REX-2')
  const content = sections.map((section) => section.content).slice(-2)
  const steps: Record<Step, () => unknown> = {
    readMs: () => readReferral(json),
    lintMs: () => lint(referral),
    guardMs: () => guard(referral),
    encodeMs: () => encodeSections(referral),
    decodeMs: () => sections.map((section) => decodeSection(section.type, section.content)),
    sealMs: () => thereAndBack(tool, content),
  }
  const measured: [string, number][] = []
  for (const [name, step] of Object.entries(steps)) {
    const times: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const began = performance.now()
      await step()
      times.push(performance.now() - began)
    }
    measured.push([name, median(times.slice(1))])
  }
  const bytes = sections.find(({ type }) => type === 'items')?.content.length ?? 0
  return { items, bytes, ...(Object.fromEntries(measured) as Record<Step, number>) }
}
