import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PRIMITIVES, primitivesOf, type Step } from './primitives.ts'

const core = new URL('../../sdk/src/core/', import.meta.url)
const rows = Object.values(PRIMITIVES).flat()

test.each([...new Set(rows.map(({ source }) => source))])('%s is in the source', (source) => {
  const [file, name] = source.split(/[ ,:]+/) as [string, string]
  expect(readFileSync(new URL(file, core), 'utf8')).toMatch(new RegExp(`function\\*? ${name}\\b`))
})

test.each(Object.keys(PRIMITIVES) as Step[])(
  'in %s the suites differ only where they agree on the key',
  (step) => {
    const own = (suite: 'REX-1' | 'REX-2') => primitivesOf(step, suite).filter((row) => row.suite === suite)
    for (const { part } of [...own('REX-1'), ...own('REX-2')]) {
      expect(['agreement', 'key schedule']).toContain(part)
    }
  },
)
