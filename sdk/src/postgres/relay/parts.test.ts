// What the loops of a relay share. docs/guide/postgres.md
import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { untilAborted } from './parts.ts'

test('waiting for work until a session ends leaves nothing at its signal, whether the work ends, fails or goes on', async () => {
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
