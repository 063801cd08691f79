// Tests of the write-ahead log: readers never block checkpoints, so its size stays limited.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, expect, test } from 'vitest'
import { type Database, openDatabase, type Statement } from './database.ts'

/** Twice the size at which a checkpoint is due. */
const BOUND = 16 * 1024 ** 2

let path: string

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'rex-log-'))
  path = join(directory, 'store.sqlite')
  return () => rmSync(directory, { recursive: true, force: true })
})

/** Writes 40 MiB, in commits of 400 KiB. */
function writeMuch(db: Database): void {
  db.exec('CREATE TABLE IF NOT EXISTS item (content BLOB)')
  const insert = db.prepare('INSERT INTO item VALUES (randomblob(4000))')
  for (let commit = 0; commit < 100; commit++) {
    db.exec('BEGIN IMMEDIATE')
    for (let row = 0; row < 100; row++) insert.run()
    db.exec('COMMIT')
  }
}

const logBytes = () => statSync(`${path}-wal`).size

const stops = (): never => {
  throw new Error('Stop.')
}

test.each<[string, (all: Statement<object>) => unknown]>([
  ['the first row', (all) => all.get()],
  ['up to a row', (all) => all.until(() => true)],
  ['up to an error', (all) => expect(() => all.until(stops)).toThrow()],
  ['whether there is a row', (all) => all.some(() => true)],
  ['whether there is a row, up to an error', (all) => expect(() => all.some(stops)).toThrow()],
])('T-082 the log stays small after a statement that has more rows has read %s', (_, read) => {
  const db = openDatabase(path)
  writeMuch(db)
  const all = db.prepare<object>('SELECT content FROM item')
  read(all)
  writeMuch(db)
  expect(logBytes()).toBeLessThan(BOUND)
  db.close()
})

test('T-082 another process cannot read an open store, so it cannot block checkpoints', () => {
  const db = openDatabase(path)
  writeMuch(db)
  const script = `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)}, { readOnly: true }).exec('BEGIN; SELECT count(*) FROM item')`
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain('database is locked')
  writeMuch(db)
  expect(logBytes()).toBeLessThan(BOUND)
  db.close()
})

test('T-082 a store is not opened while another process reads it', () => {
  openDatabase(path).close()
  const reader = new DatabaseSync(path)
  reader.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
  expect(() => openDatabase(path)).toThrow(expect.objectContaining({ reason: 'STORE_IN_USE' }))
  reader.close()
  const db = openDatabase(path)
  writeMuch(db)
  expect(logBytes()).toBeLessThan(BOUND)
  db.close()
})
