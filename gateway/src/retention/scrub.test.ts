// Tests of the pace of the background check. docs/spec/delivery.md, "Durability"
import { expect, test } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { startScrub } from './scrub.ts'

test('T-080 waiting contents are checked once a day, four rows a second', async () => {
  const clock = virtualClock(0)
  const steps: number[] = []
  let rest = 3
  const stop = startScrub({
    clock,
    store: {
      scrub(limit) {
        expect(limit).toBe(4)
        steps.push(clock.steady())
        rest = rest === 1 ? 3 : rest - 1
        return rest !== 3
      },
    },
  })
  const begun = clock.steady()
  for (let s = 0; s < 86_405; s++) await clock.advance(1000)
  stop()
  const seconds = steps.map((ms) => (ms - begun) / 1000)
  expect(seconds).toEqual([1, 2, 3, 86_400, 86_401, 86_402])
})
