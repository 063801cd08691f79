// Tests that work of several keys shares the event loop.
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('T-135 in a turn each key gets its part, in order, whatever others have waiting', async () => {
  const turns = new Turns({ perKey: 2 })
  const done: string[] = []
  for (let i = 0; i < 5; i++) turns.run('flooder', () => done.push(`flooder ${i}`))
  turns.run('honest', () => done.push('honest'))
  expect(done).toEqual(['flooder 0', 'flooder 1', 'honest'])
  await turn()
  expect(done.slice(3)).toEqual(['flooder 2', 'flooder 3'])
  await turn()
  await turn()
  await turns.take('flooder')
  expect(done.slice(5)).toEqual(['flooder 4'])
})
