// Which requirements of the specification have cases. docs/guide/conformance.md
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../suite/case.ts'

const DEFINED = /^\*\*(REX-[A-Z]+-\d{3})\*\* ?(.*)$/gm
const MOST_SHOWN = 200

/** The requirements that a folder defines, with the beginning of their texts, in the order of ids. */
export function readRequirements(spec: string): Map<string, string> {
  const pages = readdirSync(spec).filter((page) => page.endsWith('.md'))
  const found = pages.flatMap((page) => [...readFileSync(join(spec, page), 'utf8').matchAll(DEFINED)])
  const sorted = found.map(([, id, text]) => [id as string, shortened(text ?? '')] as const).sort()
  return new Map(sorted)
}

/** A requirement with the names of its cases. */
export interface Covered {
  readonly requirement: string
  readonly cases: readonly string[]
}

/** Coverage of the specification: its requirements, and ids of cases that it does not define. */
export interface Coverage {
  readonly requirements: readonly Covered[]
  readonly unknown: readonly Covered[]
}

export function coverage(cases: readonly Case[], defined: ReadonlyMap<string, string>): Coverage {
  const named = new Map<string, string[]>([...defined.keys()].map((id) => [id, []]))
  for (const { name, requirements } of cases)
    for (const id of requirements) named.set(id, [...(named.get(id) ?? []), name])
  const all = [...named].map(([requirement, names]) => ({ requirement, cases: names }))
  return {
    requirements: all.filter(({ requirement }) => defined.has(requirement)),
    unknown: all.filter(({ requirement }) => !defined.has(requirement)),
  }
}

/** One line for each requirement, and the figures of each chapter. */
export function coverageReport({ requirements, unknown }: Coverage): string {
  const kinds = Object.entries(Object.groupBy(requirements, ({ requirement }) => requirement.slice(4, -4)))
  const covered = (list: readonly Covered[]) => list.filter(({ cases }) => cases.length > 0).length
  return [
    ...requirements.map(({ requirement, cases }) => `${requirement}  ${cases.length || '-'}`),
    ...unknown.map(
      ({ requirement, cases }) => `${requirement}  is not defined, but named by ${cases.join(', ')}`,
    ),
    '',
    ...kinds.map(([kind, list = []]) => `${kind}: ${covered(list)} of ${list.length}`),
    `Requirements with cases: ${covered(requirements)} of ${requirements.length}.`,
  ].join('\n')
}

function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}
