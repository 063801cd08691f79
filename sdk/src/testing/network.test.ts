// Tests of the test network: the closed loop in memory, as a partner would write it.
import { expect, test } from 'vitest'
import { testNetwork } from './network.ts'
import { exampleReferral } from './referral.ts'

test('the closed loop: sent, accepted, disclosed, completed; the same state on both sides', async () => {
  await using network = await testNetwork(['hotline', 'ngo'])
  const { hotline, ngo } = network.desks
  const mine = await hotline.send(exampleReferral('victim-support-grooming'), {
    to: ngo.organisation,
    ref: 'H-1',
  })
  await network.settle()
  const theirs = await ngo.thread(mine.id)
  await theirs.accept({ reference: 'N-1' })
  await network.settle()
  await mine.disclose()
  await network.settle()
  expect((await theirs.current()).referral.people?.length).toBeGreaterThan(0)
  await theirs.complete({ outcome: 'service-provided' })
  await network.settle()
  const views = await Promise.all([mine.view(), theirs.view()])
  expect(views.map(({ state }) => state)).toEqual(['completed', 'completed'])
  expect(views.flatMap(({ delivery }) => delivery.map(({ state }) => state))).toEqual(
    Array(4).fill('received'),
  )
})
