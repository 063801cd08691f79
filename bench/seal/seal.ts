// Compares sealing and opening with the alternatives to REX. docs/guide/benchmark.md, "Sealing"
import { twoSections } from '../content.ts'
import { closedLoop } from '../measure/loop.ts'
import { type Effort, interleave, median, medianRatio } from '../measure/rounds.ts'
import { ageTool } from './age.ts'
import { didcommTool } from './didcomm.ts'
import { openpgpTool } from './openpgp.ts'
import { rexTool } from './rex.ts'
import { smimeTool } from './smime.ts'
import { type Tool, thereAndBack } from './tool.ts'

/** Figures of a tool, in messages that one process seals and opens per second. */
export interface SealFigures {
  readonly serial: number
  readonly inFlight64: number
  /** Speed of REX-1 divided by that of the tool, with 64 messages in flight. Above 1, REX-1 is faster. */
  readonly ratio: number
}

/** Names of the tools. The suites of REX come first. */
export const TOOLS = ['REX-1', 'REX-2', 'openpgp', 'age', 'didcomm', 'smime'] as const

type Name = (typeof TOOLS)[number]

const CONTENT_BYTES = 4096
const REFERENCE = 'REX-1'

/** Measures all tools. */
export async function measureSealing(effort: Effort): Promise<Readonly<Record<Name, SealFigures>>> {
  const tools: Readonly<Record<Name, Tool>> = {
    'REX-1': await rexTool('REX-1'),
    'REX-2': await rexTool('REX-2'),
    openpgp: await openpgpTool(),
    age: await ageTool(),
    didcomm: await didcommTool(),
    smime: await smimeTool(),
  }
  const serial = await race(tools, 1, effort)
  const inFlight64 = await race(tools, 64, effort)
  const figures = TOOLS.map((name) => [
    name,
    {
      serial: median(serial[name]),
      inFlight64: median(inFlight64[name]),
      ratio: medianRatio(inFlight64[REFERENCE], inFlight64[name]),
    },
  ])
  return Object.fromEntries(figures)
}

function race(tools: Readonly<Record<Name, Tool>>, inFlight: number, { rounds, ms }: Effort) {
  const content = twoSections(CONTENT_BYTES).map((section) => section.content)
  const candidates = TOOLS.map((name) => [
    name,
    async () => (await closedLoop({ inFlight, ms }, () => thereAndBack(tools[name], content))).perSecond,
  ])
  return interleave<Name>(Object.fromEntries(candidates), rounds)
}
