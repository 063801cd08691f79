// T-143: an item is handled once, in the application's transaction, and rex_thread is kept current. docs/guide/postgres.md, "Receiving"
import pg from 'pg'
import { describe, expect, test, vi } from 'vitest'
import type { Item } from '../client/api/items.ts'
import { buildReferral } from '../testing/referral.ts'
import {
  all,
  connected,
  db,
  network,
  prepareTables,
  receive,
  relayed,
  relays,
  to,
  until,
  url,
} from './fixture.ts'
import { claim, enqueue, type InboxItem, unpark, work } from './index.ts'

prepareTables()

describe('rex_inbox', () => {
  test('the effect of a handler and its claim commit together, once, in order per thread', async () => {
    await db.query('CREATE TABLE effect (ref text)')
    await relayed()
    const thread = await receive('4711')
    await thread.note({ text: 'more' })
    await network.settle()
    await until('SELECT kind FROM rex_inbox ORDER BY position', [{ kind: 'referral' }, { kind: 'event' }])
    expect(
      await all("SELECT role, mine, next_what, due_at > now() - interval '10 years' AS due FROM rex_thread"),
    ).toEqual([{ role: 'recipient', mine: true, next_what: 'decide', due: true }])
    const seen: InboxItem[] = []
    await expect(
      claim(db, async (item) => {
        seen.push(item)
        await db.query(`INSERT INTO effect VALUES ('lost')`)
        throw new TypeError('The name of a child.')
      }),
    ).rejects.toThrow('The name')
    expect(await all('SELECT attempts, problem FROM rex_inbox ORDER BY position')).toEqual([
      { attempts: 1, problem: 'TypeError' },
      { attempts: 0, problem: null },
    ])
    expect(await claim(db, async () => {})).toBe(false)
    await db.query('UPDATE rex_inbox SET next_at = now()')
    await claim(db, async (item, client) => {
      seen.push(item)
      await client.query('INSERT INTO effect VALUES ($1)', [item.kind])
      await enqueue(client, 'accept', { thread: item.thread.id, reference: 'H-1' })
      const other = await connected()
      expect(await claim(other, async () => {})).toBe(false)
      await other.end()
    })
    expect(seen).toMatchObject([
      { kind: 'referral', referral: { kind: 'victim-support' } },
      { id: seen[0]?.id },
    ])
    expect(
      await claim(db, async ({ kind }) => void (await db.query('INSERT INTO effect VALUES ($1)', [kind]))),
    ).toBe(true)
    expect(await claim(db, async () => {})).toBe(false)
    expect(await all('SELECT * FROM effect')).toEqual([{ ref: 'referral' }, { ref: 'event' }])
    expect(await all('SELECT state, item, thread FROM rex_inbox')).toEqual(
      Array(2).fill({ state: 'done', item: null, thread: null }),
    )
    await until('SELECT state FROM rex_thread', [{ state: 'accepted' }])
  })

  test('an item that fails, or kills its worker, five times is parked and in nobody’s way', async () => {
    await relayed()
    await receive('1')
    await until('SELECT count(*)::int FROM rex_inbox', [{ count: 1 }])
    for (let attempt = 1; attempt < 5; attempt++) {
      // A worker that was killed has counted the attempt, and nothing more.
      await db.query('UPDATE rex_inbox SET attempts = $1, next_at = now()', [attempt])
    }
    await claim(db, async () => Promise.reject(new RangeError())).catch(() => {})
    expect(await all('SELECT state, attempts, problem FROM rex_inbox')).toEqual([
      { state: 'parked', attempts: 5, problem: 'RangeError' },
    ])
    const [row] = await all('SELECT id FROM rex_inbox')
    await unpark(db, row.id)
    await db.query('UPDATE rex_inbox SET attempts = 5')
    expect(await claim(db, async () => {})).toBe(false)
    expect(await all('SELECT state FROM rex_inbox')).toEqual([{ state: 'parked' }])
    await expect(unpark(db, 'none')).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  })

  test('an item that is delivered again after it was handled is recognised', async () => {
    const { hotline } = network.desks
    await receive('1')
    // The relay stores the items, but cannot acknowledge them, as if it ended in between.
    const deaf = { ...hotline, receive: (options: object) => deafly(hotline.receive(options)) }
    const first = await relayed(deaf)
    await until('SELECT count(*)::int FROM rex_inbox', [{ count: 1 }])
    const pool = new pg.Pool({ connectionString: url })
    const stop = new AbortController()
    const handled: string[] = []
    const working = work(pool, async ({ id }) => void handled.push(id), { signal: stop.signal })
    await vi.waitFor(() => expect(handled).toHaveLength(1))
    await first[Symbol.asyncDispose]()
    await relayed()
    await receive('2')
    await vi.waitFor(() => expect(handled).toHaveLength(2), 20_000)
    await network.settle()
    expect(await all(`SELECT state FROM rex_inbox`)).toEqual([{ state: 'done' }, { state: 'done' }])
    stop.abort()
    await working
    await pool.end()
  })

  test('an erasure reaches every table, and the application is told', async () => {
    await relayed()
    const { id } = await receive('4711')
    await network.settle()
    await until('SELECT count(*)::int FROM rex_inbox', [{ count: 1 }])
    await db.query(
      `INSERT INTO rex_outbox (act, thread, next_at) VALUES ('accept', $1, now() + interval '1 day')`,
      [id],
    )
    await (await network.desks.hotline.thread(id)).erase({ reason: 'request', force: true })
    await until(`SELECT kind FROM rex_inbox WHERE state = 'waiting'`, [{ kind: 'erased' }])
    expect(await all('SELECT * FROM rex_outbox')).toEqual([])
    expect(await all('SELECT * FROM rex_thread')).toEqual([])
    expect(await all(`SELECT item FROM rex_inbox WHERE state = 'done'`)).toEqual([{ item: null }])
    // A relay that was killed reads the changes again, and the news of the erasure stays.
    await relays[0]?.[Symbol.asyncDispose]()
    const cursor = await network.desks.hotline.lastChange()
    await db.query(`UPDATE rex_relay SET cursor = '0'`)
    await relayed()
    await until('SELECT cursor FROM rex_relay', [{ cursor }])
    expect(
      await claim(db, async (item) => expect(item).toMatchObject({ kind: 'erased', thread: { id } })),
    ).toBe(true)
  })
})

test('rex_thread shows acts of people, and threads from before the tables existed', async () => {
  const { hotline } = network.desks
  const thread = await hotline.send(buildReferral(), { to, ref: 'before' })
  await relayed()
  await until('SELECT ref, request, state, responsible FROM rex_thread', [
    { ref: 'before', request: null, state: 'requested', responsible: 'https://hotline.example' },
  ])
  await network.clock.advance({ minutes: 1 })
  await thread.withdraw({ code: 'no-longer-needed' })
  await until('SELECT state FROM rex_thread', [{ state: 'withdrawn' }])
})

/** Yields the items, but with an acknowledgement that never ends. */
async function* deafly(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  for await (const item of items) yield { ...item, ack: () => new Promise(() => {}) } as Item
}
