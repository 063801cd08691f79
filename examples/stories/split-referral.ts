// One case, two recipients at once, different parts, neither learning of the other; content is removed item by item.
import type { ThreadView } from '@rex/sdk'
import type { Story } from '../network/stage.ts'

export const splitReferral: Story = {
  name: 'split-referral',
  title: 'Hotline sends one case to a second hotline and to the police at once; each gets its part.',
  run: async ({ network: { hotline, safeline, police }, tell, send, arrival, event, referral, expect }) => {
    const content = await referral('content-removal-image-host')
    const to = [
      { organisation: safeline.id, sections: ['triage', 'handling', 'items'], staged: [] },
      { organisation: police.id, sections: ['triage', 'handling', 'items', 'incident'], staged: [] },
    ]
    const thread = await send(hotline, content, { to, ref: 'H-2026-0118' })
    tell(
      'hotline',
      `sends ${content.items?.length} items to Safeline and the police, signed and uploaded once`,
    )

    const [atSafeline, atPolice] = await Promise.all([arrival(safeline, thread), arrival(police, thread)])
    expect('the second hotline sees no incident', atSafeline.referral?.incident, undefined)
    expect('the police see the incident', atPolice.referral?.incident !== undefined, true)
    expect('nobody is named to the other', JSON.stringify([atSafeline, atPolice]).includes(police.id), false)

    const items = (content.items ?? []).map(({ id }) => id)
    await safeline.desk.thread(thread, 'accept')
    await event(hotline, thread, 'accept')
    for (const item of items.slice(0, -1)) {
      await safeline.desk.thread(thread, 'progress', {
        code: 'content-removed',
        itemOutcomes: [{ item, code: 'removed' }],
      })
    }
    const rest = items.slice(-1).map((item) => ({ item, code: 'removed' }))
    await safeline.desk.thread(thread, 'complete', { outcome: 'content-removed', itemOutcomes: rest })
    await hotline.desk.item(
      ({ thread: of, event: seen }) => of === thread && seen?.type === 'complete' && seen.by === safeline.id,
    )
    tell('safeline', `has had all ${items.length} items removed, one after the other`)

    await police.desk.thread(thread, 'accept', { reference: 'P-4711' })
    await police.desk.thread(thread, 'complete', { outcome: 'investigation-opened' })
    await hotline.desk.item(
      ({ thread: of, event: seen }) => of === thread && seen?.type === 'complete' && seen.by === police.id,
    )
    tell('police', 'opens an investigation; the loop is closed on both tracks')

    const view = await hotline.desk.track<ThreadView>(thread, safeline.id, 'view')
    expect(
      'items removed',
      Object.values(view.itemOutcomes).filter(({ code }) => code === 'removed').length,
      items.length,
    )
    expect(
      'state with the police',
      (await hotline.desk.track<ThreadView>(thread, police.id, 'view')).state,
      'completed',
    )
  },
}
