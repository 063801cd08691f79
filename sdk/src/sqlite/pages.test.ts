// Tests of the page checksums: a flipped bit anywhere is detected, on opening and in the background, without false alarms.
import {
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, expect, test } from 'vitest'
import { backgroundCheck, checkStore } from './check.ts'
import { groupCommit } from './commit.ts'
import { isDamage } from './damage.ts'
import { openDatabase } from './database.ts'
import { openMark } from './mark.ts'
import { openPages } from './pages.ts'

const PAGE = 4096
let directory: string
const path = (suffix = '') => join(directory, `store${suffix}`)
const FILES = ['', '-wal', '.mark', '.sums']

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-pages-'))
  return () => rmSync(directory, { recursive: true, force: true })
})

function open() {
  const db = openDatabase(path())
  let mark: ReturnType<typeof openMark> | undefined
  try {
    mark = openMark(db, path('.mark'))
    db.exec('CREATE TABLE IF NOT EXISTS register (name TEXT PRIMARY KEY, content TEXT) STRICT')
    db.exec('CREATE INDEX IF NOT EXISTS register_content ON register (content)')
    db.exec('CREATE TABLE IF NOT EXISTS gone (content BLOB)')
    const pages = openPages(db, path())
    checkStore(db, pages, mark)
    const put = db.prepare('INSERT OR REPLACE INTO register VALUES (?, ?)')
    const { commit } = groupCommit(db, { mark })
    const closeMark = mark.close
    return {
      db,
      pages,
      check: backgroundCheck(db, pages),
      add: (from: number, to: number) =>
        commit(() => {
          for (let i = from; i < to; i++) put.run(`name ${i}`, `content ${i} ${'x'.repeat(200)}`)
        }),
      write: (sql: string) => commit(() => db.exec(sql)),
      close() {
        db.close()
        closeMark()
      },
    }
  } catch (error) {
    mark?.close()
    db.close()
    throw error
  }
}

/** Flips a bit in the file of a store, which may be open. */
function flip(place: number, suffix = ''): void {
  const file = openSync(path(suffix), 'r+')
  const byte = readFileSync(path(suffix)).readUInt8(place)
  writeSync(file, Buffer.of(byte ^ 4), 0, 1, place)
}

/** Saves the files as they are now. Returns a function that restores them. */
function image(files = FILES): () => void {
  const kept = files.map((file) => [file, readFileSync(path(file), { flag: 'a+' })] as const)
  return () => {
    for (const [file, bytes] of kept) writeFileSync(path(file), bytes)
  }
}

/** Fills a store. Returns the file offsets of its rows, of one of its indexes, and of an unused page. */
async function filled() {
  const store = open()
  await store.add(0, 200)
  await store.write("INSERT INTO gone SELECT randomblob(9000) FROM json_each('[1,2,3]')")
  store.db.carry()
  await store.write('DELETE FROM gone')
  const pageOf = (name: string) =>
    store.db
      .prepare<{ page: number }>(
        "SELECT max(pageno) AS page FROM dbstat WHERE name = ? AND pagetype = 'leaf'",
      )
      .get(name)?.page ?? 0
  const free = statSync(path()).size / PAGE
  const pages = { rows: pageOf('register'), index: pageOf('register_content'), free }
  store.close()
  return pages
}

const middle = (page: number) => (page - 1) * PAGE + PAGE - 200

test('a store that was written, closed, killed or emptied is not reported as damaged', async () => {
  await filled()
  open().close()
  const store = open()
  await store.add(0, 300)
  const kill = image()
  store.close()
  kill()
  const again = open()
  expect([again.pages.unlike, again.pages.vouched]).toEqual([[], true])
  await again.write('DELETE FROM register')
  while (again.check()) {}
  again.db.check()
  again.close()
  open().close()
})

test('T-080 T-140 a flipped bit in rows is reported when the store is opened; in an index or a free page it is repaired', async () => {
  const pages = await filled()
  const whole = image()
  flip(middle(pages.rows))
  expect(() => open()).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }))
  whole()
  for (const page of [pages.index, pages.free]) {
    flip(middle(page))
    const store = open()
    expect(store.pages.unlike).toEqual([page])
    const found = store.db
      .prepare<{ n: number }>(
        "SELECT count(*) AS n FROM register INDEXED BY register_content WHERE content > ''",
      )
      .get()
    expect(found?.n).toBe(200)
    store.close()
    open().close()
  }
})

