// Tests of the SQLite file: durable settings, errors, and work that shares a transaction.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { type CommitOptions, groupCommit } from './commit.ts'
import { openDatabase } from './database.ts'

const cleanup: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const close of cleanup.splice(0).reverse()) close()
})

function fresh() {
  const directory = mkdtempSync(join(tmpdir(), 'rex-sqlite-'))
  const path = join(directory, 'store.sqlite')
  const db = openDatabase(path)
  cleanup.push(() => rmSync(directory, { recursive: true }), db.close)
  return { path, db }
}

/** Creates a table, and work that adds a row to it. */
function table(options?: CommitOptions) {
  const { db } = fresh()
  db.exec('CREATE TABLE item (id INTEGER PRIMARY KEY) STRICT')
  const insert = db.prepare('INSERT INTO item DEFAULT VALUES')
  const count = db.prepare<{ n: number }>('SELECT count(*) AS n FROM item')
  return { ...groupCommit(db, options), db, add: () => insert.run(), count: () => count.get()?.n }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('D-02 a commit is flushed to the disk, in a file of this process alone, and nothing goes to temporary files', () => {
  const { path, db } = fresh()
  const setting = (name: string) => Object.values(db.prepare<object>(`PRAGMA ${name}`).get() ?? {})[0]
  expect(['journal_mode', 'synchronous', 'temp_store', 'locking_mode'].map(setting)).toEqual([
    'wal',
    2,
    2,
    'exclusive',
  ])
  expect(() => openDatabase(path)).toThrow(expect.objectContaining({ reason: 'STORE_IN_USE' }))
})

test('D-02 a database that cannot be flushed is refused', () => {
  expect(() => openDatabase(':memory:')).toThrow(
    expect.objectContaining({ reason: 'STORE_FAILED', message: expect.stringContaining('not be durable') }),
  )
})

test('a wrong statement is INTERNAL without its text, a closed file CANCELLED', () => {
  const { path } = fresh()
  const db = openDatabase(`${path}.other`)
  expect(() => db.exec('SELECT canary')).toThrow(
    expect.objectContaining({ reason: 'INTERNAL', message: 'The store rejected an SQL statement.' }),
  )
  db.close()
  expect(() => db.exec('SELECT 1')).toThrow(expect.objectContaining({ reason: 'CANCELLED' }))
})

test('works of one turn are committed together; one that throws undoes only its own writes', async () => {
  const it = table()
  const open: boolean[] = []
  const work = () => {
    open.push(it.db.inTransaction())
    return it.add()
  }
  const results = await Promise.allSettled([
    it.commit(work),
    it.commit(() => {
      work()
      throw new Error('no')
    }),
    it.commit(work),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect([new Set(open), it.db.inTransaction(), it.count()]).toEqual([new Set([true]), false, 2])
})

test('a commit waits for more work only if configured, and only after a shared commit', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  for (const [gatherMs, waits] of [
    [5, true],
    [0, false],
  ] as const) {
    const it = table({ gatherMs })
    await it.commit(it.add)
    await Promise.all([it.commit(it.add), it.commit(it.add)])
    const gathering = it.commit(it.add)
    await nextTurn()
    expect(it.count()).toBe(waits ? 3 : 4)
    vi.advanceTimersByTime(5)
    await gathering
    void it.commit(it.add)
    await nextTurn()
    expect(it.count()).toBe(5)
  }
})

test('a flush commits pending work immediately', async () => {
  const it = table({ gatherMs: 5 })
  const waiting = it.commit(it.add)
  it.flush()
  expect(it.count()).toBe(1)
  await waiting
  it.flush()
})

test('T-078 changes in memory are undone with the writes, before other work, even if the commit fails', async () => {
  const it = table()
  it.db.exec(
    'PRAGMA foreign_keys = ON; CREATE TABLE child (id INTEGER REFERENCES item DEFERRABLE INITIALLY DEFERRED) STRICT',
  )
  const memory: string[] = []
  const change = (name: string, more = () => {}) =>
    it.commit(
      () => {
        memory.push(name)
        it.add()
        more()
      },
      () => memory.splice(memory.indexOf(name), 1),
    )
  const fails = () => {
    throw new Error('no')
  }
  await Promise.allSettled([
    change('first', fails),
    change('second', () => expect(memory).toEqual(['second'])),
  ])
  expect([memory, it.count()]).toEqual([['second'], 1])
  const orphan = it.db.prepare('INSERT INTO child VALUES (99)')
  const results = await Promise.allSettled([change('third'), change('fourth', () => void orphan.run())])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect([memory, it.count()]).toEqual([['second'], 1])
})

test('T-130 the work of one owner gets a part of each transaction, and nobody else waits for the rest', async () => {
  const { commit, flush, add, count } = table()
  const done: string[] = []
  const by = (name: string, bytes = 1) => commit(add, undefined, { name, bytes }).then(() => done.push(name))
  const flood = Array.from({ length: 200 }, () => by('flooder'))
  await Promise.all([by('honest'), commit(add)])
  expect(done).toEqual([...Array(32).fill('flooder'), 'honest'])
  flush()
  await Promise.all(flood)
  expect(count()).toBe(202)
  const large = [1, 2, 3].map(() => by('large', 900_000))
  await large[1]
  expect(done.filter((name) => name === 'large')).toHaveLength(2)
  await Promise.all(large)
})

test('T-130 a bulk commit makes a checkpoint due sooner, so that it is short', () => {
  const { db } = fresh()
  db.exec('CREATE TABLE content (bytes BLOB)')
  const add = db.prepare('INSERT INTO content VALUES (?)')
  const log = db.prepare<{ log: number; checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)')
  const commit = (pages: number) => {
    db.exec('BEGIN')
    add.run(Buffer.alloc(pages * 4096))
    db.exec('COMMIT')
    const { log: frames, checkpointed } = log.get() ?? { log: 0, checkpointed: 0 }
    return frames - checkpointed
  }
  for (let i = 0; i < 12; i++) expect(commit(50)).toBeGreaterThan(50 * i)
  expect(commit(300)).toBe(0)
})
