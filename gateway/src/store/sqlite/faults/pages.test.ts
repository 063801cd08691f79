// Tests that a flipped byte in a row without its own checksum is noticed at start and while the gateway runs (T-080, T-140).
import { closeSync, cpSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../../testing/directory.ts'
import { openSqliteStore } from '../store.ts'

const JWT = 'a statement of somebody, which is believed as it stands here'

/** Flips a bit of the statement in the file. */
function flip(path: string): void {
  const place = readFileSync(path).indexOf(JWT)
  expect(place).toBeGreaterThan(0)
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.of(JWT.charCodeAt(3) ^ 1), 0, 1, place + 3)
  closeSync(file)
}

async function filled(path: string) {
  const store = openSqliteStore(path)
  await store.commit(({ statements }) =>
    statements.put({ organisation: 'https://ngo.example', jwt: JWT, issuedMs: 1 }),
  )
  return store
}

test('T-080 T-140 after a bit flip in a closed store, the gateway sets the store aside and begins a new one', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const first = await filled(path)
  const { incarnation } = first
  await first[Symbol.asyncDispose]()
  flip(path)
  const store = openSqliteStore(path)
  expect([store.damage?.kind, store.read.statements.list()]).toEqual(['damaged', []])
  expect(store.incarnation).not.toEqual(incarnation)
  expect(readdirSync(directory.path).filter((name) => name.includes('.damaged-')).length).toBeGreaterThan(0)
  await store[Symbol.asyncDispose]()
})

test('T-080 T-140 after a bit flip in a register of an open store, the gateway stops; its next start sets the store aside', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  await (await filled(path))[Symbol.asyncDispose]()
  const store = openSqliteStore(path)
  while (store.checkPages()) {}
  expect(store.checked()).toEqual({ checked: store.checked().of, of: store.checked().of })
  flip(path)
  while (store.checkPages()) {}
  await expect(store.failed).resolves.toMatchObject({ reason: 'STORE_FAILED' })
  expect(() => store.read.statements.list()).toThrow(expect.objectContaining({ reason: 'STORE_FAILED' }))
  await store[Symbol.asyncDispose]()
  const again = openSqliteStore(path)
  expect(again.damage?.kind).toBe('damaged')
  await again[Symbol.asyncDispose]()
})

test('T-080 T-140 a bit flip right after a new store began is noticed at the next start, too', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  await (await filled(path))[Symbol.asyncDispose]()
  rmSync(`${path}.mark`)
  const store = openSqliteStore(path)
  expect(store.damage?.kind).toBe('forgot')
  using copy = temporaryDirectory()
  cpSync(directory.path, copy.path, { recursive: true })
  const killed = join(copy.path, 'store.sqlite')
  flip(path)
  while (store.checkPages()) {}
  await expect(store.failed).resolves.toMatchObject({ reason: 'STORE_FAILED' })
  await store[Symbol.asyncDispose]()
  flip(killed)
  for (const damaged of [path, killed]) {
    const again = openSqliteStore(damaged)
    expect([damaged, again.damage?.kind]).toEqual([damaged, 'damaged'])
    await again[Symbol.asyncDispose]()
  }
})
