// Puts faults into a source in such a way that each fault can be turned on and off while the program runs: in each function that has faults, a global
// variable chooses the body. docs/guide/conformance.md
import { parseAst } from 'vitest/node'
import type { Mutant } from '../mutant.ts'
import { CHOSEN } from './choice.ts'

/** The body of a function: `start` and `end` are offsets in the source. A body without braces is an expression. */
interface Body {
  readonly start: number
  readonly end: number
  readonly isBlock: boolean
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly body?: Node
}

/**
 * Returns the source with a choice in each function that a mutant changes. Also lists the mutants that change no function, for example because they
 * change a constant of the module.
 */
export function withSwitches(
  source: string,
  mutants: readonly Mutant[],
): { readonly source: string; readonly others: readonly Mutant[] } {
  const bodies = bodiesIn(parseAst(source, { lang: 'ts' }) as unknown as Node)
  const bodyOf = ({ find }: Mutant) => {
    const at = source.indexOf(find)
    // A fault must leave the braces of a block in place.
    const inner = ({ isBlock }: Body) => (isBlock ? 1 : 0)
    const around = bodies.filter(
      (body) => body.start + inner(body) <= at && at + find.length <= body.end - inner(body),
    )
    return around.toSorted((a, b) => b.start - a.start)[0]
  }
  const changed = Map.groupBy(mutants, bodyOf)
  const others = changed.get(undefined) ?? []
  changed.delete(undefined)
  return { source: rendered(source, changed as ReadonlyMap<Body, Mutant[]>, 0, source.length), others }
}

/** Returns the bodies of all functions in a syntax tree. */
function bodiesIn(node: unknown): Body[] {
  if (typeof node !== 'object' || node === null) return []
  const inside = Object.values(node).flatMap(bodiesIn)
  const { type = '', body } = node as Partial<Node>
  if (!/Function/.test(type) || body === undefined || body === null) return inside
  return [...inside, { start: body.start, end: body.end, isBlock: body.type === 'BlockStatement' }]
}

/** Returns a part of the source, in which every changed body is a choice between the original body and its faults. */
function rendered(source: string, changed: ReadonlyMap<Body, Mutant[]>, start: number, end: number): string {
  const inside = [...changed.keys()].filter((body) => start < body.start && body.end < end)
  const outermost = inside.filter(
    (one) => !inside.some((other) => other.start < one.start && one.end < other.end),
  )
  let text = ''
  let at = start
  for (const body of outermost.toSorted((a, b) => a.start - b.start)) {
    text += source.slice(at, body.start) + choiceOf(source, changed, body)
    at = body.end
  }
  return text + source.slice(at, end)
}

function choiceOf(source: string, changed: ReadonlyMap<Body, Mutant[]>, body: Body): string {
  const original = source.slice(body.start, body.end)
  const whole = rendered(
    source,
    new Map([...changed].filter(([other]) => other !== body)),
    body.start - 1,
    body.end + 1,
  ).slice(1, -1)
  const faults = (changed.get(body) ?? []).map(({ name, find, replace }) => ({
    chosen: `globalThis.${CHOSEN} === ${JSON.stringify(name)}`,
    text: original.split(find).join(replace),
  }))
  if (body.isBlock)
    return `{${faults.map(({ chosen, text }) => `if (${chosen}) ${text} else `).join('')}${whole}}`
  return `(${faults.map(({ chosen, text }) => `${chosen} ? (${text}) : `).join('')}(${whole}))`
}
