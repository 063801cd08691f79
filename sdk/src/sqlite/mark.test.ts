// Tests of the commit count next to a store: every way to lose the last commits is detected, without false alarms.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { groupCommit } from './commit.ts'
import { openDatabase } from './database.ts'
import { openMark } from './mark.ts'

let directory: string
const path = (suffix = '') => join(directory, `store${suffix}`)
const FILES = ['', '-wal', '.mark']

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-mark-'))
  return () => rmSync(directory, { recursive: true, force: true })
})

function open() {
  const db = openDatabase(path())
  const mark = openMark(db, path('.mark'))
  db.exec('CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, content BLOB)')
  const insert = db.prepare('INSERT INTO item (content) VALUES (randomblob(3000))')
  const { commit } = groupCommit(db, { mark })
  return {
    forgot: mark.forgot,
    renew: () => commit(mark.renew),
    async add(times: number) {
      for (let i = 0; i < times; i++) await commit(() => insert.run())
    },
    count: () => db.prepare<{ n: number }>('SELECT count(*) AS n FROM item').get()?.n,
    close() {
      db.close()
      mark.close()
    },
  }
}

/** Opens and closes the store, and returns whether it had lost commits. */
function forgotWhenOpened(): boolean {
  const { forgot, close } = open()
  close()
  return forgot
}

/** Saves the files as a crash at this moment would leave them. Returns a function that restores them. */
function image(files = FILES): () => void {
  const kept = files.map((file) => [file, readFileSync(path(file), { flag: 'a+' })] as const)
  return () => {
    for (const [file, bytes] of kept) writeFileSync(path(file), bytes)
  }
}

/** Leaves a store with 100 commits in its write-ahead log and without an open process. */
async function crashed(): Promise<void> {
  const store = open()
  await store.add(100)
  const restore = image()
  store.close()
  restore()
}

test('a new store, a closed store and the store of a killed process have lost nothing', async () => {
  expect(forgotWhenOpened()).toBe(false)
  await crashed()
  const again = open()
  expect([again.forgot, again.count()]).toEqual([false, 100])
  await again.add(1)
  again.close()
  expect(forgotWhenOpened()).toBe(false)
})

test('a mark that is behind, as after a power failure, does not report a loss', async () => {
  const store = open()
  await store.add(3)
  const putBack = image(['.mark'])
  await store.add(3)
  store.close()
  putBack()
  expect(forgotWhenOpened()).toBe(false)
})

const half = (file: string) => truncateSync(path(file), Math.floor(readFileSync(path(file)).length / 2))
const flip = (file: string, at: number) => {
  const bytes = readFileSync(path(file))
  const place = Math.floor(bytes.length * at)
  bytes[place] = (bytes[place] ?? 0) ^ 1
  writeFileSync(path(file), bytes)
}

test.each([
  ['half the log', () => half('-wal')],
  ['no log', () => rmSync(path('-wal'))],
  ['an empty log', () => truncateSync(path('-wal'), 0)],
  ['a flipped bit of the log', () => flip('-wal', 0.5)],
  ['a flipped bit at the end of the log', () => flip('-wal', 0.999)],
  ['no store', () => FILES.slice(0, 2).map((file) => rmSync(path(file)))],
  ['no mark', () => rmSync(path('.mark'))],
  ['half a mark', () => half('.mark')],
])('T-140 %s is noticed', async (_, damage) => {
  await crashed()
  damage()
  const damaged = open()
  expect(damaged.forgot).toBe(true)
  await damaged.add(1)
  damaged.close()
  expect(forgotWhenOpened()).toBe(false)
})

test('T-140 a loss is reported until a commit has handled it', async () => {
  await crashed()
  rmSync(path('-wal'))
  expect([forgotWhenOpened(), forgotWhenOpened()]).toEqual([true, true])
})

test('T-140 an older copy is noticed, whatever was put back earlier', async () => {
  const store = open()
  await store.add(2)
  store.close()
  copyFileSync(path(), path('.old'))
  const later = open()
  await later.add(9)
  later.close()
  copyFileSync(path(), path('.late'))
  copyFileSync(path('.old'), path())
  const back = open()
  expect(back.forgot).toBe(true)
  await back.renew()
  await back.add(1)
  back.close()
  copyFileSync(path('.late'), path())
  expect(forgotWhenOpened()).toBe(true)
})
