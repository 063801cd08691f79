import { mkdtempSync, rmSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Mutant } from '../mutants/mutant.ts'
import { CHOSEN, choose } from '../mutants/programs/choice.ts'
import { withSwitches } from '../mutants/programs/switched.ts'
import { killRecorded, type Trial } from '../mutants/programs/trial.ts'
import { withVariants } from '../mutants/programs/variants.ts'
import type { Outcome, Result } from '../runner/verdict.ts'
import type { Scenario } from '../suite/scenario.ts'

const SOURCE = `
import { basename as nameOf } from 'node:path'
import type { Stats } from 'node:fs'
export const limit: number = 3
export function shown(path: string, _stats?: Stats): string { return nameOf(path).slice(0, limit) }
`
const FAULTY = new Map([
  ['no-limit', SOURCE.replace('= 3', '= 9')],
  ['whole-path', SOURCE.replace('nameOf(path)', 'path')],
])

const chosen = (choice: string) => Object.assign(globalThis, { [CHOSEN]: choice })
afterEach(() => chosen(''))

const imported = (code: string) =>
  import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)

test.each([
  ['', 'abc'],
  ['no-limit', 'abcdef'],
  ['whole-path', '/x/'],
  ['another', 'abc'],
])(
  'the program has the fault that is chosen when it starts, and only that: "%s"',
  async (choice, expected) => {
    chosen(choice)
    const { shown } = await imported(`${withVariants(SOURCE, FAULTY)} // ${choice}`)
    expect(shown('/x/abcdef')).toBe(expected)
  },
)

test('a module whose exports have no names in it is refused', () => {
  expect(() => withVariants("export * from 'node:path'", new Map())).toThrow('exports no names')
})

const mutant = (name: string, find: string, replace: string): Mutant => {
  return { name, find, replace, title: '', file: '', killer: '' }
}
const INSIDE = `
export const twice = (n: number): number => n * 2
export class Counter {
  #from = 1;
  *up(most: number): Generator<number> {
    const next = (n: number) => n + 1
    for (let n = this.#from; n < most; n = next(n)) yield n
  }
}
export const least = 1
`
const FAULTS = [
  mutant('thrice', 'n * 2', 'n * 3'),
  mutant('by-two', 'n + 1', 'n + 2'),
  mutant('to-the-last', 'n < most', 'n <= most'),
  mutant('from-zero', '#from = 1', '#from = 0'),
  mutant('none', 'least = 1', 'least = 0'),
]

test('a running program takes each fault inside a function, and loses it again', async () => {
  const { source, others } = withSwitches(INSIDE, FAULTS)
  expect(others.map(({ name }) => name)).toEqual(['from-zero', 'none'])
  const { twice, Counter } = await imported(stripTypeScriptTypes(source))
  const counter = new Counter()
  const results = ['', 'thrice', 'by-two', 'to-the-last', ''].map((choice) => {
    chosen(choice)
    return [twice(5), [...counter.up(4)].join(' ')]
  })
  expect(results).toEqual([
    [10, '1 2 3'],
    [15, '1 2 3'],
    [10, '1 3'],
    [10, '1 2 3 4'],
    [10, '1 2 3'],
  ])
})

test('a choice for a program that does not run waits for nobody', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rex-choice-'))
  await choose(join(folder, 'choice'), 'thrice')
  rmSync(folder, { recursive: true })
})

/** Runs a mutant that is recorded as failing at step 1, and whose first and second try end like this. Returns the cases that killed it. */
async function killedBy(first: Partial<Result>, second: Partial<Result>, control: Outcome = 'passed') {
  const results = [first, { outcome: control }, second]
  const trial: Trial<Scenario> = {
    become: async () => {},
    run: async () => ({ outcome: 'failed', expected: '', received: '', failedAt: 0, ...results.shift() }),
    [Symbol.asyncDispose]: async () => {},
  }
  const scenarios = [{ name: 'case' } as Scenario]
  const recorded = { ...mutant('slow', '', ''), killer: 'case', step: 1, fails: 'failed' } as const
  const [killed] = await killRecorded([recorded], { open: async () => trial, scenarios })
  return killed?.by
}

test('on a slow computer, a mutant dies if its recorded step is late twice while the program without a fault passes', async () => {
  expect(await killedBy({}, {})).toEqual(['case'])
  expect(await killedBy({ isLate: true }, { isLate: true })).toEqual(['case'])
  expect(await killedBy({ isLate: true }, {})).toEqual(['case'])
})

test.each([
  ['the program without a fault fails too', { isLate: true }, 'failed'],
  ['another step is late', { isLate: true, failedAt: 1 }, 'passed'],
  ['the program ends', { outcome: 'crashed' }, 'passed'],
  ['nothing fails', { outcome: 'passed' }, 'passed'],
] as const)('a mutant that is late once survives if in the second try %s', async (_, second, control) => {
  expect(await killedBy({ isLate: true }, second, control)).toEqual([])
})
