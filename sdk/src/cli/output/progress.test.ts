// Tests of the progress bar. docs/guide/rex-desk.md, "Many items"
import { expect, test } from 'vitest'
import { progressOn } from './progress.ts'

const MIB = 1024 * 1024

function drawnBy(isTTY: boolean, bytes: number): string {
  let written = ''
  const stream = {
    isTTY,
    write: (text: string | Uint8Array) => {
      written += String(text)
      return true
    },
  }
  const progress = progressOn(stream as never, bytes)
  for (const done of [0, bytes / 2, bytes / 2, bytes]) progress.at('Reading', done, bytes)
  progress.end()
  return written
}

test('a terminal shows each step once, on one line that is removed at the end', () => {
  const steps = drawnBy(true, MIB).split('\r\u001b[2K')
  expect(steps).toEqual([
    '',
    `Reading   [${'-'.repeat(24)}] 0 %`,
    `Reading   [${'#'.repeat(12)}${'-'.repeat(12)}] 50 %`,
    `Reading   [${'#'.repeat(24)}] 100 %`,
    '',
  ])
})

test('a pipe or a file gets nothing, and neither does a small piece of work', () => {
  expect(drawnBy(false, MIB)).toBe('')
  expect(drawnBy(true, 1000)).toBe('')
})
