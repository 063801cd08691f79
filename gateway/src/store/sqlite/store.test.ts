import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, DatabaseSync } from 'node:sqlite'
import { RexError } from '@rex/sdk/core'
import { openDatabase } from '@rex/sdk/sqlite'
import { expect, test, vi } from 'vitest'
import { temporaryDirectory } from '../../testing/directory.ts'
import type { NewItem } from '../mailbox.ts'
import type { NewDelivery } from '../outbox.ts'
import type { Writes } from '../store.ts'
import { openSqliteStore } from './store.ts'

const SENDER = 'https://hotline.example'
const RECIPIENT = 'https://ngo.example'
const QUEUE = { lane: 'routine', peer: SENDER } as const

function item(fields: Partial<NewItem> = {}): NewItem {
  return { kind: 'stored', ...QUEUE, content: randomBytes(100), ...fields }
}

function delivery(fields: Partial<NewDelivery> = {}): NewDelivery {
  return {
    envelopeId: randomBytes(16),
    recipient: RECIPIENT,
    urgent: false,
    submittedMs: 1000,
    expiresMs: 9000,
    own: randomBytes(50),
    bytes: 500,
    ...fields,
  }
}

function freshStore(options = {}) {
  const directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const store = openSqliteStore(path, options)
  return {
    ...store,
    path,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      directory[Symbol.dispose]()
    },
  }
}

test('reopening preserves committed data and the incarnation', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const first = openSqliteStore(path)
  const content = randomBytes(20_000)
  await first.commit((write) => write.mailbox.add(item({ content })))
  await first[Symbol.asyncDispose]()
  await using second = openSqliteStore(path)
  expect(second.read.mailbox.next(QUEUE, 0, 10)[0]?.content).toEqual(new Uint8Array(content))
  expect(second.incarnation).toEqual(first.incarnation)
})

test('REX-DLV-008 a store from a backup has a new incarnation when it is opened', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const first = openSqliteStore(path)
  await first.commit((write) => write.incarnations.renew())
  await first[Symbol.asyncDispose]()
  await using second = openSqliteStore(path)
  expect(second.incarnation).not.toEqual(first.incarnation)
})

test('works of one turn are committed together; one that throws undoes only its own writes', async () => {
  await using store = freshStore()
  const results = await Promise.allSettled([
    store.commit((write) => write.mailbox.add(item())),
    store.commit((write) => {
      write.mailbox.add(item())
      throw new RexError('QUOTA_EXCEEDED', 'No.')
    }),
    store.commit((write) => write.mailbox.add(item())),
  ])
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(store.read.mailbox.total().items).toBe(2)
})

test('T-081 a second process cannot open the same store', async () => {
  await using store = freshStore()
  expect(() => openSqliteStore(store.path)).toThrow(expect.objectContaining({ reason: 'STORE_IN_USE' }))
})

test('T-084 a store of a newer version is refused and not changed', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  await openSqliteStore(path)[Symbol.asyncDispose]()
  const db = openDatabase(path)
  db.exec('PRAGMA user_version = 99')
  db.close()
  expect(() => openSqliteStore(path)).toThrow(expect.objectContaining({ reason: 'STORE_TOO_NEW' }))
})

test('T-078 a full disk is a typed refusal, and the store works again when there is space', async () => {
  await using store = freshStore({ maxBytes: 400_000 })
  const cursors: number[] = []
  const fill = async () => {
    for (;;)
      cursors.push(await store.commit((write) => write.mailbox.add(item({ content: randomBytes(20_000) }))))
  }
  await expect(fill()).rejects.toMatchObject({ reason: 'STORE_FULL', retryable: true })
  expect(store.read.mailbox.total().items).toBe(cursors.length)
  await store.commit((write) => write.mailbox.remove(cursors[0] ?? 0))
  await store.commit((write) => write.mailbox.add(item({ content: randomBytes(15_000) })))
  expect(store.read.mailbox.total().items).toBe(cursors.length)
})

