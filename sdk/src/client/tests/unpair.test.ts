// A pairing ends while messages wait: every send reaches an outcome that its sender sees (P3). docs/spec/mailbox.md, "Directory"

import { expect, test } from 'vitest'
import { example, next, type Party, referralOf, startAgain, withParties } from './harness/parties.ts'

let hotline: Party
let ngo: Party
let police: Party

withParties(['hotline', 'ngo', 'police'], (made) => {
  ;[hotline, ngo, police] = made as [Party, Party, Party]
})

const stateOf = async (id: string, organisation: string) =>
  (await (await hotline.desk.thread(id)).with(organisation).view()).delivery.map(({ state }) => state)

test('T-146 messages that wait for an organisation end as refused when it is unpaired, and are never sent, even after a new pairing', async () => {
  const { invite } = await ngo.desk.invite()
  await ngo.gateway.drain()
  const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id, ref: 'H-1' })
  await expect.poll(() => stateOf(mine.id, ngo.id)).toEqual(['submitted'])
  await hotline.desk.unpair(ngo.id)
  const failure = await next(hotline.desk, (item) => item.kind === 'failure')
  expect(failure).toMatchObject({ outcome: 'refused', reason: 'UNKNOWN_ORGANISATION', ref: 'H-1' })
  expect(await mine.view()).toMatchObject({
    undelivered: { outcome: 'refused' },
    nextStep: { who: hotline.id, what: 'refer-again', overdue: true },
  })
  await startAgain(ngo)
  await hotline.desk.pair(invite)
  const later = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  const item = await next(ngo.desk, (one) => one.kind === 'referral')
  expect(item.thread.id).toBe(later.id)
})

test('T-146 a message that was not even submitted ends too, and continues to other recipients', async () => {
  await hotline.gateway.drain()
  const to = [ngo.id, police.id]
  const mine = await hotline.desk.send(example('content-verification'), { to, ref: 'H-2' })
  await startAgain(hotline)
  await expect
    .poll(
      () =>
        hotline.desk.unpair(ngo.id).then(
          () => true,
          () => false,
        ),
      { timeout: 60_000 },
    )
    .toBe(true)
  await next(police.desk, referralOf(mine.id))
  await next(hotline.desk, (item) => item.kind === 'failure' && item.thread.id === mine.id)
  expect(await stateOf(mine.id, ngo.id)).toEqual(['refused'])
  await expect.poll(() => stateOf(mine.id, police.id)).toEqual(['received'])
})
