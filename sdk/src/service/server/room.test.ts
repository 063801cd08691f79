// Limits on the share of the service that one caller gets. docs/guide/service.md, "Limits"
import { expect, test } from 'vitest'
import { createRoom } from './room.ts'

const MIB = 1024 * 1024

test('T-065 one caller gets at most half of the room, and releases all of it', () => {
  const takeRoom = createRoom()
  for (const [bytes, most] of [
    [0, 128],
    [8 * MIB, 4],
  ] as const)
    for (const _ of [1, 2]) {
      const back = Array.from({ length: most }, () => takeRoom('token:greedy', bytes))
      expect(() => takeRoom('token:greedy', bytes)).toThrow(expect.objectContaining({ reason: 'OVERLOADED' }))
      back.push(...Array.from({ length: most }, () => takeRoom('socket', bytes)))
      expect(() => takeRoom('group', bytes)).toThrow(expect.objectContaining({ reason: 'OVERLOADED' }))
      for (const giveBack of back) giveBack()
    }
})
