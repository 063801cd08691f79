// Measures sealing and opening content from 1 KiB to the maximum that fits into a 2 MiB envelope. docs/guide/benchmark.md, "Growth"
import type { Suite } from '@rex/sdk/core'
import { twoSections } from '../content.ts'
import { closedLoop } from '../measure/loop.ts'
import { type Effort, interleave, median } from '../measure/rounds.ts'
import { rexTool } from '../seal/rex.ts'
import { thereAndBack } from '../seal/tool.ts'

/** Figures for a size of content. */
export interface SizeFigures {
  /** Content bytes of both sections together. */
  readonly bytes: number
  /** Time to seal and open, milliseconds. */
  readonly ms: number
}

const KiB = 1024
/** Sizes to measure. The last is the largest that fits into an envelope with manifest, grant and padding. */
const SIZES = [KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, 960 * KiB, 1920 * KiB]

/** Measures sealing and opening of increasing content in a suite, one message at a time. */
export async function measureSizes(suite: Suite, { rounds, ms }: Effort): Promise<SizeFigures[]> {
  const tool = await rexTool(suite)
  const candidates = SIZES.map((bytes) => {
    const content = twoSections(bytes).map((section) => section.content)
    return [
      bytes,
      async () => (await closedLoop({ inFlight: 1, ms }, () => thereAndBack(tool, content))).perSecond,
    ]
  })
  const perSecond = await interleave<string>(Object.fromEntries(candidates), rounds)
  return SIZES.map((bytes) => ({ bytes, ms: 1000 / median(perSecond[bytes] as number[]) }))
}
