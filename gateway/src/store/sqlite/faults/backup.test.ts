// Tests copies that are made file by file while the gateway writes. A copy is intact up to a commit, or reported as damaged (T-083).
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../../testing/directory.ts'
import { openSqliteStore } from '../store.ts'

const FILES = ['', '-wal', '.mark']

/** Copies the files in this order, with `between` commits after each copy. Returns how each copy opens. */
async function openedCopy(order: readonly string[], between: number) {
  using directory = temporaryDirectory()
  const [from, to] = ['live', 'copy'].map((name) => join(directory.path, name)) as [string, string]
  for (const path of [from, to]) mkdirSync(path)
  const path = join(from, 'store.sqlite')
  const live = openSqliteStore(path)
  let added = 0
  const add = () => live.commit(({ tokens }) => tokens.add(randomBytes(32), ++added, 'x'.repeat(20_000)))
  for (let i = 0; i < 100; i++) await add()
  for (const suffix of order) {
    copyFileSync(path + suffix, join(to, `store.sqlite${suffix}`))
    for (let i = 0; i < between; i++) await add()
  }
  await live[Symbol.asyncDispose]()
  const copy = openSqliteStore(join(to, 'store.sqlite'))
  const { damage } = copy
  await copy[Symbol.asyncDispose]()
  const db = new DatabaseSync(join(to, 'store.sqlite'), { readOnly: true })
  const kept = db.prepare('SELECT expires_ms AS n FROM token ORDER BY n').all()
  db.close()
  return { damage: damage?.kind, isWhole: kept.every(({ n }, i) => n === i + 1) }
}

/** Number of commits that suffices to checkpoint the log and restart it. */
const MANY = 500

// Some copies have two permitted results. The keys of rows are random, so chance decides whether pages from
// different times contradict each other.
test.each([
  [FILES, 0, [undefined]],
  [FILES, 10, ['forgot']],
  [FILES, MANY, ['damaged', 'forgot']],
  [['-wal', '', '.mark'], 10, ['forgot']],
  [['-wal', '', '.mark'], MANY, ['damaged', 'forgot']],
  [['.mark', '-wal', ''], 10, [undefined]],
  [['.mark', '-wal', ''], MANY, ['damaged', undefined]],
])('T-083 files copied in the order %j, with %i commits between: %j', async (order, between, found) => {
  const { damage, isWhole } = await openedCopy(order, between)
  expect(isWhole).toBe(true)
  expect(found).toContain(damage)
})
