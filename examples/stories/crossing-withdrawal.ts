// A withdrawal and an acceptance cross on their way: both sides come to the same state.
import type { ThreadView } from '@rex/sdk'
import type { Story } from '../network/stage.ts'

export const crossingWithdrawal: Story = {
  name: 'crossing-withdrawal',
  title: 'A withdrawal crosses an acceptance; both sides agree what holds.',
  run: async ({ network: { hotline, safeline }, tell, send, arrival, event, referral, expect }) => {
    const thread = await send(hotline, await referral('victim-support-grooming'), { to: safeline.id })
    await arrival(safeline, thread)
    await hotline.gateway.stop()
    tell('hotline', 'loses its network')
    await hotline.desk.thread(thread, 'withdraw', { code: 'no-longer-needed' })
    tell('hotline', 'withdraws, unaware of what Safeline does')
    await safeline.desk.thread(thread, 'accept')
    tell('safeline', 'accepts, unaware of the withdrawal')
    await hotline.gateway.start()
    tell('hotline', 'has its network back')
    const [accepted] = await Promise.all([
      event(hotline, thread, 'accept'),
      event(safeline, thread, 'withdraw'),
    ])
    for (const { desk } of [hotline, safeline]) {
      expect('state', (await desk.thread<ThreadView>(thread, 'view')).state, 'withdrawn')
    }
    expect('the acceptance is on record without effect', accepted.event?.crossed, true)
    tell('hotline', 'and Safeline agree: withdrawn, the acceptance is on record')
  },
}
