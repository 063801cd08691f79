// Tests of the functions that all loops of a relay use. docs/guide/postgres.md
import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { untilAborted } from './parts.ts'

test('waiting for work leaves no listener on the signal of the session, whether the work ends, fails or continues', async () => {
  const session = new AbortController()
  const listeners = () => getEventListeners(session.signal, 'abort').length
  for (let n = 0; n < 20; n++) await untilAborted(session.signal, Promise.resolve(n))
  await expect(untilAborted(session.signal, Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(listeners()).toBe(0)
  const waiting = untilAborted(session.signal, new Promise(() => {}))
  expect(listeners()).toBe(1)
  session.abort()
  await waiting
  await untilAborted(session.signal, new Promise(() => {}))
  expect(listeners()).toBe(0)
})
