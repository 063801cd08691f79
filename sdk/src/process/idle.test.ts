// Tests of what an idle process does. docs/adr/0014-heap-of-gateway-and-desk.md
import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { onIdle } from './idle.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a process is told once each time that it begins to be idle', () => {
  const idle = vi.fn(() => (usedMs += 10_000))
  let usedMs = 5_000
  const after = (workMs: number) => {
    usedMs += workMs
    vi.advanceTimersByTime(30_000)
    return idle.mock.calls.length
  }
  onIdle(idle, () => usedMs)
  expect([3_000, 100, 0, 500, 700, 20_000, 10, 10].map(after)).toEqual([0, 1, 1, 1, 1, 1, 2, 2])
})

/** Prints the resident memory of a process with a large young generation, before and after its first half minute, in megabytes. */
const PROGRAM = `
const { letHeapGrow } = await import('${new URL('./index.ts', import.meta.url)}')
const { setInterval: every, setTimeout: later } = globalThis
globalThis.setInterval = (work) => every(work, 500)
if (process.argv[1] === 'desk') letHeapGrow()
let living = []
for (let i = 0; i < 300; i++) {
  living.push(Array.from({ length: 4000 }, (_, n) => ({ n })))
  if (living.length > 50) living = []
}
living = []
const before = process.memoryUsage.rss()
await new Promise((resolve) => later(resolve, 1500))
console.log(JSON.stringify([before, process.memoryUsage.rss()].map((bytes) => bytes / 1e6)))`

/** Returns the resident memory that a process gives back when it is idle. Megabytes. */
function givenBackMB(mode: string): number {
  const flags = [
    '--conditions=@rex/source',
    '--no-warnings',
    '--max-semi-space-size=16',
    '--input-type=module',
  ]
  const [before, after] = JSON.parse(
    execFileSync(process.execPath, [...flags, '-e', PROGRAM, mode], { encoding: 'utf8' }),
  )
  return before - after
}

test('an idle command gives memory back that V8 would keep', () => {
  expect(givenBackMB('desk')).toBeGreaterThan(20)
  expect(givenBackMB('left to V8')).toBeLessThan(15)
})
