import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test, vi } from 'vitest'
import { testParty } from '../../testing/parties/party.ts'
import { testDeskStore } from './contract/contract.ts'
import { keysPathOf } from './keys/thread-keys.ts'
import { openSqliteDeskStore } from './sqlite.ts'

const directory = mkdtempSync(join(tmpdir(), 'rex-desk-store-'))
let files = 0
let last = ''
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const fresh = () => {
  last = join(directory, `${++files}.db`)
  return openSqliteDeskStore(last)
}

testDeskStore(fresh, async (store) => {
  await store[Symbol.asyncDispose]()
  return openSqliteDeskStore(last)
})

test('T-081 a second process, or the same one twice, is refused', async () => {
  await using _store = fresh()
  expect(() => openSqliteDeskStore(last)).toThrow(expect.objectContaining({ reason: 'STORE_IN_USE' }))
})

test.each([
  'desk.db',
  'desk.db-wal',
  'desk.db.mark',
  'desk.db.sums',
  'desk.db.erased',
  'desk-keys.db',
  'desk-keys.db.sums',
])('T-079 an error names a directory in the place of the file %s', (name) => {
  const at = mkdtempSync(join(directory, 'desk-'))
  mkdirSync(join(at, name))
  const message = expect.stringContaining(`This is a directory, not a file: ${join(at, name)}`)
  const refusal = expect.objectContaining({ reason: 'STORE_FAILED', message })
  expect(() => openSqliteDeskStore(join(at, 'desk.db'))).toThrow(refusal)
})

test('T-084 a store of a newer version is refused and left unchanged', async () => {
  await fresh()[Symbol.asyncDispose]()
  const db = new DatabaseSync(last)
  db.exec('PRAGMA user_version = 99')
  db.close()
  expect(() => openSqliteDeskStore(last)).toThrow(expect.objectContaining({ reason: 'STORE_TOO_NEW' }))
})

test('T-084 a store of an older version is refused with that reason, and left unchanged', async () => {
  await fresh()[Symbol.asyncDispose]()
  const change = <T>(work: (db: DatabaseSync) => T): T => {
    const db = new DatabaseSync(last)
    const result = work(db)
    db.close()
    return result
  }
  change((db) => db.exec('PRAGMA user_version = 1'))
  expect(() => openSqliteDeskStore(last)).toThrow(
    expect.objectContaining({ reason: 'STORE_FAILED', hint: expect.stringContaining('version') }),
  )
  expect(change((db) => db.prepare('PRAGMA user_version').get())).toEqual({ user_version: 1 })
})

test('threads are counted once, however often they change', async () => {
  await using store = fresh()
  const summary = Buffer.of(1)
  const thread = { role: 'referrer', test: true, slot: 0, summary, refMac: '' } as const
  expect(store.read.threadCount()).toBe(0)
  for (const [updatedMs, id] of ['01', '01', '02', '01', '03'].entries())
    await store.commit((write) => write.putThread({ ...thread, id, updatedMs }))
  expect(store.read.threadCount()).toBe(3)
})

test('no read or change scans a table that grows forever', async () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  await fresh()[Symbol.asyncDispose]()
  const reads = prepare.mock.calls.map(([sql]) => sql).filter((sql) => /^(?:SELECT|UPDATE|DELETE)/.test(sql))
  prepare.mockRestore()
  const db = new DatabaseSync(last)
  const keys = new DatabaseSync(keysPathOf(last))
  const plans = reads.flatMap((sql) =>
    (/\bthread_key\b/.test(sql) ? keys : db)
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => [detail, sql]),
  )
  db.close()
  keys.close()
  expect(plans.length).toBeGreaterThan(30)
  const grows =
    /^SCAN (?:[dmte]|thread|message|delivery|envelope|verdict)(?: USING (?:COVERING )?INDEX (?:thread_updated|message_thread|envelope_delivery|sqlite_autoindex.*))?$/
  expect(plans.filter(([detail]) => grows.test(`${detail}`))).toEqual([])
})

test('deliveries to reseal are read page by page: no page sorts all deliveries of a restored partner', async () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  await fresh()[Symbol.asyncDispose]()
  const pages = prepare.mock.calls
    .map(([sql]) => sql)
    .filter((sql) => /^SELECT.* resealPending = 1 AND .*LIMIT/s.test(sql))
  prepare.mockRestore()
  const db = new DatabaseSync(last)
  const plans = pages.flatMap((sql) => db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all())
  db.close()
  expect(pages).toHaveLength(1)
  expect(plans.filter(({ detail }) => /TEMP B-TREE/.test(`${detail}`))).toEqual([])
})

test('no read is recompiled when it is used again', async () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  await using store = fresh()
  const db = prepare.mock.contexts[0] as DatabaseSync
  prepare.mockRestore()
  const readAll = () => {
    const { read } = store
    const key = { message: '00', recipient: 'https://ngo.example' }
    return [
      [read.threads(3), read.open(3), read.outgoing(0, 3), read.receipts(3), read.due(1, 3)],
      [read.overdue(1, 3), read.dueForReseal(1, 3), read.unreceived(1, 3), read.nextItem(1, ['00'])],
      [read.thread('00'), read.messages('00'), read.message('00'), read.delivery(key), read.deliveries('00')],
      [read.envelope('00'), read.envelopes(key), read.verdict('', '00'), read.nextAlarmMs(1), read.busy()],
    ]
  }
  const compiled = vi.fn(() => constants.SQLITE_OK)
  db.setAuthorizer(compiled)
  readAll()
  compiled.mockClear()
  readAll()
  expect(compiled).not.toHaveBeenCalled()
  db.prepare('SELECT id FROM thread')
  expect(compiled).toHaveBeenCalled()
})

test('T-080 T-140 a bit that flips just after the store was restored is noticed when it is opened again, too', async () => {
  const configuration = 'a statement of somebody, which is believed as it stands here'
  const first = fresh()
  await first.commit((write) =>
    write.putPeer({ organisation: 'https://ngo.example', configuration, pairedMs: 1 }),
  )
  await first[Symbol.asyncDispose]()
  const store = openSqliteDeskStore(last)
  await store.beginAnew()
  const file = openSync(last, 'r+')
  writeSync(file, 'X', readFileSync(last).indexOf(configuration))
  closeSync(file)
  expect(() => {
    while (store.check()) {}
    store.check()
  }).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }))
  await store[Symbol.asyncDispose]()
  expect(() => openSqliteDeskStore(last)).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }))
})

test('T-080 REX-DLV-155 without page checksums, a damaged statement is noticed by its signature', async () => {
  const { organisation, configuration } = await testParty('ngo', { now: Date.UTC(2026, 10, 23) })
  const { jwt } = configuration
  const store = fresh()
  await store.commit((write) => write.keepConfiguration({ organisation, keys: 'some', jwt }))
  await store[Symbol.asyncDispose]()
  rmSync(`${last}.sums`)
  await openSqliteDeskStore(last)[Symbol.asyncDispose]()
  rmSync(`${last}.sums`)
  const place = readFileSync(last).indexOf(jwt.slice(-60))
  const file = openSync(last, 'r+')
  writeSync(file, jwt.at(-60) === 'A' ? 'B' : 'A', place)
  closeSync(file)
  const hint = expect.stringContaining('rex-desk restore')
  expect(() => openSqliteDeskStore(last)).toThrow(expect.objectContaining({ reason: 'STORE_FAILED', hint }))
})
