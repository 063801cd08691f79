// T-143: a row is carried out once, and an item is handled once, with the application's transaction. docs/guide/postgres.md
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Item } from '../client/api/items.ts'
import { VERB_NAMES } from '../client/api/verbs.ts'
import { RexError } from '../core/error.ts'
import { type TestPostgres, testPostgres } from '../testing/harness/postgres.ts'
import { type TestNetwork, testNetwork } from '../testing/network.ts'
import { buildReferral } from '../testing/referral.ts'
import { ACTS } from './acts.ts'
import {
  claim,
  enqueue,
  type InboxItem,
  migrate,
  type Relay,
  resubmit,
  startRelay,
  unpark,
  work,
} from './index.ts'
import { SCRIPT } from './migrations.ts'

const to = 'https://ngo.example'
let server: TestPostgres
let network: TestNetwork<'hotline' | 'ngo'>
let url: string
let db: pg.Client
let relays: Relay[]
let count = 0

beforeAll(async () => {
  server = await testPostgres()
  url = await server.database('tables')
  const programs = [await connected(), await connected()]
  await Promise.all(programs.map(migrate))
  await Promise.all(programs.map((program) => program.end()))
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  relays = []
  network = await testNetwork(['hotline', 'ngo'])
  count += 1
  url = await server.database(`test${count}`, 'tables')
  db = await connected()
})
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay[Symbol.asyncDispose]()))
  await db.end()
  await network[Symbol.asyncDispose]()
})

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}

async function relayed(desk = network.desks.hotline): Promise<Relay> {
  const relay = await startRelay({ desk, database: url })
  relays.push(relay)
  return relay
}

const all = async (text: string) => (await db.query(text)).rows
const until = (text: string, wanted: unknown[]) =>
  vi.waitFor(async () => expect(await all(text)).toEqual(wanted), 30_000)

/** Sends from the NGO to the hotline's tables. */
const receive = (ref: string) =>
  network.desks.ngo.send(buildReferral(), { to: 'https://hotline.example', ref })

