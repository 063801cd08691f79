import type { ReceiveRequest } from '@rex/proto/mailbox/v1/mailbox'
import { expect, test } from 'vitest'
import { readSettlements, SETTLEMENTS_AT_ONCE } from './settlements.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))
const SETTLE: ReceiveRequest = {
  content: { $case: 'settle', value: { acknowledged: [1], postponed: [], unopenable: [] } },
}

test('T-129 the gateway stops reading from a desk that settles faster than the store writes', async () => {
  let read = 0
  async function* requests() {
    for (; read < 10 * SETTLEMENTS_AT_ONCE; read++) yield SETTLE
  }
  const written: (() => void)[] = []
  const reading = readSettlements(requests(), () => new Promise((resolve) => written.push(resolve)))
  for (let i = 0; i < 1000; i++) await turn()
  expect(written).toHaveLength(SETTLEMENTS_AT_ONCE)

  written[0]?.()
  for (let i = 0; i < 1000; i++) await turn()
  expect(written).toHaveLength(SETTLEMENTS_AT_ONCE + 1)

  for (let i = 0; i < written.length; i++) {
    written[i]?.()
    await turn()
  }
  await reading
  expect(read).toBe(10 * SETTLEMENTS_AT_ONCE)
})

test('a failed settlement ends the stream even while it waits for more', async () => {
  let failNow = (_: Error) => {}
  async function* requests() {
    yield SETTLE
    await new Promise(() => {})
  }
  const reading = readSettlements(requests(), () => new Promise((_, reject) => (failNow = reject)))
  await turn()
  failNow(new Error('The disk is full.'))
  await expect(reading).rejects.toThrow('The disk is full.')
})
