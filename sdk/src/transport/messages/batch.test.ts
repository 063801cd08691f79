import { expect, test } from 'vitest'
import { batches } from './batch.ts'

const size = (item: number) => [item, 1]

test('items that are ready travel together, in order, within bounds', () => {
  expect(batches([3, 3, 3, 3], size, [7, 64])).toEqual([
    [3, 3],
    [3, 3],
  ])
  expect(batches([1, 1, 1, 1, 1], size, [64, 2])).toEqual([[1, 1], [1, 1], [1]])
})

test('an item larger than a batch travels alone', () => {
  expect(batches([2, 9, 2], size, [7, 64])).toEqual([[2], [9], [2]])
  expect(batches([], size, [7, 64])).toEqual([])
})
