// Tests of the entry points @rex/sdk/referral, …/labels, …/names and …/lists with arguments of every wrong type. docs/spec/overview.md, "Input"
import { expect, test } from 'vitest'
import { RexError } from '../error.ts'
import * as entry from './index.ts'
import * as labels from './labels/index.ts'
import * as names from './labels/names.ts'
import * as lists from './lists.ts'

const VALID: entry.Referral = {
  kind: 'victim-support',
  test: true,
  triage: { risk: 'high', languages: ['uk'] },
  handling: { tlp: 'amber-strict' },
  people: [{ id: 'child', roles: ['principal-child'] }],
}

const MISTYPED = { people: null, triage: 5, contact: 'x', extensions: {}, items: [null], handling: [] }

/** Values that are wrong for almost every parameter. */
const ARGUMENTS: readonly unknown[] = [
  undefined,
  null,
  0,
  Number.NaN,
  '',
  'x',
  true,
  1n,
  Symbol('s'),
  () => 1,
  new Date(0),
  Object.create(null),
  [],
  [null],
  [[]],
  [{ section: null }],
  [{ type: 'people', id: 'people', version: 1, content: null }],
  {},
  { toString: 1 },
  { kind: 1 },
  { for: null },
  { for: [{ needs: { 'victim-support': { must: 'x' } } }] },
  { now: 'soon' },
  { presets: 5 },
  { unknownCodes: 'drop' },
  { '*': { handling: 5 } },
  VALID,
  ...Object.entries(MISTYPED).map(([name, value]) => ({ ...VALID, [name]: value })),
]

const FUNCTIONS = Object.entries({ ...entry, ...labels, ...names, ...lists }).filter(
  ([, value]) => typeof value === 'function',
)

test.each(FUNCTIONS)('T-143 %s meets wrong types with a RexError or an answer', (_, exported) => {
  const faults: unknown[] = []
  for (const first of ARGUMENTS)
    for (const second of ARGUMENTS)
      try {
        ;(exported as (...given: unknown[]) => unknown)(first, second)
      } catch (error) {
        if (!RexError.is(error) || error.reason === 'INTERNAL') faults.push([first, second, error])
      }
  expect(faults).toEqual([])
})

test('REX-ENC-036 lint names the field of a wrong type, and the option', () => {
  const lint = (referral: unknown, options?: unknown) => () => entry.lint(referral as never, options as never)
  expect(lint({ ...VALID, triage: { ...VALID.triage, children: '2' } })).toThrow(
    expect.objectContaining({ reason: 'INVALID_REFERRAL', path: 'triage.children' }),
  )
  expect(lint(VALID, { now: 'soon' })).toThrow(
    expect.objectContaining({ reason: 'CONFIG_INVALID', path: 'now' }),
  )
  expect(lint(VALID, { forr: [] })).toThrow(
    expect.objectContaining({ reason: 'CONFIG_INVALID', path: 'forr' }),
  )
})

test('a description names the field of a wrong type', () => {
  expect(() => labels.describeReferral({ ...VALID, triage: { risk: 'high', services: 5 } } as never)).toThrow(
    expect.objectContaining({ reason: 'INVALID_REFERRAL', path: 'triage.services' }),
  )
})
