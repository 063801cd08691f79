import { randomBytes } from 'node:crypto'
import { keptAt } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { createGatewayTime } from '../clock/time.ts'
import { virtualClock } from '../clock/virtual.ts'
import type { Item } from '../store/mailbox.ts'
import type { Store } from '../store/store.ts'
import { asking } from '../testing/lease.ts'
import { testStore } from '../testing/store.ts'
import type { Settlement } from './feed.ts'
import { LEASE_MS } from './lease.ts'
import { openMailbox } from './mailbox.ts'

const HOTLINE = 'https://hotline.example'
const START = Date.UTC(2026, 10, 1)

async function mailboxOn(store: Store) {
  const clock = virtualClock(START)
  const mailbox = openMailbox({ store, clock, time: createGatewayTime(clock, keptAt(0), () => []) })
  const chain = randomBytes(16)
  const { fence } = await mailbox.leases.acquire(asking(chain))
  const add = async (urgent = false, peer = HOTLINE) => {
    const cursor = await store.commit((write) =>
      write.mailbox.add({
        kind: 'stored',
        lane: urgent ? 'urgent' : 'routine',
        peer,
        content: randomBytes(10),
      }),
    )
    mailbox.wake()
    return cursor
  }
  return {
    clock,
    mailbox,
    chain,
    fence,
    add,
    async open(window = 8) {
      const end = new AbortController()
      const feed = await mailbox.open({ fence, window, signal: end.signal })
      const items = feed.items()
      return {
        signal: feed.signal,
        settle: (settlement: Settlement) => feed.settle(settlement),
        /** Returns the next item's cursor or `live`, and `end` after the last. */
        async next(): Promise<number | 'live' | 'end'> {
          const { value, done } = await items.next()
          if (done === true) return 'end'
          return value === 'live' ? 'live' : value.cursor
        },
        item: async () => (await items.next()).value as Item,
        async close() {
          end.abort()
          await items.return(undefined)
        },
      }
    },
  }
}

test('a feed gives the items in the mailbox, then `live`, then new items', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const [first, second] = [await it.add(), await it.add()]
  const feed = await it.open()
  expect([await feed.next(), await feed.next(), await feed.next()]).toEqual([first, second, 'live'])
  const waiting = feed.next()
  const third = await it.add()
  expect(await waiting).toBe(third)
})

test('urgent items come first, through slots that routine ones leave free', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const senders = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `https://${name}.example`)
  const routine = await Promise.all(senders.map((sender) => it.add(false, sender)))
  const urgent = await it.add(true)
  const feed = await it.open(8)
  const first = [urgent, ...routine.slice(0, 6)]
  for (const cursor of first) expect(await feed.next()).toBe(cursor)
  const next = feed.next()
  await feed.settle({ acknowledged: [urgent], postponed: [], unopenable: [] })
  const second = await it.add(true)
  expect(await next).toBe(second)
})

test('no more items than the window are unsettled', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const cursors = [await it.add(), await it.add(), await it.add()]
  const feed = await it.open(1)
  expect(await feed.next()).toBe(cursors[0])
  const second = feed.next()
  await feed.settle({ acknowledged: [cursors[0] ?? 0], postponed: [], unopenable: [] })
  expect(await second).toBe(cursors[1])
  expect(store.read.mailbox.total().items).toBe(2)
})

test('unsettled items are served again with their count, settled items are not', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const [first, second] = [await it.add(), await it.add()]
  const before = await it.open()
  expect([await before.next(), await before.next()]).toEqual([first, second])
  await before.settle({ acknowledged: [first], postponed: [], unopenable: [] })
  await before.close()
  const after = await it.open()
  expect(await after.item()).toMatchObject({ cursor: second, redelivered: 1 })
  expect(await after.next()).toBe('live')
})

test('T-094 a postponed item delays no other and is served again when it is due', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const [first, second] = [await it.add(), await it.add()]
  const feed = await it.open()
  expect(await feed.next()).toBe(first)
  await feed.settle({ acknowledged: [], postponed: [{ cursor: first, delayMs: 5000 }], unopenable: [] })
  expect([await feed.next(), await feed.next()]).toEqual([second, 'live'])
  const again = feed.item()
  await it.clock.advance(5000)
  expect(await again).toMatchObject({ cursor: first, redelivered: 1 })
})

test.each([-24, 24])(
  'T-050 a clock that leaps by %d hours moves no postponement and no lease',
  async (hours) => {
    await using store = testStore()
    const it = await mailboxOn(store)
    const cursor = await it.add()
    const feed = await it.open()
    expect(await feed.next()).toBe(cursor)
    await feed.settle({ acknowledged: [], postponed: [{ cursor, delayMs: 5000 }], unopenable: [] })
    expect(await feed.next()).toBe('live')
    it.clock.leap(hours * 3_600_000)
    const other = randomBytes(16)
    await expect(it.mailbox.leases.acquire(asking(other))).rejects.toMatchObject({ reason: 'LEASE_LOST' })
    const again = feed.next()
    await it.clock.advance(5000)
    expect(await again).toBe(cursor)
    await it.clock.advance(LEASE_MS)
    expect((await it.mailbox.leases.acquire(asking(other))).fence).toBe(it.fence + 1)
  },
)

