// Finds out which requirements of the specification have cases. docs/guide/conformance.md
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The text of a requirement ends at the next requirement, a heading, or a comment. */
const DEFINED = /^\*\*(REX-[A-Z]+-\d{3})\*\* ?((?:.|\n(?!\*\*REX-|#|<!--))*)/gm
const BINDS = /<!-- binds -->([\s\S]*?)<!-- \/binds -->/
const UNOBSERVABLE = /<!-- unobservable -->([\s\S]*?)<!-- \/unobservable -->/
const REASON = /^\| (REX-[A-Z]+-\d{3}) \| (.*) \|$/gm
const ROW = /^\| ([a-z]+) \| (REX-[A-Z]+)-(.*) \|$/gm
const MOST_SHOWN = 1200
const LINK = /\[([^\]]+)\]\([^)]+\)/g

/** A case that tests requirements. */
export interface Testable {
  readonly name: string
  readonly requirements: readonly string[]
}

/** A requirement: its text on one line without links and tables, cut off if it is very long, and what `docs/spec/requirements.md` says about it. */
export interface Requirement {
  readonly text: string
  /** The roles that the requirement binds. */
  readonly binds: ReadonlySet<string>
  /** Why compliance cannot be observed from outside the program. Absent: compliance can be observed. */
  readonly unobservable?: string
}

/** Reads the requirements that a folder defines, sorted by id. */
export function readRequirements(spec: string): Map<string, Requirement> {
  const pages = readdirSync(spec).filter((page) => page.endsWith('.md'))
  const texts = pages.map((page) => readFileSync(join(spec, page), 'utf8'))
  const binds = readBinds(texts.join('\n'))
  const reasons = readReasons(texts.join('\n'))
  const found = texts.flatMap((text) => [...text.matchAll(DEFINED)])
  const sorted = found.map(([, id = '', text = '']) => [id, text] as const).sort()
  return new Map(
    sorted.map(([id, text]) => {
      const unobservable = reasons.get(id)
      const known = { text: shortened(text), binds: binds.get(id) ?? new Set<string>() }
      return [id, { ...known, ...(unobservable !== undefined && { unobservable }) }]
    }),
  )
}

/** Reads the reasons why requirements cannot be observed, from rows such as `| REX-ID-078 | It binds people. |`. */
function readReasons(text: string): Map<string, string> {
  const rows = (UNOBSERVABLE.exec(text)?.[1] ?? '').matchAll(REASON)
  return new Map([...rows].map(([, id = '', reason = '']) => [id, reason]))
}

/** Reads which roles each requirement binds, from rows such as `| receiver | REX-ENC-001, 004 to 007 |`. */
function readBinds(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [, role = '', chapter, list = ''] of (BINDS.exec(text)?.[1] ?? '').matchAll(ROW))
    for (const part of list.split(', ')) {
      const [first, last = first] = part.split(' to ').map(Number) as [number, number?]
      for (let number = first; number <= last; number++) {
        const id = `${chapter}-${String(number).padStart(3, '0')}`
        found.set(id, (found.get(id) ?? new Set()).add(role))
      }
    }
  return found
}

/** A requirement with the names of its cases. */
export interface Covered {
  readonly requirement: string
  readonly binds: ReadonlySet<string>
  readonly cases: readonly string[]
  /** Why no case can test the requirement. Absent: cases can test it. */
  readonly unobservable?: string | undefined
}

/** Coverage of the specification: its requirements, and ids that cases name but the specification does not define. */
export interface Coverage {
  readonly requirements: readonly Covered[]
  readonly unknown: readonly Covered[]
}

export function coverage(cases: readonly Testable[], defined: ReadonlyMap<string, Requirement>): Coverage {
  const named = new Map<string, string[]>([...defined.keys()].map((id) => [id, []]))
  for (const { name, requirements } of cases)
    for (const id of requirements) named.set(id, [...(named.get(id) ?? []), name])
  const all = [...named].map(([requirement, names]): Covered => {
    const { binds = new Set<string>(), unobservable } = defined.get(requirement) ?? {}
    return { requirement, binds, cases: names, unobservable }
  })
  return {
    requirements: all.filter(({ requirement }) => defined.has(requirement)),
    unknown: all.filter(({ requirement }) => !defined.has(requirement)),
  }
}

/** The number of requirements in a list, and how many of them have cases. */
export interface Share {
  readonly name: string
  readonly covered: number
  readonly of: number
}

/** Returns the shares by chapter, and by the role that the requirements bind. */
export function shares({ requirements }: Coverage): { chapters: Share[]; parties: Share[] } {
  const share = (name: string, list: readonly Covered[]): Share => {
    return { name, covered: list.filter(({ cases }) => cases.length > 0).length, of: list.length }
  }
  const chapters = Map.groupBy(requirements, ({ requirement }) => requirement.slice(4, -4))
  const parties = [...new Set(requirements.flatMap(({ binds }) => [...binds]))]
  return {
    chapters: [...chapters].map(([chapter, list]) => share(chapter, list)),
    parties: parties.map((party) =>
      share(
        party,
        requirements.filter(({ binds }) => binds.has(party)),
      ),
    ),
  }
}

/** Returns the requirements that no case tests, because compliance cannot be observed from outside the program. */
export function unobservable({ requirements }: Coverage): Covered[] {
  return requirements.filter(({ unobservable, cases }) => unobservable !== undefined && cases.length === 0)
}

/** Formats one line for each requirement, and the figures of each chapter and role. */
export function coverageReport(all: Coverage): string {
  const { requirements, unknown } = all
  const { chapters, parties } = shares(all)
  const covered = requirements.filter(({ cases }) => cases.length > 0).length
  return [
    ...requirements.map(({ requirement, binds, cases, unobservable: reason }) =>
      [requirement, cases.length || '-', [...binds].join(', '), ...(reason ? [reason] : [])].join('  '),
    ),
    ...unknown.map(
      ({ requirement, cases }) => `${requirement}  is not defined, but named by ${cases.join(', ')}`,
    ),
    '',
    ...chapters.map((chapter) => `${chapter.name}: ${chapter.covered} of ${chapter.of}`),
    `Requirements that nobody outside can observe: ${unobservable(all).length}.`,
    ...parties.map((party) => `Requirements that bind ${party.name}: ${party.covered} of ${party.of}.`),
    `Requirements with cases: ${covered} of ${requirements.length}.`,
  ].join('\n')
}

function shortened(text: string): string {
  const line = text
    .replaceAll(/^[|].*$/gm, '')
    .replaceAll(LINK, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line
}