describe('rex_outbox', () => {
  test('a referral is sent if, and only if, the transaction of the application commits', async () => {
    await relayed()
    await db.query('BEGIN')
    await enqueue(db, buildReferral(), { to, ref: 'rolled-back' })
    await db.query('ROLLBACK')
    await db.query('BEGIN')
    const id = await enqueue(db, buildReferral(), { to, ref: '4711' })
    await db.query('COMMIT')
    await until('SELECT ref, request::text, role, state, mine, counterpart FROM rex_thread', [
      { ref: '4711', request: id, role: 'referrer', state: 'requested', mine: false, counterpart: to },
    ])
    expect(await all('SELECT * FROM rex_outbox')).toEqual([])
    expect(await network.desks.hotline.threads()).toMatchObject([{ ref: '4711' }])
  })

  test('input is refused before anything is written, with the words of the desk', async () => {
    const { desks } = network
    const refusal = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        ({ reason, path, message }) => ({ reason, path, message }),
      )
    const [first] = buildReferral().people ?? []
    const bad = [
      [buildReferral(), { to, ref: 7 }],
      [buildReferral(), { to: [] }],
      [{ ...buildReferral(), kind: 'nonsense' }, { to }],
      [{ ...buildReferral(), handling: 'strange' }, { to }],
      [{ ...buildReferral(), people: [{ ...first, strange: 1 }] }, { to }],
      ['no object', { to }],
      [buildReferral(), { to, strange: 1 }],
    ] as const
    for (const [referral, options] of bad) {
      const said = await refusal(desks.hotline.send(referral as never, options as never))
      expect(said).toMatchObject({ path: expect.any(String) })
      if (typeof referral !== 'string')
        expect(await refusal(enqueue(db, referral as never, options as never))).toEqual(said)
    }
    const thread = '0'.repeat(32)
    expect(await refusal(enqueue(db, 'decline', { thread, code: 'nonsense' } as never))).toMatchObject({
      path: 'code',
    })
    expect(await refusal(enqueue(db, 'nonsense' as never, { thread } as never))).toMatchObject({
      path: 'verb',
    })
    expect(await refusal(enqueue(db, 'accept', { thread: 'x' }))).toMatchObject({ path: 'thread' })
    expect(
      await refusal(enqueue(db, JSON.stringify(buildReferral()) as never, { to } as never)),
    ).toMatchObject({ path: 'verb' })
    expect(await refusal(enqueue(db, buildReferral(), { to, id: 'x' }))).toMatchObject({ path: 'id' })
    expect(await refusal(enqueue(db, buildReferral(), { to, key: 'x' } as never))).toMatchObject({
      path: 'key',
    })
    expect(await refusal(enqueue(db, 'accept', { thread, key: 'x' } as never))).toMatchObject({ path: 'key' })
    expect(await all('SELECT * FROM rex_outbox')).toEqual([])
  })

  test('one id is one row; other content under it is a KEY_CONFLICT', async () => {
    const id = '0b9f2d53-35a0-4b0e-9a3e-2f8a3a8f0c11'
    expect(await enqueue(db, buildReferral(), { to, id })).toBe(id)
    expect(await enqueue(db, buildReferral(), { to, id })).toBe(id)
    await expect(enqueue(db, buildReferral(), { to, id, ref: '2' })).rejects.toMatchObject({
      reason: 'KEY_CONFLICT',
    })
    await relayed()
    await until('SELECT * FROM rex_outbox', [])
    expect(await enqueue(db, buildReferral(), { to, id })).toBe(id)
    await until('SELECT * FROM rex_outbox', [])
    expect(await network.desks.hotline.threads()).toHaveLength(1)
  })

  test('the acts of a thread keep their order, also those that name it by the row that sends it', async () => {
    const id = await enqueue(db, buildReferral(), { to })
    for (const text of ['first', 'second']) await enqueue(db, 'note', { thread: id, text })
    await relayed()
    await until('SELECT * FROM rex_outbox', [])
    const [row] = await all('SELECT thread FROM rex_thread')
    await enqueue(db, 'note', { thread: id, text: 'third' })
    await enqueue(db, 'withdraw', { thread: row.thread, with: to, code: 'no-longer-needed' })
    await until('SELECT state FROM rex_thread', [{ state: 'withdrawn' }])
    const { events } = await (await network.desks.hotline.thread(row.thread)).changes()
    expect(events.map(({ type, content }) => ('text' in content ? content.text : type))).toEqual([
      'refer',
      'first',
      'second',
      'third',
      'withdraw',
    ])
  })

  test('a refused row stays with its reason, holds later acts of its thread back, and can be corrected', async () => {
    await relayed()
    const id = await enqueue(db, buildReferral(), { to, follows: 'a'.repeat(32) })
    await enqueue(db, 'note', { thread: id, text: 'later' })
    const other = await enqueue(db, buildReferral(), { to, ref: 'other' })
    await until('SELECT request::text FROM rex_thread', [{ request: other }])
    expect(await all('SELECT state, problem FROM rex_outbox ORDER BY position')).toMatchObject([
      {
        state: 'refused',
        problem: { code: 'INVALID_REFERRAL', path: 'follows', detail: expect.any(String) },
      },
      { state: 'waiting', problem: null },
    ])
    await expect(resubmit(db, id, { referral: buildReferral(), to: 'x' })).rejects.toMatchObject({
      path: 'to',
    })
    await resubmit(db, id, { referral: buildReferral(), to })
    await until('SELECT * FROM rex_outbox', [])
    await expect(resubmit(db, id)).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  })

  test('a row that has waited for weeks for a pairing stops no other row', async () => {
    const stranger = await enqueue(db, buildReferral(), { to: 'https://stranger.example' })
    await db.query('UPDATE rex_outbox SET attempts = 5000')
    const other = await enqueue(db, buildReferral(), { to })
    await relayed()
    await until('SELECT request::text FROM rex_thread', [{ request: other }])
    const counted = { attempts: 5001, code: 'UNKNOWN_ORGANISATION', soon: true }
    const waits = `SELECT id::text, attempts, problem ->> 'code' AS code, next_at < now() + interval '301 seconds' AS soon FROM rex_outbox`
    await until(waits, [{ id: stranger, ...counted }])
  })

  test('acts that the token of the relay may not do hold up no other act', async () => {
    const refuse = () => Promise.reject(new RexError('PERMISSION_DENIED', 'This caller does not have it.'))
    await db.query(
      `INSERT INTO rex_outbox (act, thread) SELECT 'accept', lpad(to_hex(i), 32, '0') FROM generate_series(1, 300) AS i`,
    )
    const request = await enqueue(db, buildReferral(), { to })
    await relayed({ ...network.desks.hotline, thread: refuse })
    await until('SELECT request::text FROM rex_thread', [{ request }])
    await until('SELECT DISTINCT state FROM rex_outbox WHERE attempts > 0', [{ state: 'waiting' }])
  })

  test('a row of another language is checked by the table or refused by the relay', async () => {
    const insert = (columns: string, values: string) =>
      db.query(`INSERT INTO rex_outbox (${columns}) VALUES (${values})`)
    await expect(insert('act', `'erase'`)).rejects.toMatchObject({ code: '23514' })
    await expect(insert('act, thread', `'send', '${'0'.repeat(32)}'`)).rejects.toMatchObject({
      code: '23514',
    })
    await expect(insert('act, thread', `'accept', 'x'`)).rejects.toMatchObject({ code: '23514' })
    await expect(insert('act, input', `'send', '[]'`)).rejects.toMatchObject({ code: '23514' })
    await insert('act, input', `'send', '{"referral": {"kind": "advisory"}, "to": "${to}"}'`)
    await insert('act, input', `'send', '${JSON.stringify({ referral: buildReferral(), to, key: 'x' })}'`)
    await insert('act, thread', `'accept', '${'0'.repeat(32)}'`)
    await expect(db.query(`UPDATE rex_outbox SET input = '{}'`)).rejects.toMatchObject({ code: '55000' })
    await relayed()
    await until(
      `SELECT problem ->> 'code' AS code FROM rex_outbox WHERE state = 'refused' ORDER BY position`,
      [{ code: 'INVALID_REFERRAL' }, { code: 'MALFORMED' }, { code: 'NOT_FOUND' }],
    )
  })

  test('acts that the table allows are those of the SDK, and the script makes what migrate makes', async () => {
    expect(ACTS).toEqual([
      'send',
      ...VERB_NAMES.map((name) => name.replace(/[A-Z]/g, (x) => `-${x.toLowerCase()}`)),
      'mark-seen',
    ])
    for (const act of ACTS.slice(1))
      await db.query(`INSERT INTO rex_outbox (act, thread) VALUES ($1, $2)`, [act, '0'.repeat(32)])
    await expect(SCRIPT).toMatchFileSnapshot('./rex.sql')
    url = await server.database('script')
    const scripted = await connected()
    await scripted.query(SCRIPT)
    await migrate(scripted)
    const columns = `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`
    expect((await scripted.query(columns)).rows).toEqual(await all(columns))
    await scripted.end()
  })

  test('tables belong to one desk, and one relay works at a time', async () => {
    await relayed()
    await until('SELECT organisation FROM rex_relay', [{ organisation: 'https://hotline.example' }])
    const second = await relayed()
    await relays[0]?.[Symbol.asyncDispose]()
    await enqueue(db, buildReferral(), { to })
    await until('SELECT * FROM rex_outbox', [])
    await second[Symbol.asyncDispose]()
    const heard = Promise.withResolvers<unknown>()
    relays.push(
      await startRelay({
        desk: network.desks.ngo,
        database: url,
        log: ({ fields }) => heard.resolve(fields),
      }),
    )
    expect(await heard.promise).toMatchObject({ reason: 'CONFIG_INVALID' })
    await expect(startRelay({ desk: network.desks.ngo, database: 'x' })).rejects.toMatchObject({
      path: 'database',
    })
  })
})

