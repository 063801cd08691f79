// The receiving gateway and then the receiving desk are killed during delivery. Nothing is lost or processed twice.
// To run it alone: npm run story examples/stories/killed-in-delivery.ts
import assert from 'node:assert/strict'
import { parseReferral } from '@rex/sdk/referral'
import { play, story } from '../play/play.ts'
import disputedMatch from '../referrals/content-verification.json' with { type: 'json' }

const BATCH = 40

export const killedInDelivery = story({
  name: 'killed-in-delivery',
  title: `${BATCH} referrals while the receiving gateway, then the receiving desk, is killed with SIGKILL.`,
  cast: ['hotline', 'safeline'],
  async play({ hotline, safeline, tell }) {
    // `send` resolves when the message is on the hotline's disk, whatever happens at Safeline.
    const referral = parseReferral(disputedMatch)
    const before = safeline.inbox.items.length
    const arrived = () => safeline.inbox.items.length - before
    const sending = Promise.all(
      Array.from({ length: BATCH }, (_, i) =>
        hotline.desk.send(referral, { to: safeline.id, key: `batch-${i}`, ref: `batch-${i}` }),
      ),
    )

    await safeline.inbox.count(before + 5)
    await safeline.gateway.kill()
    tell(safeline, `gateway killed after ${arrived()} referrals`)
    await safeline.gateway.start()
    tell(safeline, 'gateway started again')

    // The desk is killed while its application has unacknowledged items, so these items are delivered again.
    await safeline.inbox.count(before + 15)
    safeline.inbox.hold(true)
    await safeline.deskProcess.kill()
    tell(safeline, `desk killed after ${arrived()} referrals`)
    safeline.inbox.hold(false)
    await safeline.deskProcess.start()
    tell(safeline, 'desk started again')

    const threads = await sending
    const received = await Promise.all(threads.map((thread) => safeline.inbox.referral(thread)))
    assert.equal(safeline.inbox.duplicated, 0)
    tell(safeline, `has all ${received.length}, each once`)

    await Promise.all(received.map(({ thread }) => thread.decline({ code: 'no-capacity' })))
    await Promise.all(threads.map((thread) => hotline.inbox.event(thread, 'decline')))
    tell(safeline, 'declines them: no capacity')
  },
})

if (import.meta.main) await play([killedInDelivery])
