// Reads the transition table of the specification from its text. docs/spec/thread.md, "Transitions"
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Role } from './story.ts'

const CHAPTER = join(import.meta.dirname, '../../../docs/spec/thread.md')

/** A row of the table: who may make the transition, and the resulting state for each state. */
interface Row {
  readonly roles: readonly Role[]
  readonly after: Readonly<Record<string, string>>
}

/** States and transitions of the table. */
export interface Table {
  readonly states: readonly string[]
  readonly rows: ReadonlyMap<string, Row>
}

/** Reads the table. */
export function readTable(): Table {
  const chapter = readFileSync(CHAPTER, 'utf8')
  const lines =
    /<!-- transitions -->\n([\s\S]*?)<!-- \/transitions -->/.exec(chapter)?.[1]?.trim().split('\n') ?? []
  const [head = [], , ...body] = lines.map(cells)
  const states = head.slice(2)
  const rows = body.map(([transition = '', by = '', ...after]): [string, Row] => [
    transition,
    {
      roles: by.split(', ') as Role[],
      after: Object.fromEntries(states.flatMap((state, i) => (after[i] ? [[state, after[i]]] : []))),
    },
  ])
  if (states.length === 0 || rows.length === 0) throw new Error('The chapter has no table of transitions.')
  return { states, rows: new Map(rows) }
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

/** Returns the state after a transition, or undefined if the table does not permit it. */
export function after(
  { rows }: Table,
  state: string,
  { transition, role }: { transition: string; role: Role },
): string | undefined {
  const row = rows.get(transition)
  return row?.roles.includes(role) ? row.after[state] : undefined
}

/** Finds the shortest path from the refer to a state: its transitions, and who makes them. */
export function wayTo(table: Table, goal: string): { transition: string; role: Role }[] {
  const ways = new Map<string, { transition: string; role: Role }[]>([['requested', []]])
  for (const [state, way] of ways) {
    if (state === goal) return way
    for (const [transition, { roles }] of table.rows) {
      const role = roles[0] as Role
      const next = after(table, state, { transition, role })
      if (next !== undefined && !ways.has(next)) ways.set(next, [...way, { transition, role }])
    }
  }
  throw new Error(`No way leads to ${goal}.`)
}
