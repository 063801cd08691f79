import { expect, test, vi } from 'vitest'
import { CHOICE, withVariants } from '../mutants/variants.ts'

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

test.each([
  ['', 'abc'],
  ['no-limit', 'abcdef'],
  ['whole-path', '/x/'],
  ['another', 'abc'],
])('the program has the fault that is chosen, and only that: "%s"', async (choice, expected) => {
  vi.stubEnv(CHOICE, choice)
  const code = `${withVariants(SOURCE, FAULTY)} // ${choice}`
  const { shown } = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)
  expect(shown('/x/abcdef')).toBe(expected)
})

test('a module whose exports have no names in it is refused', () => {
  expect(() => withVariants("export * from 'node:path'", new Map())).toThrow('exports no names')
})
