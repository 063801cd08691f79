// A full disk: nothing is lost, refused or half stored, and work continues by itself once there is space (T-078).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeskLogEntry } from '../../api/desk.ts'
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
/** Larger than the free space in the last page of a table. */
const LARGE = example('content-removal-batch')
const LONG = 'It follows at once. '.repeat(500)
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
})

/** Reopens the desk of a party over a disk that can be filled. */
async function onSmallDisk(party: Party, log: (entry: DeskLogEntry) => void = () => {}): Promise<Disk> {
  await party.desk[Symbol.asyncDispose]()
  const directory = join(party.directory, 'desk')
  const keys = await openKeystore(directory, PASSPHRASE)
  const store = openSqliteDeskStore(join(directory, STORE_FILE), { maxBytes: MAX_BYTES })
  party.desk = await openDesk({ keys, store, link: openLink(keys), log })
  await party.desk.caughtUp()
  return diskOf(store)
}

interface Disk {
  fill(): Promise<void>
  free(): Promise<void>
}

/** Fills a store, to the last page, with data that its desk does not read. */
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

/** Resolves when receiving has failed this often because the disk is full. */
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
