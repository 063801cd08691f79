// A withdrawal and an acceptance cross in transit, and both sides still reach the same state.
// To run it alone: npm run story examples/stories/crossing-withdrawal.ts
import assert from 'node:assert/strict'
import { parseReferral } from '@rex/sdk/referral'
import { play, story } from '../play/play.ts'
import grooming from '../referrals/victim-support-grooming.json' with { type: 'json' }

export const crossingWithdrawal = story({
  name: 'crossing-withdrawal',
  title: 'A withdrawal crosses an acceptance; both sides agree what holds.',
  cast: ['hotline', 'safeline'],
  async play({ hotline, safeline, tell }) {
    const sent = await hotline.desk.send(parseReferral(grooming), { to: safeline.id })
    const arrived = await safeline.inbox.referral(sent)

    // Both verbs resolve immediately: a desk stores the decision and delivers it when it can.
    await hotline.gateway.stop()
    tell(hotline, 'loses its network')
    await sent.withdraw({ code: 'no-longer-needed' })
    tell(hotline, 'withdraws, unaware of what Safeline does')
    await arrived.thread.accept()
    tell(safeline, 'accepts, unaware of the withdrawal')
    await hotline.gateway.start()
    tell(hotline, 'has its network back')

    // Neither side knew of the other's event when it decided. Both sides use the same rule to decide which
    // event takes effect; the other event stays on record.
    const { event: acceptance } = await hotline.inbox.event(sent, 'accept')
    await safeline.inbox.event(sent, 'withdraw')
    assert.equal((await sent.view()).state, 'withdrawn')
    assert.equal((await arrived.thread.view()).state, 'withdrawn')
    assert.equal(acceptance.crossed, true)
    tell(hotline, 'and Safeline agree: withdrawn, the acceptance is on record')
  },
})

if (import.meta.main) await play([crossingWithdrawal])