test('T-078 a full disk hits only the work that needs space', async () => {
  await using store = freshStore({ maxBytes: 400_000 })
  const first = await store.commit((write) => write.mailbox.add(item()))
  const [added, removed] = await Promise.allSettled([
    store.commit((write) => write.mailbox.add(item({ content: randomBytes(600_000) }))),
    store.commit((write) => write.mailbox.remove(first)),
  ])
  expect(added).toMatchObject({ status: 'rejected', reason: { reason: 'STORE_FULL' } })
  expect(removed.status).toBe('fulfilled')
  expect(store.read.mailbox.total().items).toBe(0)
})

test('nothing is committed after closing', async () => {
  const store = freshStore()
  await store[Symbol.asyncDispose]()
  await expect(store.commit(() => 1)).rejects.toMatchObject({ reason: 'CANCELLED' })
})

test('cursors ascend and are never reused, even after the mailbox was emptied', async () => {
  await using store = freshStore()
  const first = await store.commit((write) => write.mailbox.add(item()))
  await store.commit((write) => write.mailbox.remove(first))
  const second = await store.commit((write) => write.mailbox.add(item()))
  expect(second).toBeGreaterThan(first)
})

test('postponed items are served with their count when they are due', async () => {
  await using store = freshStore()
  const cursor = await store.commit((write) => write.mailbox.add(item()))
  await store.commit((write) => write.mailbox.giveBack(cursor, 5000))
  await store.commit((write) => write.mailbox.giveBack(cursor, 7000))
  const { mailbox } = store.read
  expect(mailbox.next(QUEUE, 0, 10)).toEqual([])
  expect(mailbox.nextDueMs(QUEUE, 0)).toBe(7000)
  expect(mailbox.due(QUEUE, 6999, 10)).toEqual([])
  expect(mailbox.due(QUEUE, 7000, 10)).toEqual([cursor])
  expect(mailbox.item(cursor)).toMatchObject({ cursor, redelivered: 2 })
  await store.commit((write) => write.mailbox.giveBack(cursor, 0))
  expect(mailbox.next(QUEUE, 0, 10)).toMatchObject([{ cursor, redelivered: 3 }])
})

test('large items are read a few at a time', async () => {
  await using store = freshStore()
  await store.commit((write) => {
    for (let i = 0; i < 9; i++) write.mailbox.add(item({ content: randomBytes(i < 4 ? 100 : 600_000) }))
  })
  const { mailbox } = store.read
  expect(mailbox.next(QUEUE, 0, 32).map(({ cursor }) => cursor)).toEqual([1, 2, 3, 4, 5, 6])
  expect(mailbox.next(QUEUE, 6, 32)).toHaveLength(2)
  expect(mailbox.next(QUEUE, 8, 32)).toHaveLength(1)
})

test('usage counts the stored bytes of each peer', async () => {
  await using store = freshStore()
  const first = await store.commit((write) => write.mailbox.add(item({ content: randomBytes(300) })))
  await store.commit((write) => write.mailbox.add(item({ peer: RECIPIENT })))
  expect(store.read.mailbox.waiting(QUEUE)).toEqual({ items: 1, bytes: 300 })
  await store.commit((write) => write.mailbox.remove(first))
  expect(store.read.mailbox.waiting(QUEUE)).toEqual({ items: 0, bytes: 0 })
  expect(store.read.mailbox.total()).toMatchObject({ items: 1, bytes: 100 })
})

test('shared parts live as long as one of their deliveries', async () => {
  await using store = freshStore()
  const shared = randomBytes(5000)
  const other = 'https://police.example'
  await store.commit((write) =>
    write.outbox.add({ shared, deliveries: [delivery(), delivery({ recipient: other })] }),
  )
  const [first] = store.read.outbox.next({ recipient: RECIPIENT, urgent: false }, 0, 10)
  await store.commit((write) => write.outbox.remove(first?.id ?? 0))
  const [second] = store.read.outbox.next({ recipient: other, urgent: false }, 0, 10)
  expect(second?.shared).toEqual(new Uint8Array(shared))
  expect(await store.commit((write) => write.outbox.remove(second?.id ?? 0))).toBe(true)
  expect(await store.commit((write) => write.outbox.remove(second?.id ?? 0))).toBe(false)
  expect(store.read.outbox.recipients()).toEqual([])
})