test('a postponement remains after its stream ends', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const cursor = await it.add()
  const before = await it.open()
  expect(await before.next()).toBe(cursor)
  await before.settle({ acknowledged: [], postponed: [{ cursor, delayMs: 5000 }], unopenable: [] })
  await before.close()
  const after = await it.open()
  expect(await after.next()).toBe('live')
  const again = after.next()
  await it.clock.advance(5000)
  expect(await again).toBe(cursor)
})

test('cursors of another stream are not settled', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const cursor = await it.add()
  const feed = await it.open()
  await feed.settle({ acknowledged: [cursor], postponed: [], unopenable: [] })
  expect(await feed.next()).toBe(cursor)
})

test('a newer feed replaces the previous one', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const cursor = await it.add()
  const before = await it.open()
  expect([await before.next(), await before.next()]).toEqual([cursor, 'live'])
  const ended = before.next()
  const after = await it.open()
  expect(await ended).toBe('end')
  expect(before.signal.reason).toMatchObject({ reason: 'CANCELLED' })
  expect(await after.item()).toMatchObject({ cursor, redelivered: 1 })
})

test('T-090 a feed whose reader is gone does not delay its successor', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const cursors = [await it.add(), await it.add()]
  const stuck = await it.open()
  expect(await stuck.item()).toMatchObject({ cursor: cursors[0], redelivered: 0 })
  const feed = await it.open()
  expect(await feed.item()).toMatchObject({ cursor: cursors[0], redelivered: 1 })
  expect(await feed.item()).toMatchObject({ cursor: cursors[1], redelivered: 0 })
  expect(await stuck.next()).toBe('end')
  expect(await feed.next()).toBe('live')
  await feed.close()
  expect(await (await it.open()).item()).toMatchObject({ cursor: cursors[0], redelivered: 2 })
})

test('a feed that was never read does not delay its successor', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const cursor = await it.add()
  await it.open()
  const after = await it.open()
  expect(await after.next()).toBe(cursor)
})

test('another desk store gets the lease, with a higher fence, after it lapsed or by takeover', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const other = randomBytes(16)
  await expect(it.mailbox.leases.acquire(asking(other))).rejects.toMatchObject({ reason: 'LEASE_LOST' })
  expect((await it.mailbox.leases.acquire(asking(it.chain))).fence).toBe(it.fence)
  await it.clock.advance(LEASE_MS)
  const taken = await it.mailbox.leases.acquire(asking(other))
  expect(taken.fence).toBe(it.fence + 1)
  expect((await it.mailbox.leases.acquire(asking(it.chain, true))).fence).toBe(it.fence + 2)
})

test('a desk store that lost the mailbox to a takeover is refused until it takes over itself', async () => {
  await using store = testStore()
  const { mailbox, chain, clock } = await mailboxOn(store)
  const other = randomBytes(16)
  await mailbox.leases.acquire(asking(other, true))
  await clock.advance(2 * LEASE_MS)
  for (const leases of [
    mailbox.leases,
    openMailbox({ store, clock, time: createGatewayTime(clock, keptAt(0), () => []) }).leases,
  ])
    await expect(leases.acquire(asking(chain))).rejects.toMatchObject({ reason: 'LEASE_LOST' })
  await mailbox.leases.acquire(asking(chain, true))
  await clock.advance(2 * LEASE_MS)
  await expect(mailbox.leases.acquire(asking(other))).rejects.toMatchObject({ reason: 'LEASE_LOST' })
  await mailbox.leases.acquire(asking(randomBytes(16)))
  await clock.advance(2 * LEASE_MS)
  await mailbox.leases.acquire(asking(chain))
})

test('a feed under an outdated fence ends with LEASE_LOST, and none is opened', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const feed = await it.open()
  expect(await feed.next()).toBe('live')
  const ended = feed.next()
  await it.mailbox.leases.acquire(asking(randomBytes(16), true))
  expect(await ended).toBe('end')
  expect(feed.signal.reason).toMatchObject({ reason: 'LEASE_LOST' })
  await expect(it.open()).rejects.toMatchObject({ reason: 'LEASE_LOST' })
})

test('after a restart, the holder has one lease time to return', async () => {
  await using store = testStore()
  const it = await mailboxOn(store)
  const again = openMailbox({
    store,
    clock: it.clock,
    time: createGatewayTime(it.clock, keptAt(0), () => []),
  })
  await expect(again.leases.acquire(asking(randomBytes(16)))).rejects.toMatchObject({ reason: 'LEASE_LOST' })
  expect((await again.leases.acquire(asking(it.chain))).fence).toBe(it.fence)
})

test('of two desk stores that ask at once, only one gets the lease', async () => {
  await using store = testStore()
  const clock = virtualClock(START)
  const { leases } = openMailbox({ store, clock, time: createGatewayTime(clock, keptAt(0), () => []) })
  const [first, second] = await Promise.allSettled([
    leases.acquire(asking(randomBytes(16))),
    leases.acquire(asking(randomBytes(16))),
  ])
  expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
})
