// Tests of crashes at every step of an erasure, and of older copies that are restored (T-142, T-155). docs/guide/desk.md, "Erasure"
import { hash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { openSqliteDeskStore } from '../sqlite.ts'
import type { DeskStore } from '../store.ts'

const root = mkdtempSync(join(tmpdir(), 'rex-erasures-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const keyOf = (slot: number) => Buffer.from(`wrapped key of slot ${slot}.`.padEnd(60, `${slot % 10}`))
const idOf = (slot: number) => `${slot}`.padStart(32, '0')
const open = (directory: string, steady = () => 0) =>
  openSqliteDeskStore(join(directory, 'desk.db'), { steady })
const hasKey = (directory: string, slot: number) =>
  readdirSync(directory).some((name) => readFileSync(join(directory, name)).includes(keyOf(slot)))
const listOf = (directory: string) =>
  readdirSync(directory).includes('desk.db.erased')
    ? readFileSync(join(directory, 'desk.db.erased'), 'utf8').trimEnd().split('\n').length
    : 0

/** Writes and closes a store whose threads have one key each. Returns its path. */
async function stored(threads: number): Promise<string> {
  const directory = mkdtempSync(join(root, 'desk-'))
  await using store = open(directory)
  store.keys.add(threads, keyOf)
  await Promise.all(Array.from({ length: threads }, (_, i) => put(store, i + 1, i + 1)))
  return directory
}

/** `answer`: slot of the key for the thread's answer. */
const erase = (store: DeskStore, slot: number, answer = 0) =>
  store.commit((write) =>
    write.eraseThread({ id: idOf(slot), erasedMs: slot, reason: 'request', forced: false, slot: answer }),
  )

const put = (store: DeskStore, id: number, slot: number) =>
  store.commit((write) =>
    write.putThread({
      ...{ id: idOf(id), role: 'recipient', test: true, slot },
      ...{ summary: Buffer.of(1), refMac: '', updatedMs: slot },
    }),
  )

const contentOf = (directory: string) =>
  readdirSync(directory)
    .map((name) => hash('sha1', readFileSync(join(directory, name)), 'hex'))
    .join()

/** Calls `first` before every call of a method. Returns a function that removes the hook. */
function before<T extends object>(of: T, name: keyof T & string, first: () => void): () => void {
  const original = Reflect.get(of, name) as (...args: unknown[]) => unknown
  const watched = function (this: T, ...args: unknown[]) {
    first()
    return original.apply(this, args)
  }
  Object.defineProperty(of, name, { value: watched, configurable: true, writable: true })
  return () => Object.defineProperty(of, name, { value: original, configurable: true, writable: true })
}

/** Copies a directory before each statement that writes, as if the process were killed at that moment. */
async function imagesDuring(directory: string, work: () => Promise<void>): Promise<string[]> {
  const images: string[] = []
  let last = ''
  const take = () => {
    const content = contentOf(directory)
    if (content === last) return
    last = content
    const image = mkdtempSync(join(root, 'image-'))
    cpSync(directory, image, { recursive: true })
    images.push(image)
  }
  const spies = [
    before(StatementSync.prototype, 'run', take),
    before(StatementSync.prototype, 'get', take),
    before(DatabaseSync.prototype, 'exec', take),
  ]
  await work().finally(() => spies.forEach((restore) => void restore()))
  take()
  return images
}

test('T-142 T-155 a crash at any step of an erasure leaves nothing half erased', async () => {
  const directory = await stored(20)
  const store = open(directory)
  const images = await imagesDuring(directory, async () => void (await erase(store, 7)))
  await store[Symbol.asyncDispose]()
  expect(images.length).toBeGreaterThan(6)
  let erased = 0
  for (const image of images) {
    await using again = open(image)
    const isErased = again.read.thread(idOf(7))?.erased !== undefined
    erased += Number(isErased)
    const key = again.keys.get(7)
    expect([isErased, hasKey(image, 7), listOf(image)]).toEqual([isErased, !isErased, Number(isErased)])
    expect([key === undefined, Buffer.from(again.keys.get(8) ?? '')]).toEqual([isErased, keyOf(8)])
    expect([again.forgot, again.isDamaged()]).toEqual([false, false])
    rmSync(image, { recursive: true })
  }
  expect(erased).toBeGreaterThan(2)
  expect(erased).toBeLessThan(images.length)
})

test('T-142 T-155 a completion that a crash interrupts is finished at the next start', async () => {
  const directory = await stored(3)
  const store = open(directory)
  const images = await imagesDuring(directory, async () => void (await erase(store, 2)))
  await store[Symbol.asyncDispose]()
  const half = images.findLast((image) => hasKey(image, 2)) as string
  const again = await imagesDuring(half, async () => open(half)[Symbol.asyncDispose]())
  for (const image of again) {
    await open(image)[Symbol.asyncDispose]()
    expect([hasKey(image, 2), hasKey(image, 1), listOf(image)]).toEqual([false, true, 1])
  }
})

/** Files that an operator may restore, all from before the erasure. */
const COPIES: Readonly<Record<string, (name: string) => boolean>> = {
  'the whole backup': (name) => name === 'desk.db' || name === 'desk-keys.db',
  'the desk store': (name) => name === 'desk.db',
  'the keys': (name) => name === 'desk-keys.db',
  'the keys, with all beside them': (name) => name.startsWith('desk-keys.db'),
  'everything but the list': (name) => name !== 'desk.db.erased',
}

test.each(Object.entries(COPIES))('T-155 %s of before is put back: it is erased again', async (_, fits) => {
  const directory = await stored(3)
  const backup = mkdtempSync(join(root, 'backup-'))
  cpSync(directory, backup, { recursive: true })
  const store = open(directory)
  await erase(store, 2)
  await store[Symbol.asyncDispose]()
  for (const name of readdirSync(backup).filter(fits)) cpSync(join(backup, name), join(directory, name))
  await using again = open(directory)
  expect(again.read.thread(idOf(2))?.erased).toEqual({ erasedMs: 2, reason: 'request', forced: false })
  expect([hasKey(directory, 2), hasKey(directory, 1), listOf(directory)]).toEqual([false, true, 1])
})

test('T-155 a thread missing from the backup stays erased if partners send it again', async () => {
  const directory = await stored(1)
  const list = join(directory, 'desk.db.erased')
  const later = await stored(3)
  await using other = open(later)
  await erase(other, 3)
  cpSync(join(later, 'desk.db.erased'), list)
  await using store = open(directory)
  expect(store.read.erased(9)).toEqual([{ id: idOf(3), erasedMs: 3, reason: 'request', forced: false }])
  expect(store.read.thread(idOf(3))?.summary.length).toBe(0)
})

test('T-155 a damaged or lost list is rewritten, and erases nothing by mistake', async () => {
  const directory = await stored(3)
  const list = join(directory, 'desk.db.erased')
  const store = open(directory)
  await erase(store, 2)
  await store[Symbol.asyncDispose]()
  const right = readFileSync(list, 'utf8')
  for (const wrong of ['', 'x', `${right}${idOf(1)} now\n`, right.slice(0, -9)]) {
    writeFileSync(list, wrong)
    await using again = open(directory)
    expect(again.read.erased(9).map(({ id }) => id)).toEqual([idOf(2)])
    expect(readFileSync(list, 'utf8')).toBe(right)
  }
})

/** Makes every write outside a commit fail as on a full disk, until `restore`. Counts the attempts. */
function fullDisk() {
  let attempts = 0
  const restore = before(DatabaseSync.prototype, 'exec', () => {
    attempts += 1
    throw Object.assign(new Error('database or disk is full'), { errcode: 13 })
  })
  onTestFinished(restore)
  return { restore, attempts: () => attempts }
}

test.each([
  ['a commit', (store: DeskStore) => store.commit(() => {})],
  ['the check in the background', async (store: DeskStore) => void store.check()],
])(
  'T-079 T-155 REX-THR-070 a key that the full disk keeps is tried again once a minute, with %s',
  async (_, later) => {
    const directory = await stored(3)
    let ms = 0
    await using store = open(directory, () => ms)
    const disk = fullDisk()
    const completed = vi.fn()
    store.incomplete.onComplete(completed)
    const erasing = [2, 3].map((slot) =>
      store.commit((write) => {
        write.addOutgoing(Buffer.from('answer'), idOf(slot))
        write.addOutgoing(Buffer.from('other'), idOf(1))
        write.eraseThread({ id: idOf(slot), erasedMs: slot, reason: 'recall', forced: false, slot: 0 })
      }),
    )
    for (const one of erasing) await expect(one).rejects.toMatchObject({ reason: 'STORE_FULL' })
    const withheld = () => store.read.outgoing(0, 9).map((one) => one.withheld)
    expect([disk.attempts(), withheld()]).toEqual([1, [true, false, true, false]])
    for (ms of [1, 59_999]) await later(store)
    expect(disk.attempts()).toBe(1)
    for (ms of [60_000, 119_999]) await later(store)
    expect([disk.attempts(), hasKey(directory, 2), completed.mock.calls.length]).toEqual([2, true, 0])
    disk.restore()
    await later(store)
    expect(store.incomplete.failure()).toMatchObject({ reason: 'STORE_FULL' })
    ms = 120_000
    await later(store)
    expect([store.incomplete.failure(), withheld().includes(true)]).toEqual([undefined, false])
    expect([hasKey(directory, 2), hasKey(directory, 3), listOf(directory)]).toEqual([false, false, 2])
    expect(completed).toHaveBeenCalledTimes(1)
  },
)

test('T-155 REX-THR-072 an erasure is complete when its commit resolves, even in the last commit before closing', async () => {
  const directory = await stored(3)
  const store = open(directory)
  const erasing = erase(store, 2)
  await store[Symbol.asyncDispose]()
  await erasing
  expect([hasKey(directory, 2), listOf(directory)]).toEqual([false, 1])
})

test('T-155 a store copied during an erasure and put back later does not revert other erasures', async () => {
  const directory = await stored(3)
  const store = open(directory)
  const images = await imagesDuring(directory, async () => void (await erase(store, 1)))
  await erase(store, 2)
  await store[Symbol.asyncDispose]()
  const list = join(directory, 'desk.db.erased')
  for (const image of images) {
    cpSync(list, join(image, 'desk.db.erased'))
    await using again = open(image)
    expect(again.read.erased(9).map(({ id }) => id)).toEqual([idOf(1), idOf(2)])
    expect([hasKey(image, 1), hasKey(image, 2), listOf(image)]).toEqual([false, false, 2])
  }
})

/** Restores the keys and the files next to them to their state before the work. */
async function withOlderKeys(directory: string, work: (store: DeskStore) => Promise<void>): Promise<void> {
  const backup = mkdtempSync(join(root, 'backup-'))
  cpSync(directory, backup, { recursive: true })
  const store = open(directory)
  await work(store)
  await store[Symbol.asyncDispose]()
  for (const name of readdirSync(backup).filter((one) => one.startsWith('desk-keys.db')))
    cpSync(join(backup, name), join(directory, name))
}

test('T-155 T-140 the slot of an erased key is never reused, even after an older copy of the keys is put back', async () => {
  const directory = await stored(3)
  await withOlderKeys(directory, async (store) => {
    store.keys.add(1, keyOf)
    await put(store, 4, 4)
    await erase(store, 4)
  })
  const store = open(directory)
  const slot = store.keys.add(1, keyOf)
  await put(store, 9, slot)
  await store[Symbol.asyncDispose]()
  await using again = open(directory)
  expect([slot, Buffer.from(again.keys.get(slot) ?? '')]).toEqual([5, keyOf(5)])
})

test('T-155 T-140 the loss of the key of an answer is noticed, however old its thread is', async () => {
  const directory = await stored(300)
  await withOlderKeys(directory, async (store) => {
    store.keys.add(1, keyOf)
    await erase(store, 1, 301)
  })
  expect(() => open(directory)).toThrow(/desk-keys\.db was lost/)
})

test('T-155 repeated erasures never remove a key whose slot another thread uses', async () => {
  const directory = await stored(3)
  await withOlderKeys(directory, async (store) => {
    await erase(store, 2)
    await put(store, 9, 2)
    await erase(store, 3)
  })
  await using store = open(directory)
  expect([1, 2, 3].map((slot) => store.keys.get(slot)?.length)).toEqual([60, 60, undefined])
})
