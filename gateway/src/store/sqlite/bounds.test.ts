// Tests that the permanent records of the store are bounded, with the default limits.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LIMITS } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../testing/directory.ts'
import { testStore } from '../../testing/store.ts'
import type { LedgerEntry } from '../ledger.ts'
import { openSqliteStore } from './store.ts'

const SENDER = 'https://hotline.example'
const CHAINS = Array.from({ length: LIMITS.chains + 10 }, () => randomBytes(16))

function entry(fields: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    sender: SENDER,
    envelopeId: randomBytes(16),
    digest: randomBytes(32),
    expiresMs: 5000,
    madeMs: 100,
    answer: randomBytes(1),
    ...fields,
  }
}

function count(path: string, table: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const row = db.prepare(`SELECT count(*) AS n FROM ${table}`).get()
  db.close()
  return Number(row?.n)
}

test('REX-MBX-091 the positions of the newest chains are kept, and that of a chain in use again', async () => {
  await using store = testStore()
  const [first = new Uint8Array(16), ...others] = CHAINS
  const see = (chain: Uint8Array, place: number) =>
    store.commit((write) => write.lease.sawPlace(chain, place))
  await see(first, 5)
  await see(first, 3)
  expect(store.read.lease.place(first)).toBe(5)
  await store.commit((write) => {
    for (const [i, chain] of others.entries()) write.lease.sawPlace(chain, i + 1)
  })
  const kept = () => CHAINS.filter((chain) => store.read.lease.place(chain) > 0)
  expect(kept()).toEqual(CHAINS.slice(10))
  await see(first, 6)
  expect(kept()).toEqual([first, ...CHAINS.slice(11)])
})

test('REX-MBX-011 the newest chains that lost the lease are refused', async () => {
  await using store = testStore()
  await store.commit((write) => {
    for (const chain of CHAINS) write.lease.shutOut(chain)
  })
  const shutOut = await store.commit((write) => CHAINS.filter((chain) => write.lease.isShutOut(chain)))
  expect(shutOut).toEqual(CHAINS.slice(10))
})

test('REX-DLV-151 the newest damages are kept', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const store = openSqliteStore(path)
  await store.commit((write) => {
    for (let foundMs = 1; foundMs <= LIMITS.damages + 10; foundMs++)
      write.damage.add({ kind: 'row', foundMs })
  })
  expect(store.read.damage.last()).toEqual({ kind: 'row', foundMs: LIMITS.damages + 10 })
  await store[Symbol.asyncDispose]()
  expect(count(path, 'damage')).toBe(LIMITS.damages)
})

test('REX-DLV-032 evidence of a conflict is bounded for each sender, and is deleted with its ledger entry', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const first = openSqliteStore(path)
  const entries = Array.from({ length: LIMITS.conflicts + 10 }, () => entry())
  const other = entry({ sender: 'https://ngo.example', expiresMs: 9000 })
  await first.commit((write) => {
    for (const one of [...entries, other]) {
      write.ledger.add(one)
      for (const bytes of [1000, 2000]) write.ledger.keepConflict(one, new Uint8Array(bytes))
    }
  })
  expect(first.read.space.bytesFrom(SENDER)).toBeGreaterThan(LIMITS.conflicts * 1000)
  await first[Symbol.asyncDispose]()
  expect(count(path, 'conflict')).toBe(LIMITS.conflicts + 1)
  const store = openSqliteStore(path)
  const finished = { madeBeforeMs: 101, expiredByMs: 5000, after: 0 }
  const { count: forgotten } = await store.commit((write) => write.ledger.forget(finished, 1000))
  expect(forgotten).toBe(entries.length)
  expect(store.read.space.bytesFrom(SENDER)).toBe(0)
  await store[Symbol.asyncDispose]()
  expect(count(path, 'conflict')).toBe(1)
})

test('a store of the previous schema keeps its positions, but no evidence about forgotten ledger entries', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const known = entry()
  const first = openSqliteStore(path)
  await first.commit((write) => {
    write.ledger.add(known)
    for (const one of [known, entry()]) write.ledger.keepConflict(one, new Uint8Array(9))
  })
  await first[Symbol.asyncDispose]()
  const db = new DatabaseSync(path)
  db.exec(`DROP TABLE place; DROP TRIGGER conflict_out; ALTER TABLE desk DROP COLUMN identity;
    ALTER TABLE life DROP COLUMN agreed_ms; ALTER TABLE life DROP COLUMN leap_ms; PRAGMA user_version = 3;
    CREATE TABLE place (chain BLOB PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID`)
  const put = db.prepare('INSERT INTO place VALUES (?, ?)')
  for (const [i, chain] of CHAINS.slice(0, 3).entries()) put.run(chain, i + 1)
  db.close()
  const second = openSqliteStore(path)
  expect(CHAINS.slice(0, 4).map((chain) => second.read.lease.place(chain))).toEqual([1, 2, 3, 0])
  await second[Symbol.asyncDispose]()
  expect(count(path, 'conflict')).toBe(1)
})
