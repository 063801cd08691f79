// The receiving gateway, then the receiving desk, is killed in mid-delivery: nothing is lost, nothing comes twice.
import type { Story } from '../network/stage.ts'

const BATCH = 40

export const killedInDelivery: Story = {
  name: 'killed-in-delivery',
  title: `${BATCH} referrals while the receiving gateway, then the receiving desk, is killed with SIGKILL.`,
  run: async ({ network: { hotline, safeline }, tell, send, arrival, referral, expect }) => {
    const content = await referral('content-verification')
    const before = safeline.desk.items.length
    const sending = Array.from({ length: BATCH }, (_, i) =>
      send(hotline, content, { to: safeline.id, ref: `batch-${i}` }),
    )
    const some = (count: number) => safeline.desk.item(() => safeline.desk.items.length >= before + count)

    await some(5)
    await safeline.gateway.kill()
    tell('safeline', `gateway killed after ${safeline.desk.items.length - before} referrals`)
    await safeline.gateway.start()
    tell('safeline', 'gateway started again')

    await some(15)
    safeline.desk.hold()
    await safeline.desk.kill()
    tell('safeline', `desk killed after ${safeline.desk.items.length - before} referrals`)
    await safeline.desk.start()
    tell('safeline', 'desk started again')

    const threads = await Promise.all(sending)
    await Promise.all(threads.map((thread) => arrival(safeline, thread)))
    expect('referrals that came twice', safeline.desk.duplicated, 0)
    tell('safeline', `has all ${threads.length}, each once`)
  },
}
