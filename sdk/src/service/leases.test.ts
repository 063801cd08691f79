// Tests of leases of items, in virtual time. docs/guide/service.md, "Items"
import { expect, test } from 'vitest'
import { testNetwork } from '../testing/network.ts'
import { buildReferral } from '../testing/referral.ts'
import { createActivity } from '../testing/time/activity.ts'
import { virtualClock } from '../testing/time/clock.ts'
import { Leases } from './leases.ts'

const never = new AbortController().signal
const until = { signal: never, wait: never }

async function start() {
  const network = await testNetwork(['hotline', 'ngo'])
  const { hotline, ngo } = network.desks
  for (const ref of ['1', '2']) await hotline.send(buildReferral(), { to: ngo.organisation, ref })
  await network.settle()
  const clock = virtualClock(0, () => createActivity().idle())
  return { network, clock, ngo, leases: new Leases(ngo, clock) }
}

test('an item whose lease ends is delivered again, even to a waiting reader; renewal extends the lease', async () => {
  const { network, clock, leases } = await start()
  await using _ = network
  const [first, second] = [await leases.take(60_000, until), await leases.take(60_000, until)]
  const waiting = leases.take(60_000, until)
  await clock.advance({ seconds: 40 })
  expect(leases.renew(second?.id ?? '', 60_000)).toBe(100_000)
  await clock.advance({ seconds: 20 })
  const again = await waiting
  expect(again).toMatchObject({ item: { id: first?.item.id, redelivered: 0 } })
  expect(() => leases.renew(first?.id ?? '', 1000)).toThrow(expect.objectContaining({ reason: 'NOT_FOUND' }))
  await leases.settle(second?.id ?? '', (item) => item.ack())
  await leases.close()
})

test('a repeated settlement has no effect; a failed settlement returns the item', async () => {
  const { network, leases } = await start()
  await using _ = network
  const taken = (await leases.take(60_000, until)) as NonNullable<Awaited<ReturnType<Leases['take']>>>
  await expect(leases.settle(taken.id, (item) => item.park(''))).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
  })
  const again = (await leases.take(60_000, until)) as typeof taken
  expect(again.item.id).toBe(taken.item.id)
  await Promise.all([1, 2].map(() => leases.settle(again.id, (item) => item.ack())))
  expect((await leases.take(60_000, until))?.item.id).not.toBe(taken.item.id)
  await leases.close()
})

test('the number of leases is limited, and a caller that has left gets no lease', async () => {
  const { network, leases } = await start()
  await using _ = network
  expect(await leases.take(1000, { signal: AbortSignal.abort(), wait: never })).toBeUndefined()
  const gone = new AbortController()
  const waiting = Array.from({ length: 1024 }, () => leases.take(1000, { signal: gone.signal, wait: never }))
  await expect(leases.take(1000, until)).rejects.toMatchObject({ reason: 'OVERLOADED' })
  gone.abort()
  expect((await Promise.all(waiting)).filter((lease) => lease !== undefined).length).toBeLessThanOrEqual(2)
  await leases.close()
})
