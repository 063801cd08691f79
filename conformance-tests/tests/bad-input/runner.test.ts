import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTarget } from '../../mutants/build.ts'
import { CASE_LIMIT_MS, type TargetConfiguration } from '../../runner/process.ts'
import { type RunOptions, run } from '../../runner/run.ts'
import { isBad } from '../../runner/verdict.ts'
import { readSuites } from '../../suite/vectors.ts'

const SUITE = readSuites(new URL('../../vectors', import.meta.url).pathname, ['codec'])
const [first, second] = SUITE.cases.filter(({ features }) => features.includes('REX-1')) as [
  (typeof SUITE.cases)[number],
  (typeof SUITE.cases)[number],
]

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rex-conformance-'))
  await buildTarget(join(folder, 'target.mjs'), join(import.meta.dirname, 'misbehaving.ts'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const misbehaving = (fault: string): TargetConfiguration => ({
  name: fault,
  command: [process.execPath, 'target.mjs', fault],
  folder,
})

/** Returns the outcomes of two cases that run one after the other. */
async function outcomes(fault: string, options: Partial<RunOptions> = {}) {
  const { parties } = SUITE
  const target = misbehaving(fault)
  const { verdicts } = await run({ cases: [first, second], parties, target, parallel: 1, ...options })
  return verdicts.map(({ outcome, received }) => `${outcome}: ${received}`)
}

const LIMIT = 300
const MUCH = 'flooded: Its answer has more than 4194304 bytes.'

test.each([
  ['crashes', 'crashed: It ended with exit code 3. out of order'],
  ['floods', MUCH],
  ['announces-much', MUCH],
  ['other-case', 'other-case: It answered "another".'],
  ['garbage', 'unreadable: Its answer is no ConformanceResponse.'],
  ['no-result', 'unreadable: Its answer has no result.'],
  ['unsupported', 'skipped: unsupported'],
  ['version', 'version: It speaks version 2 of the dialogue; this runner speaks 1.'],
])('a target that %s gets a verdict for each case, and the run goes on', async (fault, verdict) => {
  expect(await outcomes(fault)).toEqual([verdict, verdict])
})

test('the guide states the time limit that holds without --time-limit, and our own commands need no other', () => {
  const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
  const stated = read('docs/guide/conformance.md').match(/^\| `--time-limit MS` .*$/gm) ?? []
  const limit = `| ${CASE_LIMIT_MS / 1000} 000 |`
  expect(stated.map((row) => row.slice(-limit.length))).toEqual([limit, limit])
  expect(read('package.json')).not.toContain('--time-limit')
})

test('a target with false features or an overlong greeting gets a verdict', async () => {
  expect(await outcomes('fickle')).toEqual([
    'crashed: It ended with exit code 3. out of order',
    expect.stringMatching(/^unreadable: It greets otherwise than before: now REX-1, run \d+[.]$/),
  ])
  const long = /^unreadable: Its greeting is too long: at most 64 features, and 200 characters/
  expect(await outcomes('long-name')).toEqual([expect.stringMatching(long), expect.stringMatching(long)])
})

test('a target that hangs gets a verdict for each case, and the run goes on', async () => {
  const verdict = `hung: No answer within ${LIMIT} ms.`
  expect(await outcomes('hangs', { caseLimitMs: LIMIT })).toEqual([verdict, verdict])
})

test('a target that never greets is started three times', async () => {
  const cases = [first, second, first, second, first].map((given) => ({ ...given }))
  const verdict = `hung: No answer within ${LIMIT} ms.`
  expect(await outcomes('mute', { cases, startLimitMs: LIMIT })).toEqual(cases.map(() => verdict))
})

test('an unrequested answer is not taken for the answer to the next case', async () => {
  expect((await outcomes('babbles'))[1]).toMatch(/^(flooded: It wrote without being asked|other-case)/)
})

test('a target that accepts everything passes no case, nor does one that cannot be started', async () => {
  const refused = SUITE.cases.filter(({ expect: wanted }) => 'refused' in wanted)
  const { verdicts } = await run({ ...SUITE, cases: refused, target: misbehaving('accepts') })
  expect(verdicts.filter(({ outcome }) => outcome === 'passed')).toEqual([])
  expect(verdicts.filter(({ outcome }) => isBad(outcome)).length).toBeGreaterThan(10)
  const absent = { name: 'absent', command: ['./absent'], folder: import.meta.dirname } as const
  const { verdicts: never, target } = await run({ ...SUITE, cases: [first], target: absent })
  expect(never.map(({ outcome }) => outcome)).toEqual(['crashed'])
  expect(target).toBeUndefined()
})

test('a known failure does not fail the run; a known failure that passes does', async () => {
  const knownFailing = new Set([first.name, second.name])
  expect(
    (await outcomes('crashes', { knownFailing })).every((verdict) => verdict.startsWith('known-failing')),
  ).toBe(true)
  const accepted = SUITE.cases.map((given) => ({ ...given, expect: { accepted: {} } })).slice(0, 1)
  const names = new Set(accepted.map(({ name }) => name))
  expect(await outcomes('accepts', { cases: accepted, knownFailing: names })).toEqual(['fixed: accepted'])
})

test('a case is skipped if the target lacks a feature that it needs', async () => {
  const cases = [{ ...first, features: ['REX-9'] }]
  expect(await outcomes('accepts', { cases })).toEqual(['skipped: The target lacks REX-9.'])
})
