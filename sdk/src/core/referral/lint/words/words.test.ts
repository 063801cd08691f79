// Tests of the ordinary words. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { lint, validate } from '../../index.ts'
import { CARE, CHILD, MOTHER } from '../fixture.ts'
import { WORDS } from './index.ts'

const people = [{ ...CHILD, names: [{ kind: 'known-as', full: 'Dietrich' }] }, MOTHER]
const referral = { ...CARE, people, triage: { ...CARE.triage, note: { text: 'Dietrich!', language: 'de' } } }

test('REX-REF-093 further words make an error a warning with the same id', () => {
  const [error] = lint(referral)
  const [warning] = lint(referral, { words: 'xyz dietrich' })
  expect([error?.code, warning?.code]).toEqual(['leak-word', 'ordinary-word'])
  expect(warning?.id).toBe(error?.id)
  expect([validate(referral).ok, validate(referral, { words: 'dietrich' }).ok]).toEqual([false, true])
  expect(() => lint(referral, { words: ['dietrich'] as never })).toThrow('words must be words of')
})

test('the words are many, and in lower case', () => {
  const words = WORDS.trim().split(/\s+/)
  expect(words.length).toBeGreaterThan(900)
  expect(words.filter((word) => word !== word.toLowerCase())).toEqual([])
})
