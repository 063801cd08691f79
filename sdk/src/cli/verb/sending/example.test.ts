// Tests of the example referrals. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import { expandPresets, KINDS, lint, parseReferral } from '../../../core/referral/index.ts'
import '../../../core/referral/lint/warnings.ts'
import { EXAMPLES } from './example.ts'

test('there is an example for each kind', () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual(Object.keys(KINDS).sort())
})

test.each(Object.entries(EXAMPLES))('%s is valid, a rehearsal, and has no findings', (kind, example) => {
  const referral = parseReferral(expandPresets(example).referral)
  expect(referral).toMatchObject({ kind, test: true })
  expect(
    lint(referral, { now: Date.parse('2026-03-01') }).filter(({ severity }) => severity !== 'info'),
  ).toEqual([])
})
