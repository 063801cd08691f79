// Tests of copying a database while its owner keeps writing: the copy shows a single moment, and includes every commit from before the call.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { isLockedForOthers } from '../../testing/harness/locked.ts'
import { groupCommit } from '../commit.ts'
import { openDatabase } from '../database.ts'
import { openMark } from '../mark.ts'
import { openPages } from '../pages.ts'
import { copyDatabase } from './copy.ts'

let directory: string
const path = (name = 'store') => join(directory, name)

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-copy-'))
  return () => rmSync(directory, { recursive: true, force: true })
})

/** Opens a store in which each commit writes the same number into two tables that are far apart. */
function open({ secureDelete = false } = {}) {
  const db = openDatabase(path(), { secureDelete })
  const mark = openMark(db, path('store.mark'))
  openPages(db, path())
  for (const table of ['one', 'two'])
    db.exec(`CREATE TABLE IF NOT EXISTS ${table} (n INTEGER PRIMARY KEY, filling BLOB)`)
  const insert = ['one', 'two'].map((table) =>
    db.prepare(`INSERT INTO ${table} (n, filling) VALUES (?, randomblob(30000))`),
  )
  const { commit } = groupCommit(db, { mark })
  let last = 0
  return {
    db,
    commit,
    add: async () => {
      const n = ++last
      await commit(() => insert.forEach((one) => void one.run(n)))
      return n
    },
    close() {
      db.close()
      mark.close()
    },
  }
}

/** Copies the database to the file `copy`. Calls `meanwhile` after each piece. */
async function copied(meanwhile: () => Promise<unknown> = async () => {}): Promise<number> {
  const bytes: { at: number; bytes: Buffer }[] = []
  const size = await copyDatabase(path(), async (piece, at) => {
    bytes.push({ at, bytes: Buffer.from(piece) })
    await meanwhile()
  })
  const image = Buffer.alloc(Math.max(0, ...bytes.map(({ at, bytes: { length } }) => at + length)))
  for (const { at, bytes: piece } of bytes) image.set(piece, at)
  writeFileSync(path('copy'), image.subarray(0, size))
  return bytes.length
}

function numbersIn(name: string): number[][] {
  const db = openDatabase(path(name))
  const ok = db.prepare<{ integrity_check: string }>('PRAGMA integrity_check').all()
  expect(ok).toEqual([{ integrity_check: 'ok' }])
  const numbers = ['one', 'two'].map((table) =>
    db
      .prepare<{ n: number }>(`SELECT n FROM ${table} ORDER BY n`)
      .all()
      .map(({ n }) => n),
  )
  db.close()
  return numbers
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

test('REX-DLV-173 committed data is in the copy, whether it is in the file or in the log', async () => {
  const store = open()
  for (let i = 0; i < 5; i++) await store.add()
  await copied()
  expect(numbersIn('copy')).toEqual([upTo(5), upTo(5)])
  rmSync(path('copy'))
  store.db.carry()
  await copied()
  expect(numbersIn('copy')).toEqual([upTo(5), upTo(5)])
  store.close()
  await copied()
  expect(numbersIn('copy')).toEqual([upTo(5), upTo(5)])
})

test.each([
  ['commits', async (store: ReturnType<typeof open>) => void (await store.add())],
  [
    'commits, and the log begins anew',
    async (store: ReturnType<typeof open>) => {
      store.db.carry()
      await store.add()
    },
  ],
  [
    'commits, and the log is emptied',
    async (store: ReturnType<typeof open>) => {
      await store.add()
      store.db.compact()
    },
  ],
])('REX-DLV-173 the owner %s: the copy is as of one moment', async (_, act) => {
  const store = open({ secureDelete: true })
  for (let i = 0; i < 60; i++) await store.add()
  store.db.carry()
  let acts = 12
  const pieces = await copied(async () => {
    if (acts-- > 0) await act(store)
  })
  const [one = [], two = []] = numbersIn('copy')
  expect(one).toEqual(two)
  expect(one.length).toBeGreaterThanOrEqual(60)
  expect(one).toEqual(upTo(one.length))
  expect(pieces).toBeGreaterThan(12)
  store.close()
})

test('REX-DLV-173 a page that returns to an earlier content is copied with that content', async () => {
  const store = open()
  await store.commit(() => store.db.exec("CREATE TABLE v (v TEXT); INSERT INTO v VALUES ('before')"))
  for (let i = 0; i < 20; i++) await store.add()
  store.db.carry()
  const set = (v: string) => store.commit(() => store.db.exec(`UPDATE v SET v = '${v}'`))
  const steps = [
    () => set('between'),
    async () => {
      store.db.carry()
      await set('before')
      store.db.carry()
      await set('before')
    },
  ]
  let pieces = 0
  await copied(async () => {
    // Run the second step only once the pages of the log are copied over the blocks.
    pieces += 1
    if (pieces === 1 || statSync(path()).size <= (pieces - 2) * 65536) await steps.shift()?.()
  })
  const db = openDatabase(path('copy'))
  expect(db.prepare('SELECT v FROM v').all()).toEqual([{ v: 'before' }])
  db.close()
  store.close()
})

test('REX-DLV-173 a store is copied even if every round outlasts the log of its owner', async () => {
  const store = open()
  await Promise.all(Array.from({ length: 400 }, () => store.add()))
  store.db.carry()
  let more = true
  const writing = (async () => {
    for (; more; await new Promise(setImmediate)) await store.add()
  })()
  await copied().finally(() => {
    more = false
  })
  await writing
  const [one = [], two = []] = numbersIn('copy')
  expect(one).toEqual(two)
  expect(one).toEqual(upTo(one.length))
  expect(one.length).toBeGreaterThan(400)
  store.close()
})

test('REX-DLV-173 the copy of a store whose owner writes too fast is refused with that reason', async () => {
  const store = open()
  await store.add()
  await store.commit(() => store.db.exec('CREATE TABLE v (v TEXT); INSERT INTO v VALUES (1)'))
  const refused = copied(async () => {
    await store.commit(() => store.db.exec('UPDATE v SET v = v + 1'))
    store.db.carry()
  })
  await expect(refused).rejects.toMatchObject({ reason: 'STORE_IN_USE' })
  store.close()
})

test('REX-DLV-173 the owner keeps its locks, even if it opens the store during the copy', async () => {
  const before = open()
  await before.add()
  await copyDatabase(path(), async () => {})
  expect(isLockedForOthers(path())).toBe(true)
  before.close()
  let store: ReturnType<typeof open> | undefined
  await copyDatabase(path(), async () => {
    store ??= open()
  })
  expect(isLockedForOthers(path())).toBe(true)
  // This closes the file, so the system releases the locks of this process, and other processes are no longer locked
  // out.
  readFileSync(path())
  expect(isLockedForOthers(path())).toBe(false)
  store?.close()
})
