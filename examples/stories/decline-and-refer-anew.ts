// A decline with a code and an alternative; the sender refers anew, and the new thread says what it follows.
import type { ThreadView } from '@rex/sdk'
import type { Story } from '../network/stage.ts'

export const declineAndReferAnew: Story = {
  name: 'decline-and-refer-anew',
  title: 'Police decline with a code and an alternative; the hotline refers anew.',
  run: async ({ network: { hotline, safeline, police }, tell, send, arrival, event, referral, expect }) => {
    const content = await referral('victim-support-grooming')
    const first = await send(hotline, content, { to: police.id })
    await arrival(police, first)
    await police.desk.thread(first, 'decline', { code: 'out-of-mandate', alternative: safeline.id })
    const { event: declined } = await event(hotline, first, 'decline')
    expect('decline code', declined?.content.code, 'out-of-mandate')
    tell('police', 'decline: out of mandate, Safeline may help')
    expect(
      'responsible again',
      (await hotline.desk.thread<ThreadView>(first, 'view')).responsible,
      hotline.id,
    )

    const second = await send(hotline, content, { to: declined?.content.alternative, follows: first })
    await arrival(safeline, second)
    await safeline.desk.thread(second, 'accept')
    await event(hotline, second, 'accept')
    expect(
      'responsible now',
      (await hotline.desk.thread<ThreadView>(second, 'view')).responsible,
      safeline.id,
    )
    tell('safeline', 'accepts the referral that follows')
  },
}
