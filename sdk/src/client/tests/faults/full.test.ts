// A full disk: nothing is lost, refused or partly stored, and work continues automatically once there is space (T-078).
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeskLogEntry } from '../../api/desk.ts'
import type { Thread } from '../../api/thread.ts'
import { openDesk } from '../../desk.ts'
import { openLink } from '../../gateway/link.ts'
import { openKeystore } from '../../keys/keystore.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import type { DeskStore } from '../../store/store.ts'
import {
  closeAll,
  eventOf,
  example,
  next,
  PASSPHRASE,
  type Party,
  parties,
  referralOf,
} from '../harness/parties.ts'

const MAX_BYTES = 2 ** 20
/** A referral larger than the free space in the last page of a table. */
const LARGE = example('content-removal-batch')
const LONG = 'It follows at once. '.repeat(500)
/** A file system of 16 MiB, or a plain directory if this user may not mount one. */
const small = mkdtempSync(join(tmpdir(), 'rex-small-'))
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', small]).status === 0
let root: string
let all: Party[]
let hotline: Party
let ngo: Party

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'rex-full-'))
  all = await parties(root, ['hotline', 'ngo'])
  ;[hotline, ngo] = all as [Party, Party]
})

afterAll(async () => {
  await closeAll(all)
  rmSync(root, { recursive: true, force: true })
  if (mounted) execFileSync('umount', ['-l', small])
  rmSync(small, { recursive: true, force: true })
})

/** Reopens the desk of a party on a disk that can be filled. */
async function onSmallDisk(party: Party, log: (entry: DeskLogEntry) => void = () => {}): Promise<Disk> {
  await party.desk[Symbol.asyncDispose]()
  return diskOf(await openAt(party, join(party.directory, 'desk'), { maxBytes: MAX_BYTES, log }))
}

async function openAt(
  party: Party,
  directory: string,
  { maxBytes, log = () => {} }: { maxBytes?: number; log?: (entry: DeskLogEntry) => void } = {},
): Promise<DeskStore> {
  const keys = await openKeystore(directory, PASSPHRASE)
  const store = openSqliteDeskStore(join(directory, STORE_FILE), { maxBytes })
  party.desk = await openDesk({ keys, store, link: openLink(keys), log })
  await party.desk.caughtUp()
  return store
}

interface Disk {
  fill(): Promise<void>
  free(): Promise<void>
}

/** Fills a store to the last page with data that its desk does not read. */
function diskOf({ commit }: DeskStore): Disk {
  const filler: string[] = []
  const add = (bytes: number) => {
    const organisation = `filler-${filler.length}`
    filler.push(organisation)
    return commit((write) =>
      write.putPeer({ organisation, configuration: 'x'.repeat(bytes), pairedMs: 0 }),
    ).then(
      () => true,
      () => false,
    )
  }
  return {
    async fill() {
      for (const bytes of [100_000, 4_000, 900, 100]) while (await add(bytes));
    },
    free: () =>
      commit((write) => {
        for (const organisation of filler) write.deletePeer(organisation)
      }),
  }
}

/** Resolves when receiving has failed this many times because the disk is full. */
function failing(times: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = times
  const log = ({ message, fields }: DeskLogEntry) => {
    if (message === 'Receiving paused.' && fields.reason === 'STORE_FULL' && --left === 0) resolve()
  }
  return { promise, log }
}

test('T-078 while the disk is full, arriving messages are not kept, shown or refused; then they are received', async () => {
  const { promise: failed, log } = failing(3)
  const disk = await onSmallDisk(ngo, log)
  await disk.fill()
  const mine = await hotline.desk.send(LARGE, { to: ngo.id })
  await mine.note({ text: LONG })
  await failed
  expect(await ngo.desk.threads()).toEqual([])
  await disk.free()
  const { thread } = await next(ngo.desk, referralOf(mine.id))
  await next(ngo.desk, eventOf(mine.id, 'note'))
  expect((await thread.changes()).events.map(({ type }) => type)).toEqual(['refer', 'note'])
  const states = async () => (await mine.view()).delivery.map(({ state }) => state)
  await expect.poll(states).toEqual(['received', 'received'])
  await thread.accept()
  await next(hotline.desk, eventOf(mine.id, 'accept'))
})

