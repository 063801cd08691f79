// A stopped gateway: the service keeps what it accepts, says what it cannot do, and delivers later. docs/guide/service.md
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Desk } from '../../client/api/desk.ts'
import {
  eventOf,
  example,
  next,
  type Party,
  referralOf,
  startAgain,
  withParties,
} from '../../client/tests/harness/parties.ts'
import { connect, serve } from '../index.ts'

let hotline: Party
let ngo: Party
withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const gatewayProblems = async (desk: Desk) =>
  (await desk.health()).problems.filter(({ code }) => code.startsWith('gateway-'))

test('T-143 with a stopped gateway, changes are durable, acts that need it are refused, and nothing is lost or done twice', async () => {
  await using service = await serve({
    desk: hotline.desk,
    directory: join(hotline.directory, 'desk'),
    log: () => {},
  })
  await using remote = await connect({ socket: service.socket, actor: 'maria' })
  const answered = await remote.send(example('victim-support-grooming'), { to: ngo.id })
  await (await next(ngo.desk, referralOf(answered.id))).thread.accept()
  await next(remote, eventOf(answered.id, 'accept'))
  const { invite } = await ngo.desk.invite()
  await hotline.gateway.drain()

  const options = { to: ngo.id, key: 'case-4711' }
  const sent = await remote.send(example('victim-support-grooming'), options)
  expect((await remote.send(example('victim-support-grooming'), options)).id).toBe(sent.id)
  await answered.note({ text: 'The family has moved.' })
  await expect(remote.pair(invite)).rejects.toMatchObject({ reason: 'UNAVAILABLE', retryable: true })
  await expect(remote.unpair(ngo.id)).rejects.toMatchObject({ reason: 'UNAVAILABLE', retryable: true })
  await vi.waitFor(
    async () => expect(await gatewayProblems(remote)).toMatchObject([{ code: 'gateway-unreachable' }]),
    30_000,
  )

  await startAgain(hotline)
  const seen: string[] = []
  const both = [referralOf(sent.id), eventOf(answered.id, 'note')]
  for await (const item of ngo.desk.receive()) {
    await item.ack()
    if (both.some((fits) => fits(item))) seen.push(item.kind)
    if (seen.length === 2) break
  }
  expect(seen.sort()).toEqual(['event', 'referral'])
  await vi.waitFor(async () => expect(await gatewayProblems(remote)).toEqual([]), 30_000)
  expect(await remote.threads()).toHaveLength(2)
  expect((await remote.peers()).map(({ organisation }) => organisation)).toEqual([ngo.id])
})