test('T-080 every flipped byte of the store is noticed', async () => {
  await filled()
  const whole = image()
  const { size } = statSync(path())
  let noticed = 0
  for (let place = 60; place < size; place += 997) {
    flip(place)
    const isOpened = (() => {
      try {
        const store = open()
        const heals = store.pages.unlike.length > 0
        store.close()
        return heals ? 'heals' : 'unnoticed'
      } catch (error) {
        return isDamage(error) ? 'named' : 'other'
      }
    })()
    expect([place, isOpened]).not.toContain('unnoticed')
    expect(isOpened).not.toBe('other')
    noticed += 1
    whole()
  }
  expect(noticed).toBeGreaterThan(100)
})

test('T-080 a bit that flips in rows while the store is open ends its use; in an index or a free page it is repaired', async () => {
  const pages = await filled()
  for (const page of [pages.index, pages.free]) {
    const store = open()
    flip(middle(page))
    while (store.check()) {}
    store.db.check()
    store.close()
    open().close()
  }
  const store = open()
  flip(middle(pages.rows))
  while (store.check()) {}
  expect(isDamage(await store.db.failed)).toBe(true)
  store.close()
  expect(() => open()).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }))
})

test('T-140 a bit that flips in the log of an open store is not carried over: the rest of the log is dropped at the next opening', async () => {
  const store = open()
  await store.add(0, 100)
  store.db.carry()
  await store.add(100, 200)
  await store.add(200, 300)
  const { size } = statSync(path('-wal'))
  flip(size - 2000, '-wal')
  expect(() => store.db.carry()).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }))
  store.close()
  const db = openDatabase(path())
  const mark = openMark(db, path('.mark'))
  expect(mark.forgot).toBe(true)
  expect(db.prepare<{ n: number }>('SELECT count(*) AS n FROM register').get()?.n).toBe(200)
  db.close()
  mark.close()
  open().close()
})

/** Opens the store as another SQLite program would, which does not update the checksums. */
function elsewhere(sql: string): void {
  const db = new DatabaseSync(path())
  db.prepare(sql).all()
  db.close()
}

test('T-080 T-140 REX-DLV-155 another program that opens a store after a crash, and so moves its log, damages nothing', async () => {
  const pages = await filled()
  const first = open()
  await first.add(0, 300)
  const kill = image()
  first.close()
  kill()
  elsewhere('SELECT count(*) FROM register')
  const store = open()
  expect([store.pages.unlike, store.pages.vouched]).toEqual([[], false])
  while (store.check()) {}
  store.db.check()
  expect(store.db.prepare<{ n: number }>('SELECT count(*) AS n FROM register').get()?.n).toBe(300)
  store.close()
  flip(middle(pages.rows))
  expect(() => open()).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }))
})

test('T-080 T-140 REX-DLV-155 another program that changes a closed store is noticed', async () => {
  await filled()
  elsewhere("UPDATE register SET content = 'no' WHERE name = 'name 3'")
  expect(() => open()).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }))
})

test('T-140 an older copy is not damage, whether or not its mark is put back too', async () => {
  await filled()
  for (const suffix of ['', '.mark']) copyFileSync(path(suffix), path(`.old${suffix}`))
  for (const files of [[''], ['', '.mark']]) {
    const store = open()
    await store.add(0, 3000)
    store.close()
    for (const suffix of files) copyFileSync(path(`.old${suffix}`), path(suffix))
    open().close()
    const last = open()
    while (last.check()) {}
    last.db.check()
    last.close()
  }
})

test.each([
  ['no sums', () => rmSync(path('.sums'))],
  ['half the sums', () => writeFileSync(path('.sums'), readFileSync(path('.sums')).subarray(0, 5000))],
  ['a flipped bit in the sums', () => flip(4500, '.sums')],
  ['a flipped bit in their count', () => flip(50, '.sums')],
])('%s: the structure is checked instead, and they are made anew', async (_, damage) => {
  const pages = await filled()
  damage()
  const store = open()
  expect([store.pages.unlike, store.pages.vouched]).toEqual([[], false])
  store.close()
  const again = open()
  expect(again.pages.vouched).toBe(true)
  again.close()
  flip(middle(pages.rows))
  expect(() => open()).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }))
})
