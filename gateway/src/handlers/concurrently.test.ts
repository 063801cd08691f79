// Tests of how many requests of a stream are read before the client reads their answers.
import { setImmediate as turn } from 'node:timers/promises'
import { LIMITS } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { concurrently } from './concurrently.ts'

const WINDOW = 8
const MANY = 10_000

/** Offers many requests of `bytes` each, which are answered immediately, and reads `taken` answers. Returns how many requests were read. */
async function readWhile(taken: number, bytes: number): Promise<number> {
  let read = 0
  async function* requests() {
    while (read < MANY) yield read++
  }
  const ended = new AbortController()
  const answers = concurrently<number, number>({
    requests: requests(),
    answer: async (request) => request,
    sizeOf: () => bytes,
    window: WINDOW,
    draining: ended.signal,
    signal: ended.signal,
  })
  for (let i = 0; i < taken; i++) await answers.next()
  const waiting = answers.next()
  for (let i = 0; i < 1000; i++) await turn()
  await waiting
  ended.abort(new Error('over'))
  return read
}

test('T-129 an unread answer keeps its place in the window', async () => {
  expect(await readWhile(0, 1)).toBe(WINDOW)
  expect(await readWhile(20, 1)).toBe(20 + WINDOW)
})

test('T-129 REX-DLV-101 a window can also be full by bytes', async () => {
  expect(await readWhile(0, LIMITS.receiverWindowBytes / 4)).toBe(4)
  expect(await readWhile(10, LIMITS.receiverWindowBytes / 4)).toBe(14)
  expect(await readWhile(0, LIMITS.receiverWindowBytes * 2)).toBe(1)
})

test('all due answers precede the end of the stream', async () => {
  async function* requests() {
    for (let i = 0; i < 100; i++) yield i
  }
  const { signal } = new AbortController()
  const seen: number[] = []
  const options = { sizeOf: () => 1, window: WINDOW, draining: signal, signal }
  const answer = async (i: number) => {
    if (i % 3 === 0) await turn()
    return i
  }
  for await (const i of concurrently<number, number>({ requests: requests(), answer, ...options }))
    seen.push(i)
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
})
