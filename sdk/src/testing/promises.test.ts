// Tests that the guarantees of the protocol hold over a network that loses, delays, duplicates, reorders and refuses envelopes. docs/spec/overview.md
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Desk } from '../client/api/desk.ts'
import type { Item } from '../client/api/items.ts'
import type { Faults } from './gateway/faults.ts'
import { testNetwork } from './network.ts'
import { buildReferral } from './referral.ts'

type Way = Faults<'hotline' | 'ngo'>

const FAULTS: readonly ((way: Way) => void)[] = [
  (way) => way.drop(2),
  (way) => way.delay({ hours: 5 }, 2),
  (way) => way.duplicate(3),
  (way) => way.reorder(),
  (way) => way.refuse('UNOPENABLE'),
  (way) => way.refuse('OVERLOADED', 3),
  (way) => way.disconnect(),
  (way) => way.heal(),
]

/** Each final state, with how many referrals the recipient has received and how many failures were reported to the sender. */
const ENDS = [
  ['received', 1, 0],
  ['refused', 0, 1],
  ['expired', 0, 1],
]

const step = fc.record({ fault: fc.nat(FAULTS.length - 1), minutes: fc.nat(600) })

/** Collects all items of a desk, in the background. */
function collect(desk: Desk): Item[] {
  const items: Item[] = []
  void (async () => {
    for await (const item of desk.receive({ concurrency: 4 })) {
      items.push(item)
      await item.ack()
    }
  })()
  return items
}

test('P2, P3 every referral has exactly one visible outcome: received, refused or expired', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      await using network = await testNetwork(['hotline', 'ngo'])
      const { hotline, ngo } = network.desks
      const [atHotline, atNgo] = [collect(hotline), collect(ngo)]
      const sent = []
      for (const { fault, minutes } of steps) {
        FAULTS[fault]?.(network.faults.to('ngo'))
        sent.push(await hotline.send(buildReferral(), { to: ngo.organisation }))
        await network.clock.advance({ minutes })
      }
      await network.clock.advance({ days: 15 })
      for (const thread of sent) {
        const [delivery] = (await thread.view()).delivery
        const count = (items: readonly Item[], kind: Item['kind']) =>
          items.filter((item) => item.kind === kind && item.thread.id === thread.id).length
        expect(ENDS).toContainEqual([delivery?.state, count(atNgo, 'referral'), count(atHotline, 'failure')])
      }
    }),
    { numRuns: 5 },
  )
})
