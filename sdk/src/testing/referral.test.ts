// Tests that all test referrals can be sent and are test traffic.
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { codesOf, lint } from '../core/referral/index.ts'
import '../core/referral/lint/warnings.ts'
import { buildReferral, EXAMPLE_REFERRALS, exampleReferral } from './referral.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const kinds = codesOf('referral-kind')
const errors = (referral: ReturnType<typeof buildReferral>) =>
  lint(referral, { now: NOW }).filter(({ severity }) => severity === 'error')

test('every example can be loaded by its name', () => {
  const files = readdirSync(new URL('referrals', import.meta.url)).filter((name) => name.endsWith('.json'))
  expect(EXAMPLE_REFERRALS.map((name) => `${name}.json`)).toEqual(files.sort())
})

test('each call returns a separate object', () => {
  expect(exampleReferral('content-verification')).toEqual(exampleReferral('content-verification'))
  expect(exampleReferral('content-verification')).not.toBe(exampleReferral('content-verification'))
})

test.each(kinds)('the smallest %s can be sent', (kind) => {
  const referral = buildReferral({ kind })
  expect(referral).toMatchObject({ kind, test: true })
  expect(errors(referral)).toEqual([])
})

test('given sections replace the default ones; invalid sections are refused', () => {
  const triage = { abuse: ['csam'], country: 'NL' }
  expect(buildReferral({ triage }).triage).toEqual(triage)
  expect(() => buildReferral({ triage: { abuse: ['csam'], country: 'Netherlands' } })).toThrow(
    expect.objectContaining({ reason: 'INVALID_REFERRAL' }),
  )
})
