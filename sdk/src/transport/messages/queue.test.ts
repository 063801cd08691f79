// Tests of the bounded queue.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createQueue } from './queue.ts'

async function read<T>(queue: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of queue) items.push(item)
  return items
}

test('every item arrives once and in order, whatever the capacity', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer()), fc.integer({ min: 1, max: 5 }), async (items, capacity) => {
      const queue = createQueue<number>(capacity)
      const reading = read(queue)
      for (const item of items) await queue.push(item)
      queue.end()
      expect(await reading).toEqual(items)
    }),
  )
})

test('push waits while the queue is full, offer does not', async () => {
  const queue = createQueue<number>(2)
  await queue.push(1)
  expect(queue.offer(2)).toBe(true)
  expect(queue.offer(3)).toBe(false)
  let pushed = false
  const pushing = queue.push(3).then(() => {
    pushed = true
  })
  await Promise.resolve()
  expect([pushed, queue.size]).toEqual([false, 2])
  const reader = queue[Symbol.asyncIterator]()
  expect((await reader.next()).value).toBe(1)
  await pushing
  expect([(await reader.next()).value, (await reader.next()).value]).toEqual([2, 3])
})

test('several waiting writers are served within the capacity', async () => {
  const queue = createQueue<number>(1)
  const pushing = [1, 2, 3, 4].map((item) => queue.push(item))
  expect(queue.size).toBe(1)
  const reading = read(queue)
  await Promise.all(pushing)
  queue.end()
  expect(await reading).toEqual([1, 2, 3, 4])
})

test('an end with an error drops waiting items and reaches both sides', async () => {
  const queue = createQueue<number>(1)
  await queue.push(1)
  const blocked = queue.push(2)
  const error = new Error('gone')
  queue.end(error)
  queue.end()
  await expect(blocked).rejects.toMatchObject({ reason: 'CANCELLED', cause: error })
  await expect(read(queue)).rejects.toBe(error)
})

test('a reader that leaves ends the queue', async () => {
  const queue = createQueue<number>(1)
  queue.offer(1)
  const admitted = queue.push(2)
  const blocked = queue.push(3)
  for await (const _ of queue) break
  await admitted
  await expect(blocked).rejects.toMatchObject({ reason: 'CANCELLED' })
  expect(() => queue.offer(4)).toThrow(expect.objectContaining({ reason: 'CANCELLED' }))
})
