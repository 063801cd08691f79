// Tests of the feed for the application: waiting items, and items that are set aside. docs/guide/desk.md, "Receiving"
import { expect, test } from 'vitest'
import { testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import type { Item } from '../api/items.ts'
import type { Thread } from '../api/thread.ts'
import type { Clock } from '../clock/clock.ts'
import { observed } from '../store/observed.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import { ThreadRepository } from '../thread/repository/repository.ts'
import { Feed } from './feed.ts'

test('an item that was set aside is listed with its reason, is delivered again when put back, and ends when settled', async () => {
  await using network = await testNetwork(['hotline', 'ngo'])
  const { hotline, ngo } = network.desks
  await hotline.send(buildReferral(), { to: ngo.organisation })
  const items = ngo.receive()[Symbol.asyncIterator]()
  const next = async () => (await items.next()).value as Item
  const first = await next()
  await first.park('The case file is locked.')
  const [parked] = await ngo.parked()
  expect(parked).toMatchObject({ id: first.id, kind: 'referral', reason: 'The case file is locked.' })
  expect(parked?.thread.id).toBe(first.thread.id)
  const waiting = next()
  await parked?.unpark()
  const again = await waiting
  expect([again.id, again.redelivered, await ngo.parked()]).toEqual([first.id, 0, []])
  let item = again
  for (let tries = 1; tries < 5; tries++) {
    await item.nak(0)
    item = await next()
  }
  await item.nak(0)
  const [failed] = await ngo.parked()
  expect(failed).toMatchObject({ id: first.id, reason: 'It failed five times.' })
  await failed?.ack()
  expect(await ngo.parked()).toEqual([])
  await items.return?.()
})

test('a reader does not poll: it waits for a due item whose thread is busy', async () => {
  await using store = openSqliteDeskStore(':memory:', { durable: false })
  const threads = new ThreadRepository('https://ngo.example', new Uint8Array(32), store)
  const timers: number[] = []
  const clock: Clock = {
    now: () => 1000,
    steady: () => 1000,
    after(ms) {
      timers.push(ms)
      return () => {}
    },
  }
  const summary = { kind: 'advisory', urgent: false, referrer: 'https://hotline.example', recipients: [] }
  const thread = threads.create({ id: '00'.repeat(16), role: 'recipient', test: true, summary })
  threads.keep(thread)
  const step = { who: 'https://ngo.example', what: 'decide', byMs: 1 }
  const content = threads.seal(thread, { kind: 'overdue', counterpart: 'https://hotline.example', step })
  await store.commit((write) => {
    write.putThread(threads.record(thread, 0))
    for (const id of ['a', 'b']) write.addItem({ id, thread: thread.id, urgent: false, content })
    write.postponeItem(2, { nowMs: 0, delayMs: 500 })
  })
  const feed = new Feed({
    organisation: 'https://ngo.example',
    store: observed(store),
    threads,
    clock,
    warn: () => {},
    actionsOf: () => ({}) as Thread,
  })
  const items = feed.receive({ concurrency: 2 })[Symbol.asyncIterator]()
  const first = (await items.next()).value as Item
  const second = items.next()
  await new Promise(setImmediate)
  expect(timers).toEqual([])
  await first.ack()
  expect((await second).value).toMatchObject({ id: 'b' })
  feed.end()
})
