// A recipient declines with a code and an alternative. The sender refers the case again in a new thread that refers to the old thread.
// To run it alone: npm run story examples/stories/decline-and-refer-anew.ts
import assert from 'node:assert/strict'
import { parseReferral } from '@rex/sdk/referral'
import { play, story } from '../play/play.ts'
import grooming from '../referrals/victim-support-grooming.json' with { type: 'json' }

export const declineAndReferAnew = story({
  name: 'decline-and-refer-anew',
  title: 'Police decline with a code and an alternative; the hotline refers anew.',
  cast: ['hotline', 'safeline', 'police'],
  async play({ hotline, safeline, police, tell }) {
    const referral = parseReferral(grooming)
    const first = await hotline.desk.send(referral, { to: police.id })
    const atPolice = await police.inbox.referral(first)
    await atPolice.thread.decline({ code: 'out-of-mandate', alternative: safeline.id })
    tell(police, 'decline: out of mandate, Safeline may help')

    // The code comes from a closed list, so a program can act on it. The hotline is responsible for the case again.
    const { content } = (await hotline.inbox.event(first, 'decline')).event
    assert.equal(content.code, 'out-of-mandate')
    assert.equal(content.alternative, safeline.id)
    assert.equal((await first.view()).responsible, hotline.id)

    const second = await hotline.desk.send(referral, { to: safeline.id, follows: first.id })
    const atSafeline = await safeline.inbox.referral(second)
    await atSafeline.thread.accept()
    await hotline.inbox.event(second, 'accept')
    assert.equal((await second.view()).responsible, safeline.id)
    tell(safeline, 'accepts the referral that follows')
  },
})

if (import.meta.main) await play([declineAndReferAnew])
