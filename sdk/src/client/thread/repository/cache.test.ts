// Tests of which threads the repository keeps in memory. docs/guide/desk.md, "Threads"
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { deskOfCopies } from '../../../testing/harness/copies.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const KiB = 1024
test.each([
  ['small', 300, 0, 100, 128],
  ['large', 40, 300 * KiB, 10, 14],
])('of %s unused threads, a limited number stays in memory', async (_, count, more, least, most) => {
  const ids = Array.from({ length: count }, (_, i) => i.toString(16).padStart(32, '0'))
  await using made = await deskOfCopies(ids.map((id) => ({ id, more })))
  const used = made.threads.open(ids[0] as string)
  const opened = ids.map((id) => new WeakRef(made.threads.open(id)))
  await turn()
  collect()
  const kept = opened.filter((thread) => thread.deref() !== undefined).length
  expect(kept).toBeGreaterThanOrEqual(least)
  expect(kept).toBeLessThanOrEqual(most + 1)
  expect(made.threads.open(ids[0] as string)).toBe(used)
})
