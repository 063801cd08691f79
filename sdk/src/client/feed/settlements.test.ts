// Tests of settlements of items on a disk that is actually full (T-078). docs/guide/desk.md, "Receiving"
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Item } from '../api/items.ts'
import { systemClock } from '../clock/clock.ts'
import { observed } from '../store/observed.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import type { DeskStore } from '../store/store.ts'
import { ThreadRepository } from '../thread/repository/repository.ts'
import { Feed } from './feed.ts'

const NGO = 'https://ngo.example'
const THREAD = '00'.repeat(16)
const HOTLINE = 'https://hotline.example'
const root = mkdtempSync(join(tmpdir(), 'rex-settlements-'))
const mount = () => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', root]).status === 0
const mounted = mount()

afterAll(() => {
  if (mounted) execFileSync('umount', ['-l', root])
  rmSync(root, { recursive: true, force: true })
})

/** Fills the disk to the last byte. Returns the path of the filler. */
function fill(): string {
  const path = join(root, 'filler')
  const file = openSync(path, 'w')
  try {
    for (;;) writeSync(file, Buffer.alloc(512))
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' })
  } finally {
    closeSync(file)
  }
  return path
}

/** Fills the disk and the free space within the write-ahead log. Returns the path of the filler. */
async function exhaust(store: DeskStore): Promise<string> {
  const path = fill()
  const notice = { kind: 'store-damaged', organisation: '', noticedMs: 0, detail: '' } as const
  const isFull = () => store.commit((write) => write.putNotice(notice)).then(() => false, fullOr)
  while (!(await isFull()));
  return path
}

function fullOr(error: unknown): true {
  expect(error).toMatchObject({ reason: 'STORE_FULL' })
  return true
}

function feedOf(store: DeskStore, log: (message: string) => void = () => {}): Feed {
  const threads = new ThreadRepository(NGO, new Uint8Array(32), store)
  const stored = store.read.thread(THREAD)
  if (stored !== undefined) threads.keep(threads.shell(stored))
  const actionsOf = ((thread: { id: string }) => ({ id: thread.id })) as never
  return new Feed({
    organisation: NGO,
    store: observed(store),
    threads,
    clock: systemClock,
    actionsOf,
    warn: log,
  })
}

async function addItems(store: DeskStore, ids: readonly string[]): Promise<void> {
  const threads = new ThreadRepository(NGO, new Uint8Array(32), store)
  const summary = { kind: 'advisory', urgent: false, referrer: HOTLINE, recipients: [] }
  const thread = threads.create({ id: THREAD, role: 'recipient', test: true, summary })
  const step = { who: NGO, what: 'decide', byMs: 1 }
  const content = threads.seal(thread, { kind: 'overdue', counterpart: HOTLINE, step })
  await store.commit((write) => {
    write.putThread(threads.record(thread, 0))
    for (const id of ids) write.addItem({ id, thread: thread.id, urgent: false, content })
  })
}

test.skipIf(!mounted).each(['ack', 'nak', 'park'] as const)(
  'T-078 %s on a full disk resolves, and is stored once there is space; if the process ends before that, the item is delivered again',
  async (verb) => {
    const path = join(root, `${verb}.db`)
    const settle = (item: Item) => (verb === 'park' ? item.park('The case file is locked.') : item[verb]())
    const first = openSqliteDeskStore(path)
    await addItems(first, ['a', 'b'])
    const full = await exhaust(first)
    const logged: string[] = []
    const lost = feedOf(first, (message) => logged.push(message))
    for await (const item of lost.receive()) {
      await settle(item)
      break
    }
    expect(logged).toEqual(['The disk is full; settlements are kept in memory until there is space.'])
    lost.end()
    await first[Symbol.asyncDispose]()
    rmSync(full)

    await using store = openSqliteDeskStore(path)
    const feed = feedOf(store)
    const seen: [string, number][] = []
    for await (const item of feed.receive()) {
      seen.push([item.id, item.redelivered])
      if (seen.length === 2) break
      const again = await exhaust(store)
      await settle(item)
      await expect(settle(item)).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' })
      rmSync(again)
    }
    expect(seen).toEqual([
      ['a', 0],
      ['b', 0],
    ])
    expect(store.read.nextItem(Date.now(), [])?.id).toBe('b')
    expect(store.read.parkedItems().map(({ id }) => id)).toEqual(verb === 'park' ? ['a'] : [])
    feed.end()
  },
)
