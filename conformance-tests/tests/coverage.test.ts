import { join } from 'node:path'
import { expect, test } from 'vitest'
import { coverage, readRequirements } from '../runner/coverage.ts'
import { allTests } from '../runner/kinds.ts'

const ROOM = join(import.meta.dirname, '..')
const REQUIREMENTS = readRequirements(join(ROOM, '../docs/spec'))
const COVERAGE = coverage(
  allTests({ vectors: join(ROOM, 'vectors'), scenarios: join(ROOM, 'scenarios') }),
  REQUIREMENTS,
)

function bareOf(party: string): string[] {
  const bare = COVERAGE.requirements.filter(({ binds, cases }) => binds.has(party) && cases.length === 0)
  return bare.map(({ requirement }) => requirement)
}

test('every requirement that a case names is defined', () => {
  expect(COVERAGE.unknown).toEqual([])
  expect(COVERAGE.requirements.length).toBeGreaterThan(300)
})

test('every requirement that binds receivers has a case, but for these', () => {
  expect(bareOf('receiver')).toEqual([
    'REX-ENC-006',
    'REX-ERR-005',
    'REX-ERR-006',
    'REX-ID-042',
    'REX-JOSE-003',
    'REX-RCP-016',
    'REX-RCP-027',
    'REX-REF-024',
    'REX-THR-026',
    'REX-THR-079',
  ])
})

test('the specification says of every requirement whom it binds', () => {
  expect([...REQUIREMENTS].flatMap(([id, { binds }]) => (binds.size === 0 ? [id] : []))).toEqual([])
})
