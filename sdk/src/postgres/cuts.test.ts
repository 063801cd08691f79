// T-143: whichever process or connection ends at whichever step, nothing is lost and nothing happens twice.
// docs/guide/postgres.md
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type TestPostgres, testPostgres } from '../testing/harness/postgres.ts'
import { type TestNetwork, testNetwork } from '../testing/network.ts'
import { buildReferral } from '../testing/referral.ts'
import { claim, enqueue, migrate, type Sql, startRelay, work } from './index.ts'
import { openPool } from './relay/pool.ts'

const to = 'https://ngo.example'
let server: TestPostgres
let network: TestNetwork<'hotline' | 'ngo'>
let url: string

beforeAll(async () => {
  server = await testPostgres()
  network = await testNetwork(['hotline', 'ngo'])
  url = await server.database('cuts')
  const db = await connected()
  await migrate(db)
  await db.query('CREATE TABLE effect (item text)')
  await db.end()
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Returns the rows of a statement over a new connection, because the database may have been killed. */
async function ask(text: string): Promise<unknown[]> {
  const client = await connected()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const effectOf = async ({ id }: { readonly id: string }, client: Sql) =>
  void (await client.query('INSERT INTO effect VALUES ($1)', [id]))

test('a worker that is cut off before or after any statement leaves either the item or its single effect', async () => {
  const db = await connected()
  for (const when of ['before', 'after'] as const)
    for (let step = 1, cut = true; cut; step++) {
      const id = `${when} ${step}`
      await db.query(
        `INSERT INTO rex_inbox (id, thread, kind, item) VALUES ('${id}', 'x', 'referral', '{"id": "${id}"}')`,
      )
      const client = await connected()
      let left = step
      cut = false
      const query = async (text: string, values?: unknown[]) => {
        left -= 1
        if (left === 0 && when === 'before') await client.end()
        const result = await client.query(text, values)
        if (left === 0 && when === 'after') await client.end()
        cut ||= left === 0
        return result
      }
      await claim({ query }, effectOf).catch(() => (cut = true))
      await client.end()
      await db.query('UPDATE rex_inbox SET next_at = now()')
      await claim(db, effectOf)
      expect((await db.query('SELECT FROM effect WHERE item = $1', [id])).rowCount, id).toBe(1)
    }
  await db.end()
})

test('a connection that is lost while it is opened, or after its release, does not end the process', async () => {
  const pools = [(await openPool(url))(), new pg.Pool({ connectionString: url })] as const
  const stop = new AbortController()
  const working = work(pools[1], effectOf, { signal: stop.signal })
  for (const pool of pools) {
    const made = Promise.withResolvers<pg.PoolClient>()
    pool.on('error', () => {})
    pool.on('connect', (connection: unknown) => made.resolve(connection as pg.PoolClient))
    const taken = pool.connect()
    const client = await made.promise
    client.emit('error', new Error('lost'))
    await taken.then((connection) => connection.release(true))
    client.emit('error', new Error('lost'))
  }
  stop.abort()
  await working
  for (const pool of pools) await pool.end()
})

test('relay and worker survive the loss of their connections and a crash of the database, at any time', async () => {
  const { hotline, ngo } = network.desks
  const ROWS = 60
  const db = await connected()
  for (let i = 0; i < ROWS; i++) await enqueue(db, buildReferral(), { to, ref: `out-${i}` })
  await db.end()
  const stop = new AbortController()
  const pool = new pg.Pool({ connectionString: url })
  pool.on('error', () => {})
  const relay = await startRelay({ desk: hotline, database: url })
  const working = work(pool, effectOf, { signal: stop.signal })
  const incoming = (async () => {
    for (let i = 0; i < ROWS / 3; i++) {
      await ngo.send(buildReferral(), { to: 'https://hotline.example', ref: `in-${i}` })
      await network.settle().catch(() => {})
    }
  })()
  const left = async () =>
    (
      await ask(
        'SELECT (SELECT count(*) FROM rex_outbox)::int AS rows, (SELECT count(*) FROM effect)::int AS effects',
      )
    )[0]
  for (let cut = 0; cut < 12; cut++) {
    await ask(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
    )
    if (cut % 4 === 3) {
      await server.kill()
      await server.start()
    }
    await vi.waitFor(() => left(), 30_000)
  }
  await incoming
  const before = Number(
    await ask(`SELECT count(*)::int AS n FROM effect WHERE item LIKE 'before%' OR item LIKE 'after%'`).then(
      ([row]) => Object(row).n,
    ),
  )
  await vi.waitFor(async () => expect(await left()).toEqual({ rows: 0, effects: before + ROWS / 3 }), 60_000)
  expect(await ask('SELECT item FROM effect GROUP BY item HAVING count(*) > 1')).toEqual([])
  const sent = (await hotline.threads({ limit: 1000 }))
    .filter(({ role }) => role === 'referrer')
    .map(({ ref }) => ref)
  expect(sent.sort()).toEqual(Array.from({ length: ROWS }, (_, i) => `out-${i}`).sort())
  await vi.waitFor(
    async () =>
      expect(await ask('SELECT count(DISTINCT thread)::int FROM rex_thread')).toEqual([
        { count: (ROWS * 4) / 3 },
      ]),
    30_000,
  )
  stop.abort()
  await working
  await relay[Symbol.asyncDispose]()
  await pool.end()
})

test('T-154 a database that hangs is a problem of the relay, which continues when the database does', {
  timeout: 180_000,
}, async () => {
  const { hotline } = network.desks
  const relay = await startRelay({ desk: hotline, database: url })
  const state = () => relay.problems().map(({ message }) => /\((\w+)\)/.exec(message)?.[1])
  const db = await connected()
  const waiting = async () => (await db.query('SELECT count(*)::int AS n FROM rex_outbox')).rows[0].n
  await enqueue(db, buildReferral(), { to, ref: 'before' })
  await vi.waitFor(async () => expect(await waiting()).toBe(0), 30_000)
  await server.hang()
  try {
    await vi.waitFor(() => expect(state()).toEqual(['TIMEOUT']), 60_000)
  } finally {
    server.resume()
  }
  await enqueue(db, buildReferral(), { to, ref: 'after' })
  await vi.waitFor(async () => expect([await waiting(), state()]).toEqual([0, []]), 60_000)
  expect(await hotline.threads({ ref: 'after' })).toHaveLength(1)
  await server.hang()
  await relay[Symbol.asyncDispose]()
  server.resume()
  await db.end()
})
