import { Notice } from '@rex/proto/mailbox/v1/mailbox'
import { createStanding, LIMITS } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { REPORTS } from '../store/mailbox.ts'
import { testSubmission } from '../testing/envelope.ts'
import { pair, testGateway } from '../testing/gateway.ts'
import { testStore } from '../testing/store.ts'
import { createUrgency } from './urgency.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const HOUR = 3_600_000

test('T-130 the desk is told of urgent mail beyond the budget, once an hour, and the notice lapses', async () => {
  await using store = testStore()
  const clock = virtualClock(Date.UTC(2026, 10, 1))
  const standing = createStanding()
  let woken = Promise.withResolvers<void>()
  const wakeDesk = () => woken.resolve()
  const { received, sent, recent } = createUrgency({ store, clock, standing, wakeDesk })
  const add = (count: number, lane: 'urgent' | 'routine') =>
    store.commit((write) => {
      for (let i = 0; i < count; i++)
        write.mailbox.add({ kind: 'stored', lane, peer: HOTLINE, content: new Uint8Array(10) })
    })
  const notices = () => store.read.mailbox.next(REPORTS, 0, 9).map(({ content }) => Notice.decode(content))

  await add(LIMITS.urgentBudget, 'urgent')
  await add(1000, 'routine')
  expect([received(HOTLINE), received(NGO), recent()]).toEqual([false, false, []])
  await add(1, 'urgent')
  expect([received(HOTLINE), received(HOTLINE)]).toEqual([true, true])
  standing.spend(HOTLINE, clock.steady())
  await store.commit((write) => write.mailbox.remove(1))
  expect(received(HOTLINE)).toBe(true)
  await woken.promise
  const theirs = { organisation: HOTLINE, subject: { $case: 'urgentOverBudget', value: { sent: false } } }
  expect(notices()).toEqual([theirs])
  await clock.advance(HOUR - 1)
  expect(recent()).toMatchObject([{ organisation: HOTLINE, sent: false }])
  await clock.advance(1)
  expect(recent()).toEqual([])
  woken = Promise.withResolvers()
  sent(HOTLINE)
  sent(HOTLINE)
  await woken.promise
  const ours = { organisation: HOTLINE, subject: { $case: 'urgentOverBudget', value: { sent: true } } }
  expect(notices()).toEqual([theirs, ours])
})

test('T-130 REX-DLV-120 both desks hear of urgent mail beyond the budget', async () => {
  await using a = await testGateway(HOTLINE)
  await using b = await testGateway(NGO)
  await pair(a, b)
  const outbox = await a.desk.submit(await a.desk.lease())
  const urgent = () =>
    testSubmission({ sender: HOTLINE, recipient: NGO, urgent: true, size: 300, sections: [] })
  const answers = Array.from({ length: LIMITS.urgentBudget + 1 }, () => outbox.send(urgent()))
  for (const { error } of await Promise.all(answers)) expect(error).toBeUndefined()
  const noticeAt = async ({ desk }: typeof a) =>
    (await desk.receive(await desk.lease(), 1024).until('notice')).content
  const notice = (organisation: string, sent: boolean) => ({
    $case: 'notice',
    value: { organisation, subject: { $case: 'urgentOverBudget', value: { sent } } },
  })
  expect(await noticeAt(a)).toEqual(notice(NGO, true))
  expect(await noticeAt(b)).toEqual(notice(HOTLINE, false))
})
