// Two recipients get different parts of one case. Neither is informed of the other. Content is removed item by item.
// To run it alone: npm run story examples/stories/split-referral.ts
import assert from 'node:assert/strict'
import { parseReferral } from '@rex/sdk/referral'
import { play, story } from '../play/play.ts'
import imageHost from '../referrals/content-removal-image-host.json' with { type: 'json' }

export const splitReferral = story({
  name: 'split-referral',
  title: 'Hotline sends one case to a second hotline and to the police at once; each gets its part.',
  cast: ['hotline', 'safeline', 'police'],
  async play({ hotline, safeline, police, tell }) {
    // Each section is sealed once, and its key is granted to the recipients who may read it.
    const referral = parseReferral(imageHost)
    const items = (referral.items ?? []).map(({ id }) => id)
    const sent = await hotline.desk.send(referral, {
      to: [
        { organisation: safeline.id, sections: ['triage', 'handling', 'items'], staged: [] },
        { organisation: police.id, sections: ['triage', 'handling', 'items', 'incident'], staged: [] },
      ],
      ref: 'H-2026-0118',
    })
    tell(hotline, `sends ${items.length} items to Safeline and the police, signed and uploaded once`)

    const atSafeline = await safeline.inbox.referral(sent)
    const atPolice = await police.inbox.referral(sent)
    assert.equal(atSafeline.referral.incident, undefined)
    assert(atPolice.referral.incident)
    assert.deepEqual(atSafeline.thread.counterparts, [hotline.id])
    assert.deepEqual(atPolice.thread.counterparts, [hotline.id])

    // The second hotline reports each item when it is removed, and the last item with the outcome.
    await atSafeline.thread.accept()
    for (const item of items.slice(0, -1)) {
      await atSafeline.thread.progress({
        code: 'content-removed',
        itemOutcomes: [{ item, code: 'removed' }],
      })
    }
    await atSafeline.thread.complete({
      outcome: 'content-removed',
      itemOutcomes: items.slice(-1).map((item) => ({ item, code: 'removed' })),
    })
    await hotline.inbox.event(sent, 'complete', safeline.id)
    tell(safeline, `has had all ${items.length} items removed, one after the other`)

    await atPolice.thread.accept({ reference: 'P-4711' })
    await atPolice.thread.complete({ outcome: 'investigation-opened' })
    await hotline.inbox.event(sent, 'complete', police.id)
    tell(police, 'opens an investigation; the hotline has heard from both how it ended')

    // For the sending hotline, the case is one thread with two tracks.
    const track = await sent.with(safeline.id).view()
    assert.deepEqual(Object.keys(track.itemOutcomes).sort(), [...items].sort())
    assert.equal((await sent.with(police.id).view()).state, 'completed')
  },
})

if (import.meta.main) await play([splitReferral])