test('postponed envelopes are out of the queue until they are due', async () => {
  await using store = freshStore()
  await store.commit((write) =>
    write.outbox.add({ shared: new Uint8Array(), deliveries: [delivery(), delivery()] }),
  )
  const part = { recipient: RECIPIENT, urgent: false }
  const [first, second] = store.read.outbox.next(part, 0, 10)
  const error = randomBytes(5)
  await store.commit((write) => write.outbox.postpone(first?.id ?? 0, 4000, error))
  const { outbox } = store.read
  expect(outbox.next(part, 0, 10).map((row) => row.id)).toEqual([second?.id])
  expect(outbox.nextDueMs(RECIPIENT, 0)).toBe(4000)
  expect(outbox.due(part, 4000, 10)).toMatchObject([{ id: first?.id, lastError: new Uint8Array(error) }])
})

test('T-044 forgetting entries raises the floor to their latest expiry', async () => {
  await using store = freshStore()
  const add = (write: Writes, expiresMs: number, answer?: Uint8Array) =>
    write.ledger.add({
      sender: SENDER,
      envelopeId: randomBytes(16),
      digest: randomBytes(32),
      expiresMs,
      madeMs: 100,
      ...(answer && { answer }),
    })
  await store.commit((write) => {
    add(write, 5000, randomBytes(1))
    add(write, 7000, randomBytes(1))
    add(write, 9000)
  })
  const forget = (madeBeforeMs: number, expiredByMs: number, limit = 10, after = 0) =>
    store.commit((write) => write.ledger.forget({ madeBeforeMs, expiredByMs, after }, limit))
  expect(await forget(100, 9000)).toEqual({ count: 0 })
  expect(await forget(101, 4999)).toEqual({ count: 0 })
  expect(await forget(101, 4999, 2)).toEqual({ count: 0, last: 2 })
  expect(await forget(101, 9000, 10, 1)).toEqual({ count: 1 })
  expect(await forget(101, 9000)).toEqual({ count: 1 })
  expect(store.read.ledger.floor()).toBe(7000)
})

test('T-037 a token is valid once, and not after its expiry', async () => {
  await using store = freshStore()
  const [token, late] = [randomBytes(32), randomBytes(32)]
  await store.commit((write) => {
    write.tokens.add(token, 1000, 'reception laptop')
    write.tokens.add(late, 1000, '')
  })
  expect(await store.commit((write) => write.tokens.consume(token, 999, 5000))).toEqual({
    name: 'reception laptop',
  })
  expect(await store.commit((write) => write.tokens.consume(token, 999, 5000))).toBeUndefined()
  expect(await store.commit((write) => write.tokens.consume(late, 1000, 5000))).toBeUndefined()
})

test('T-137 a token made while the clock was ahead is not valid until that time comes', async () => {
  await using store = freshStore()
  const token = randomBytes(32)
  await store.commit((write) => write.tokens.add(token, 9000, ''))
  expect(await store.commit((write) => write.tokens.consume(token, 999, 5000))).toBeUndefined()
  expect(await store.commit((write) => write.tokens.consume(token, 8000, 12_000))).toEqual({ name: '' })
})

