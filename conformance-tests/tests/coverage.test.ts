import { join } from 'node:path'
import { expect, test } from 'vitest'
import { coverage, readRequirements, shares, unobservable } from '../runner/coverage.ts'
import { allTests } from '../runner/kinds.ts'

const ROOM = join(import.meta.dirname, '..')
const REQUIREMENTS = readRequirements(join(ROOM, '../docs/spec'))
const COVERAGE = coverage(
  allTests({ vectors: join(ROOM, 'vectors'), scenarios: join(ROOM, 'scenarios') }),
  REQUIREMENTS,
)

/** Number of requirements that have cases, in total and for each kind of program. New cases raise the figures. */
const LEAST_OF_ALL = 403
const LEAST: Readonly<Record<string, number>> = {
  receiver: 149,
  sender: 148,
  gateway: 153,
  desk: 91,
  showing: 45,
}

function bareOf(party: string): string[] {
  const bare = COVERAGE.requirements.filter(({ binds, cases }) => binds.has(party) && cases.length === 0)
  return bare.map(({ requirement }) => requirement)
}

test('every requirement that a case names is defined', () => {
  expect(COVERAGE.unknown).toEqual([])
  expect(COVERAGE.requirements.length).toBeGreaterThan(300)
})

test('every requirement that binds receivers has a case', () => {
  expect(bareOf('receiver')).toEqual([])
})

test('only the listed requirements cannot be observed from outside, each with its reason', () => {
  expect(unobservable(COVERAGE).map(({ requirement }) => requirement)).toEqual([
    'REX-DLV-107',
    'REX-ENC-036',
    'REX-ID-078',
    'REX-MBX-108',
    'REX-THR-072',
    'REX-THR-078',
  ])
  const reasons = [...REQUIREMENTS].filter(([, { unobservable }]) => unobservable !== undefined)
  expect(reasons.map(([id]) => id)).toEqual(unobservable(COVERAGE).map(({ requirement }) => requirement))
})

test('coverage does not decrease', () => {
  const covered = COVERAGE.requirements.filter(({ cases }) => cases.length > 0)
  expect(covered.length).toBeGreaterThanOrEqual(LEAST_OF_ALL)
  for (const { name, covered } of shares(COVERAGE).parties)
    expect({ name, covered: Math.min(covered, LEAST[name] ?? 0) }).toEqual({ name, covered: LEAST[name] })
})

test('the specification states for every requirement whom it binds', () => {
  expect([...REQUIREMENTS].flatMap(([id, { binds }]) => (binds.size === 0 ? [id] : []))).toEqual([])
})
