// T-143: a row is carried out once, and only if the application's transaction commits. docs/guide/postgres.md, "Sending"
import pg from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { VERB_NAMES } from '../client/api/verbs.ts'
import { RexError } from '../core/error.ts'
import { buildReferral } from '../testing/referral.ts'
import { ACTS } from './acts.ts'
import {
  all,
  connected,
  db,
  network,
  prepareTables,
  relayed,
  relays,
  server,
  to,
  until,
  url,
} from './fixture.ts'
import { claim, enqueue, migrate, resubmit, startRelay, work } from './index.ts'
import { SCRIPT } from './migrations.ts'

prepareTables()

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

  test('the relay writes the thread of a row once, and not again for its own change', async () => {
    network.faults.to('ngo').disconnect()
    await db.query(`CREATE TABLE written (thread text);
      CREATE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO written VALUES (NEW.thread); RETURN NULL; END';
      CREATE TRIGGER written AFTER INSERT OR UPDATE ON rex_thread FOR EACH ROW EXECUTE FUNCTION note_written()`)
    await relayed()
    await until('SELECT cursor IS NOT NULL AS follows FROM rex_relay', [{ follows: true }])
    for (const ref of ['1', '2', '3']) await enqueue(db, buildReferral(), { to, ref })
    await until('SELECT count(*)::int FROM rex_outbox', [{ count: 0 }])
    const last = await network.desks.hotline.lastChange()
    await until(`SELECT cursor::bigint >= ${last} AS reached FROM rex_relay`, [{ reached: true }])
    expect(await all('SELECT count(*)::int FROM written GROUP BY thread')).toEqual(
      Array.from({ length: 3 }, () => ({ count: 1 })),
    )
  })

  test('input is refused before anything is written, with the same error as by the desk', async () => {
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

  test('the acts of a thread keep their order, including acts that refer to the row that sends it', async () => {
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

  test('a refused row stays with its reason, blocks later acts of its thread, and can be corrected', async () => {
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

  test('a row that has waited for weeks for a pairing blocks no other row', async () => {
    const stranger = await enqueue(db, buildReferral(), { to: 'https://stranger.example' })
    await db.query('UPDATE rex_outbox SET attempts = 5000')
    const other = await enqueue(db, buildReferral(), { to })
    await relayed()
    await until('SELECT request::text FROM rex_thread', [{ request: other }])
    const counted = { attempts: 5001, code: 'UNKNOWN_ORGANISATION', soon: true }
    const waits = `SELECT id::text, attempts, problem ->> 'code' AS code, next_at < now() + interval '301 seconds' AS soon FROM rex_outbox`
    await until(waits, [{ id: stranger, ...counted }])
  })

  test('acts that the token of the relay does not permit block no other act', async () => {
    const refuse = () => Promise.reject(new RexError('PERMISSION_DENIED', 'This caller does not have it.'))
    await db.query(
      `INSERT INTO rex_outbox (act, thread) SELECT 'accept', lpad(to_hex(i), 32, '0') FROM generate_series(1, 300) AS i`,
    )
    const request = await enqueue(db, buildReferral(), { to })
    await relayed({ ...network.desks.hotline, thread: refuse })
    await until('SELECT request::text FROM rex_thread', [{ request }])
    await until('SELECT DISTINCT state FROM rex_outbox WHERE attempts > 0', [{ state: 'waiting' }])
  })

  test('a row from another language is checked by the table or refused by the relay', async () => {
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

  test('T-143 the strict reader checks the input of a row, whose size the table limits; later rows are carried out', async () => {
    const insert = (input: string) =>
      db.query(`INSERT INTO rex_outbox (act, input) VALUES ('send', $1)`, [input])
    const around = (member: string) =>
      `{"referral": ${JSON.stringify(buildReferral())}, "to": "${to}", ${member}}`
    const largest = 8 * 1024 * 1024
    await expect(insert(around(`"ref": "${'x'.repeat(largest)}"`))).rejects.toMatchObject({ code: '23514' })
    await insert(around(`"ref": "${'x'.repeat(largest - 10_000)}"`))
    await insert(around(`"ref": ${'['.repeat(3000)}${']'.repeat(3000)}`))
    await insert(around('"lifetimeMs": 7200000.5'))
    await insert(around('"lifetimeMs": 9007199254740993'))
    await insert(around('"lifetimeMs": 1e300'))
    await insert(around('"__proto__": {"confirm": []}'))
    await enqueue(db, buildReferral(), { to, ref: 'after' })
    await relayed()
    await until(
      `SELECT problem ->> 'code' AS code, substring(problem ->> 'path' FROM '\\w+') AS path FROM rex_outbox ORDER BY position`,
      [
        { code: 'INVALID_REFERRAL', path: 'ref' },
        { code: 'LIMIT_EXCEEDED', path: 'ref' },
        { code: 'MALFORMED', path: 'lifetimeMs' },
        { code: 'MALFORMED', path: 'lifetimeMs' },
        { code: 'MALFORMED', path: 'lifetimeMs' },
        { code: 'MALFORMED', path: '__proto__' },
      ],
    )
    expect(await network.desks.hotline.threads()).toMatchObject([{ ref: 'after' }])
  })

  test('the table allows the acts of the SDK, and the script creates the same tables as migrate', async () => {
    expect(ACTS).toEqual([
      'send',
      ...VERB_NAMES.map((name) => name.replace(/[A-Z]/g, (x) => `-${x.toLowerCase()}`)),
      'mark-seen',
    ])
    for (const act of ACTS.slice(1))
      await db.query(`INSERT INTO rex_outbox (act, thread) VALUES ($1, $2)`, [act, '0'.repeat(32)])
    await expect(SCRIPT).toMatchFileSnapshot('./rex.sql')
    const scripted = await connected(await server.database('script'))
    await scripted.query(SCRIPT)
    await migrate(scripted)
    const columns = `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`
    expect((await scripted.query(columns)).rows).toEqual(await all(columns))
    await scripted.end()
  })

  test('T-154 a relay reports that it has stopped until it continues, and not while it waits for another relay', async () => {
    const [first, second] = [await relayed(), await relayed()]
    await until('SELECT organisation FROM rex_relay', [{ organisation: 'https://hotline.example' }])
    expect([...first.problems(), ...second.problems()]).toEqual([])
    await server.kill()
    const stopped = [{ code: 'relay-stopped', severity: 'critical' }]
    for (const relay of [first, second])
      await vi.waitFor(() => expect(relay.problems()).toMatchObject(stopped), 10_000)
    await server.start()
    for (const relay of [first, second]) await vi.waitFor(() => expect(relay.problems()).toEqual([]), 30_000)
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
    expect(relays.at(-1)?.problems()).toMatchObject([{ code: 'relay-stopped', severity: 'critical' }])
    await expect(startRelay({ desk: network.desks.ngo, database: 'x' })).rejects.toMatchObject({
      path: 'database',
    })
  })
})

test('a pool and a database without the tables are refused with the remedy', async () => {
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

  const empty = new pg.Pool({ connectionString: await server.database('empty') })
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