test('T-078 while the disk is full, a verb and a send fail with a typed error and leave no trace; then they work', async () => {
  const before = (await hotline.desk.threads()).length
  const disk = await onSmallDisk(hotline)
  const mine = await hotline.desk.send(LARGE, { to: ngo.id })
  await next(ngo.desk, referralOf(mine.id))
  await hotline.desk.drain()
  await disk.fill()
  const send = () => hotline.desk.send(LARGE, { to: ngo.id, key: 'second' })
  await expect(send()).rejects.toMatchObject({ reason: 'STORE_FULL' })
  await expect(mine.withdraw({ code: 'no-longer-needed', text: LONG })).rejects.toMatchObject({
    reason: 'STORE_FULL',
  })
  expect((await mine.changes()).events.map(({ type }) => type)).toEqual(['refer'])
  expect((await mine.view()).state).toBe('requested')
  expect(await hotline.desk.threads()).toHaveLength(before + 1)
  await disk.free()
  await mine.note({ text: 'Still wanted.' })
  await next(ngo.desk, eventOf(mine.id, 'note'))
  await next(ngo.desk, referralOf((await send()).id))
  expect((await (await ngo.desk.thread(mine.id)).view()).frozen).toBeUndefined()
})

/** Sends a referral, and takes it from the recipient's feed. */
async function received(): Promise<Thread> {
  const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  await next(ngo.desk, referralOf(mine.id))
  return mine
}

test.skipIf(!mounted)(
  'T-079 T-155 REX-THR-070 on a full disk, `destroyed` is sent only when the key is gone, and nothing else is delayed',
  async () => {
    const [mine, other] = [await received(), await received()]
    await mine.recall({ code: 'sent-to-wrong-recipient' })
    await next(ngo.desk, eventOf(mine.id, 'recall'))
    await ngo.desk[Symbol.asyncDispose]()
    cpSync(join(ngo.directory, 'desk'), small, { recursive: true })
    // With so many keys, the disk will have space for commits, but not for rewriting the keys.
    const closed = openSqliteDeskStore(join(small, STORE_FILE))
    closed.keys.add(40_000, () => new Uint8Array(60))
    await closed[Symbol.asyncDispose]()
    const store = await openAt(ngo, small)
    const { bavail, bsize } = statfsSync(small)
    const filler = join(small, 'filler')
    writeFileSync(filler, new Uint8Array(bavail * bsize - 800 * 1024))
    const key = Buffer.from(store.keys.get(store.read.thread(mine.id)?.slot ?? 0) as Uint8Array)
    const hasKey = () => readdirSync(small).some((name) => readFileSync(join(small, name)).includes(key))
    const theirs = await ngo.desk.thread(mine.id)
    const erase = () => theirs.erase({ reason: 'recall' })
    await expect(erase()).rejects.toMatchObject({
      reason: 'STORE_FULL',
      message: expect.stringContaining('keys of erased referrals'),
    })
    await (await ngo.desk.thread(other.id)).accept()
    await next(hotline.desk, eventOf(other.id, 'accept'))
    expect(store.read.outgoing(0, 9)).toMatchObject([{ withheld: true }])
    expect(store.read.deliveries(mine.id)).toMatchObject([{ state: 'intended' }])
    expect((await ngo.desk.health()).problems.map(({ code }) => code)).toContain('disk-low')
    await expect(erase()).rejects.toMatchObject({ reason: 'STORE_FULL' })
    rmSync(filler)
    await erase()
    expect(hasKey()).toBe(false)
    await next(hotline.desk, eventOf(mine.id, 'recall-attestation'))
    expect((await ngo.desk.health()).problems.map(({ code }) => code)).not.toContain('disk-low')
  },
)
