// Tests that desk stores and gateways recover automatically if they silently reverted to an older copy or lost their latest data (T-141).

import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import {
  example,
  next,
  openAgain,
  type Party,
  referralOf,
  retryingSoon,
  startAgain,
  withParties,
} from '../tests/harness/parties.ts'

let hotline: Party
let ngo: Party

const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

beforeEach(() => {
  rmSync(join(root, 'copy'), { recursive: true, force: true })
})

const deskOf = ({ directory }: Party) => join(directory, 'desk')
const gatewayOf = ({ directory }: Party) => join(directory, 'gateway')
const store = (party: Party, suffix = '') => join(deskOf(party), `desk.db${suffix}`)

/** Closes a desk, lets `change` modify its directory, and opens the desk again. */
async function whileClosed(party: Party, change: () => unknown = () => {}): Promise<void> {
  await party.desk[Symbol.asyncDispose]()
  await change()
  party.desk = await openAgain(party.directory)
}

const copy = (from: string) => () => cpSync(from, join(root, 'copy'), { recursive: true })
const putBack = (to: string) => () => {
  rmSync(to, { recursive: true, force: true })
  cpSync(join(root, 'copy'), to, { recursive: true })
}

const codesOf = async ({ desk }: Party) => (await desk.health()).problems.map(({ code }) => code)
/**
 * Expects the desk to notice that its store is an older copy. If the gateway answers late, the desk notices this only when
 * it is opened a second time.
 */
const isRestored = (party: Party) =>
  expect
    .poll(async () => {
      const codes = await codesOf(party)
      if (codes.includes('store-failed')) await whileClosed(party)
      return codes
    })
    .toContain('desk-restored')
const send = () => hotline.desk.send(example('content-verification'), { to: ngo.id })
const received = async (id: string) => {
  await next(ngo.desk, referralOf(id))
  const state = async () => (await (await hotline.desk.thread(id)).view()).delivery.map((one) => one.state)
  await expect.poll(state, { timeout: 60_000 }).toContain('received')
}

test('a desk that is closed and reopened is not an older copy', async () => {
  const mine = await send()
  await received(mine.id)
  await whileClosed(ngo)
  await whileClosed(hotline)
  expect([await codesOf(ngo), await codesOf(hotline)].flat()).not.toContain('desk-restored')
})

test('T-083 T-141 after a whole desk directory is rolled back, received messages arrive again in the same thread, and a person is told', async () => {
  await whileClosed(ngo, copy(deskOf(ngo)))
  const mine = await send()
  await received(mine.id)
  await whileClosed(ngo, putBack(deskOf(ngo)))
  await isRestored(ngo)
  const { thread } = await next(ngo.desk, referralOf(mine.id))
  await thread.accept()
  await expect.poll(async () => (await mine.view()).state, { timeout: 60_000 }).toBe('accepted')
  await whileClosed(ngo)
  expect((await (await ngo.desk.thread(mine.id)).view()).state).toBe('accepted')
})

test('T-083 REX-MBX-091 an older copy that cannot reach its gateway signs nothing, states why, and is restored once it can', async () => {
  await whileClosed(hotline, copy(deskOf(hotline)))
  const mine = await send()
  await received(mine.id)
  await mine.note({ text: 'What the copy does not know.' })
  await hotline.desk.drain()
  await hotline.gateway.drain()
  await whileClosed(hotline, putBack(deskOf(hotline)))
  const threads = await hotline.desk.threads()
  await expect(send()).rejects.toMatchObject({
    reason: 'UNAVAILABLE',
    message: expect.stringContaining('signs nothing'),
  })
  const { problems } = await hotline.desk.health()
  expect(problems.find(({ code }) => code === 'gateway-unreachable')?.message).toContain(
    'may be an older copy',
  )
  expect(await hotline.desk.threads()).toEqual(threads)
  await startAgain(hotline)
  await expect.poll(() => codesOf(hotline), { timeout: 60_000 }).toContain('store-failed')
  expect(await codesOf(hotline)).not.toContain('gateway-refuses')
  await hotline.gateway.drain()
  await whileClosed(hotline)
  expect(await codesOf(hotline)).toContain('desk-restored')
  await startAgain(hotline)
  await received((await send()).id)
})

const logSize = () => statSync(store(ngo, '-wal'), { throwIfNoEntry: false })?.size ?? 0

test.each([
  [
    'the store is an older copy',
    () => {
      rmSync(store(ngo, '-wal'))
      cpSync(join(root, 'copy'), store(ngo))
    },
  ],
  ['the log of a crash is gone', () => rmSync(store(ngo, '-wal'))],
  [
    'the log of a crash ends within the first write after the copy',
    (logged: number) => truncateSync(store(ngo, '-wal'), logged + 1000),
  ],
])('T-140 the desk of the recipient: %s; the messages that it had received come again', async (_, damage) => {
  await whileClosed(ngo, copy(store(ngo)))
  const logged = logSize()
  const mine = await send()
  await received(mine.id)
  const crash = ['', '-wal', '.mark'].map(
    (suffix) => [store(ngo, suffix), readFileSync(store(ngo, suffix))] as const,
  )
  await whileClosed(ngo, () => {
    for (const [path, bytes] of crash) writeFileSync(path, bytes)
    damage(logged)
  })
  expect(await codesOf(ngo)).toContain('desk-restored')
  await next(ngo.desk, referralOf(mine.id))
  expect((await (await ngo.desk.thread(mine.id)).view()).state).toBe('requested')
})

test('T-140 a desk whose store is missing does not start as a new desk', async () => {
  await whileClosed(ngo, copy(deskOf(ngo)))
  await ngo.desk[Symbol.asyncDispose]()
  for (const suffix of ['', '-wal']) rmSync(store(ngo, suffix), { force: true })
  for (const _ of [1, 2])
    await expect(openAgain(ngo.directory)).rejects.toMatchObject({
      reason: 'STORE_FAILED',
      hint: expect.stringContaining('rex-desk restore'),
    })
  putBack(deskOf(ngo))()
  ngo.desk = await openAgain(ngo.directory)
})

test('T-083 T-141 when a whole gateway directory is rolled back without restore, its desk notices and resends', async () => {
  await hotline.gateway.drain()
  copy(gatewayOf(hotline))()
  await startAgain(hotline, retryingSoon)
  await ngo.gateway.drain()
  const mine = await send()
  await hotline.desk.drain()
  await whileClosed(hotline, async () => {
    await hotline.gateway.drain()
    putBack(gatewayOf(hotline))()
    await startAgain(hotline, retryingSoon)
  })
  await startAgain(ngo)
  await received(mine.id)
  await expect.poll(() => codesOf(hotline)).toContain('gateway-store-damaged')
})