test('a pool, which has no transaction, and a database without the tables are refused with the remedy', async () => {
  const pool = new pg.Pool({ connectionString: url })
  for (const refused of [
    enqueue(pool, buildReferral(), { to }),
    resubmit(pool, '0'),
    migrate(pool),
    claim(pool, async () => {}),
  ])
    await expect(refused).rejects.toMatchObject({ reason: 'CONFIG_INVALID', path: 'client' })
  expect(await all('SELECT * FROM rex_outbox')).toEqual([])
  await pool.end()

  url = await server.database('empty')
  const empty = new pg.Pool({ connectionString: url })
  const client = await empty.connect()
  const missing = { reason: 'CONFIG_INVALID', hint: expect.stringContaining('migrate') }
  await expect(enqueue(client, buildReferral(), { to })).rejects.toMatchObject(missing)
  await expect(claim(client, async () => {})).rejects.toMatchObject(missing)
  client.release()
  const failed = vi.fn()
  await work(empty, async () => {}, { signal: AbortSignal.timeout(500), failed })
  expect(failed.mock.calls).toMatchObject([[missing]])
  await empty.end()
})

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

  test('an item that comes again after it was handled is known', async () => {
    const { hotline } = network.desks
    await receive('1')
    // The relay dies between the commit and the acknowledgement.
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

  test('an erasure reaches every table, and the application hears of it', async () => {
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

test('rex_thread follows the acts of people, and what was there before the tables', async () => {
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

/** Items that cannot be acknowledged. */
async function* deafly(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  for await (const item of items) yield { ...item, ack: () => new Promise(() => {}) } as Item
}
