// Tests that every cell of the transition table in the specification has a case for each role, with the result that the table states.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Case } from '../suite/case.ts'
import { readSuites } from '../suite/vectors.ts'

const ROOM = join(import.meta.dirname, '..')
const CASES = readSuites(join(ROOM, 'vectors'), ['thread']).cases
const ROLES = ['referrer', 'recipient']

interface Cell {
  readonly name: string
  /** The state after the transition; empty if the table does not permit it. */
  readonly after: string
  readonly state: string
}

/** Reads the cells from the text of the specification, for both roles. */
function cellsOfTable(): Cell[] {
  const chapter = readFileSync(join(ROOM, '../docs/spec/thread.md'), 'utf8')
  const [, table = ''] = /<!-- transitions -->([\s\S]*?)<!-- \/transitions -->/.exec(chapter) ?? []
  const [head = [], , ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  return rows.flatMap(([, transition, by = '', ...after]) =>
    head.slice(3, -1).flatMap((state, i) =>
      ROLES.map((role) => ({
        name: `cell_${state}_${transition}_${role}`.replaceAll('-', '_'),
        after: by.split(', ').includes(role) ? (after[i] ?? '') : '',
        state,
      })),
    ),
  )
}

/** Returns the verdict on the last message and the state after it that a case expects. */
function resultOf({ input, expect: expected }: Case): { verdict: string; state: string } {
  const accepted = 'accepted' in expected ? expected.accepted : {}
  const last = (input.messages as unknown[]).length - 1
  const text = (name: string) => Buffer.from(accepted[name] ?? '', 'base64url').toString()
  return { verdict: text(`verdict ${last}`), state: text('state') }
}

const CELLS = cellsOfTable()

test('the table has 253 cells', () => {
  expect(CELLS.length).toBe(2 * 253)
})

test('each cell has exactly one case for each role', () => {
  const named = CASES.filter(({ name }) => name.startsWith('cell_')).map(({ name }) => name)
  expect(named.toSorted()).toEqual(CELLS.map(({ name }) => name).toSorted())
})

test('each of these cases expects what the table says', () => {
  const byName = new Map(CASES.map((given) => [given.name, given]))
  const wrong = CELLS.filter(({ name, after, state }) => {
    const result = resultOf(byName.get(name) as Case)
    return after === ''
      ? result.verdict !== 'refused INVALID_EVENT' || result.state !== state
      : result.verdict !== 'received' || result.state !== after
  })
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test.each(['void', 'fork', 'gap', 'crossing', 'restore'])('both sides judge threads alike: %s', (kind) => {
  const judges = CASES.filter(({ name }) => name.startsWith(kind)).map(({ input }) => input.organisation)
  expect(new Set(judges)).toEqual(new Set(['hotline', 'ngo']))
})
