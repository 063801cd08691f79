// Tests that the example referrals are valid, have no lint errors, cover every kind, and are test traffic. docs/spec/referral.md
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeSection, encodeSection } from '../referral-codec/section.ts'
import { checkHandling } from './handling/check.ts'
import { codesOf, fromSections, guard, lint, parseReferral, sections } from './index.ts'
import './lint/warnings.ts'

const FOLDER = new URL('../../../../examples/referrals/', import.meta.url)
const NOW = Date.parse('2026-11-23T12:00Z')
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))

test.each(names)('%s is a referral that can be sent', (name) => {
  const referral = parseReferral(read(name))
  expect(referral.test).toBe(true)
  expect(lint(referral, { now: NOW }).filter(({ severity }) => severity === 'error')).toEqual([])
  expect(guard(referral)).toBeUndefined()
  expect(() => checkHandling({ referral, action: 'send', now: NOW })).not.toThrow()
})

test.each(names)('%s survives being sealed in sections', (name) => {
  const { kind: _kind, test: _test, lane: _lane, group: _group, ...content } = parseReferral(read(name))
  const received = sections(content).map((section) => decodeSection(section.type, encodeSection(section)))
  expect(fromSections(received)).toEqual(content)
})

test('the examples cover every kind, three siblings, and a batch of a thousand URLs', () => {
  const referrals = names.map((name) => parseReferral(read(name)))
  const kinds = new Set(referrals.map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual([...codesOf('referral-kind')].sort())
  expect(referrals.flatMap(({ group }) => (group ? [group.index] : []))).toEqual([1, 2, 3])
  expect(referrals.some(({ items = [] }) => items.length === 1000)).toBe(true)
})

test('every URL and domain of the examples is reserved for examples', () => {
  const text = names.map((name) => readFileSync(new URL(name, FOLDER), 'utf8')).join('')
  const hosts = [...text.matchAll(/(?:https?:\/\/|"domain": ")([^/"]+)/g)].map(([, host = '']) => host)
  expect(hosts.filter((host) => !host.endsWith('.example'))).toEqual([])
})
