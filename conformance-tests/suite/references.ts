// Finds references in a scenario to names that no earlier step gives. docs/guide/conformance.md
import { type Path, shownPath } from './read.ts'

/** A reference to something that does not exist. */
export interface Unnamed {
  readonly path: Path
  /** The problem and its remedy. */
  readonly what: string
}

type Step = Readonly<Record<string, unknown>>

interface Given {
  readonly steps: readonly Step[]
  readonly peers?: Readonly<Record<string, object>>
}

type Texts = readonly (readonly [path: Path, text: string])[]

/** Members of desk steps that refer to a name from an earlier step. */
const NAMES = /^(?:(?:first|second)[.])?(?:(?:thread|of|copies|confirmed|lastEpoch)|(?:heads|void)\[\d+\])$/
/** Prefix of a code that refers to a missing message by its name. */
const GAP = 'gap:'
/** Members of gateway steps that name peers. */
const PEERS = ['by', 'at', 'from', 'to', 'signer', 'issuer']

/** Returns the first reference to a name that no earlier step gives. */
export function unnamedIn(kind: string, scenario: Given): Unnamed | undefined {
  return kind === 'desk' ? unnamedOfDesk(scenario) : unnamedOfGateway(scenario)
}

function unnamedOfDesk({ steps }: Given): Unnamed | undefined {
  const known = new Set<unknown>()
  for (const [i, step] of steps.entries()) {
    for (const [path, text] of textsIn(step, ['steps', i])) {
      const wanted = namedBy(step, shownPath(path.slice(2)), text)
      if (wanted !== undefined && !known.has(wanted)) return unknownName(path, wanted)
    }
    known.add(step.as)
  }
  return undefined
}

/** Returns the name that a member of a step refers to, if it refers to one. */
function namedBy(step: Step, member: string, text: string): string | undefined {
  if (member === 'code' && text.startsWith(GAP)) return text.slice(GAP.length)
  const isName = NAMES.test(member) || (member === 'message' && step.do !== 'refuse-call')
  return isName ? text : undefined
}

function unnamedOfGateway({ steps, peers = { ngo: {} } }: Given): Unnamed | undefined {
  const here = ['own', 'desk', ...Object.keys(peers)]
  const known = new Set<unknown>(here)
  for (const [i, step] of steps.entries()) {
    for (const [path, text] of textsIn(step, ['steps', i])) {
      const name = /^\$([a-z]\w*)/i.exec(text)?.[1]
      if (name !== undefined && !known.has(name)) return unknownName(path, name)
      if (path.length === 3 && PEERS.includes(String(path[2])) && /^[a-z]/.test(text) && !here.includes(text))
        return { path, what: `There is no peer ${text}. Add it to peers, or correct the name.` }
    }
    known.add(step.as)
  }
  return undefined
}

function unknownName(path: Path, name: string): Unnamed {
  return { path, what: `No earlier step is named ${name}. Give one "as": "${name}", or correct the name.` }
}

/** Returns all texts in a value with their paths. */
function textsIn(value: unknown, path: Path): Texts {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([name, member]) => textsIn(member, [...path, name]))
}