test('no query of the boxes is compiled anew when it is used again', async () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  await using store = freshStore()
  const db = prepare.mock.contexts[0] as DatabaseSync
  prepare.mockRestore()
  const readAll = () => {
    const { mailbox, outbox, ledger, space } = store.read
    const part = { recipient: RECIPIENT, urgent: true }
    return [
      [
        mailbox.queues(),
        mailbox.next(QUEUE, 0, 3),
        mailbox.due(QUEUE, 1, 3),
        mailbox.nextDueMs(QUEUE, 1),
        mailbox.item(1),
      ],
      [
        mailbox.waiting(QUEUE),
        mailbox.total(),
        space.bytesFrom(SENDER),
        space.urgentFrom(SENDER),
        space.bytesFor(RECIPIENT),
      ],
      [space.outgoing(), space.holdings()],
      [
        outbox.next(part, 0, 3),
        outbox.due(part, 1, 3),
        outbox.nextDueMs(RECIPIENT, 1),
        outbox.usage(RECIPIENT),
      ],
      [outbox.expiring(1, 3), outbox.delayed(1, 3), outbox.list(3), ledger.find(SENDER, randomBytes(16))],
    ]
  }
  const compiled = vi.fn(() => constants.SQLITE_OK)
  db.setAuthorizer(compiled)
  readAll()
  compiled.mockClear()
  readAll()
  expect(compiled).not.toHaveBeenCalled()
  db.prepare('SELECT cursor FROM item')
  expect(compiled).toHaveBeenCalled()
})

test('no statement scans or sorts a table that grows', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  await openSqliteStore(path)[Symbol.asyncDispose]()
  const statements = prepare.mock.calls.map(([sql]) => sql.trim())
  prepare.mockRestore()
  const db = new DatabaseSync(path)
  const plans = statements
    .filter((sql) => /^(SELECT|UPDATE|DELETE|INSERT)/.test(sql))
    .flatMap((sql) =>
      db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => [detail, sql]),
    )
  db.close()
  expect(plans.length).toBeGreaterThan(30)
  const grows = /^(SCAN (?:[iou]|item|redelivery|outbox|upload|ledger|conflict)|USE TEMP B-TREE.*)$/
  // Accept scans of tables of organisations or desks, and of the first rows of a table in storage order.
  const known = /FROM usage|FROM desk|FROM ledger ORDER BY seq LIMIT|FROM outbox o ORDER BY o.id LIMIT/
  // Accept statements that run only at start, when the gateway resets all waits and checks a small store.
  const once = /^UPDATE (outbox|redelivery) SET \w+ = \S+ WHERE \w+ > \S+$|, sum FROM (item|upload|outbox)$/
  expect(
    plans.filter(([detail, sql]) => grows.test(`${detail}`) && !known.test(`${sql}`) && !once.test(`${sql}`)),
  ).toEqual([])
})

const SECRET = randomBytes(3000)

/** Changes one stored byte. */
function flip(path: string, at: (bytes: Buffer) => number): void {
  const bytes = readFileSync(path)
  const place = at(bytes)
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place)
  writeFileSync(path, bytes)
}

test.each([
  [
    'a flipped bit in a content',
    (path: string) => flip(path, (bytes) => bytes.indexOf(SECRET.subarray(0, 64)) + 9),
  ],
  ['a flipped bit in the header', (path: string) => flip(path, () => 3)],
  ['a lost end', (path: string) => truncateSync(path, 3 * 4096)],
])('T-140 %s: the store is set aside, a new one has another incarnation, and says why', async (_, damage) => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const first = openSqliteStore(path)
  for (let i = 0; i < 10; i++) await first.commit((write) => write.mailbox.add(item({ content: SECRET })))
  await first[Symbol.asyncDispose]()
  damage(path)
  await using second = openSqliteStore(path, { now: () => 77 })
  expect([second.damage, second.read.damage.last()]).toEqual(Array(2).fill({ kind: 'damaged', foundMs: 77 }))
  expect(second.incarnation).not.toEqual(first.incarnation)
  expect(readdirSync(directory.path)).toContain('store.sqlite.damaged-77')
})

test('a store that is refused leaves no file open', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  await openSqliteStore(path)[Symbol.asyncDispose]()
  const db = new DatabaseSync(path)
  db.exec('PRAGMA user_version = 99')
  db.close()
  const openFiles = () => readdirSync('/proc/self/fd').length
  const before = openFiles()
  for (let i = 0; i < 20; i++) expect(() => openSqliteStore(path)).toThrow(RexError)
  expect(openFiles()).toBeLessThan(before + 10)
})
