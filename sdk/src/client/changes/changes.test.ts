// Each change of a desk is recorded once, in order, in the same transaction as the data that changed.
// docs/guide/desk.md, "Changes"
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import type { DeskChange } from '../api/changes.ts'
import type { Desk } from '../api/desk.ts'
import { systemClock } from '../clock/clock.ts'
import { CHANGES_KEPT } from '../store/changes.ts'
import { addMessages, delivery, hex, NGO, thread as record } from '../store/contract/records.ts'
import { observed } from '../store/observed.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import { Changes } from './changes.ts'

const root = mkdtempSync(join(tmpdir(), 'rex-changes-'))
const path = join(root, 'desk.db')
afterAll(() => rmSync(root, { recursive: true }))

/** Opens the changes of a store. */
function changesOf(store = openSqliteDeskStore(':memory:', { durable: false })) {
  const watched = observed(store)
  return { store: watched, changes: new Changes({ store: watched, clock: systemClock }) }
}

const all = async (desk: Pick<Desk, 'readChanges'>) => (await desk.readChanges({ limit: 1000 })).changes
/** Describes changes in a word or two each. */
const short = (changes: readonly DeskChange[]) =>
  changes.map((change) =>
    [change.kind, 'state' in change ? change.state : undefined].filter(Boolean).join(' '),
  )

test('a referral and its answer are recorded as changes at both desks, once each and in order', async () => {
  await using network = await testNetwork(['hotline', 'ngo'])
  const { hotline, ngo } = network.desks
  const thread = await hotline.send(buildReferral(), { to: NGO })
  await network.settle()
  const theirs = await ngo.thread(thread.id)
  await theirs.accept()
  await network.settle()
  await theirs.markSeen()
  await theirs.hold()
  await network.settle()
  expect(short(await all(hotline))).toEqual([
    'message counted',
    ...['intended', 'submitted', 'stored', 'received'].map((state) => `delivery ${state}`),
    'message counted',
    'delivery seen',
  ])
  const [refer, ...deliveries] = await all(hotline)
  const [{ digest } = { digest: '' }] = (await thread.changes()).events
  expect(refer).toMatchObject({ thread: thread.id, message: digest, mine: true })
  expect(deliveries[0]).toMatchObject({ thread: thread.id, message: digest, recipient: NGO })
  expect((await all(ngo))[0]).toMatchObject({ kind: 'message', message: digest, mine: false })
  expect(short(await all(ngo)).at(-1)).toBe('hold held')
  const cursors = (await all(hotline)).map(({ cursor }) => Number(cursor))
  expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b))
  const after = cursors[2] as number
  const rest = await hotline.readChanges({ after: String(after), limit: 2 })
  expect([rest.changes.map(({ cursor }) => Number(cursor)), rest.cursor]).toEqual([
    [after + 1, after + 2],
    await hotline.readChanges({ after: String(after), limit: 2 }).then(({ cursor }) => cursor),
  ])
})

test('a step that falls due, and an item that is set aside, put back and settled, are recorded as changes', async () => {
  await using network = await testNetwork(['hotline', 'ngo'])
  const { hotline, ngo } = network.desks
  await hotline.send(buildReferral(), { to: NGO })
  await network.settle()
  for await (const item of ngo.receive()) {
    await item.park('The case file is locked.')
    break
  }
  const [parked] = await ngo.parked()
  await parked?.unpark()
  for await (const item of ngo.receive()) {
    await item.park('It is still locked.')
    break
  }
  await (await ngo.parked())[0]?.ack()
  const last = await hotline.lastChange()
  await network.clock.advance({ days: 5 })
  const { changes } = await hotline.readChanges({ after: last })
  expect(short(changes)).toContain('alarm overdue')
  const states = (await all(ngo)).flatMap((one) => (one.kind === 'item' ? [one.state] : []))
  expect(states).toEqual(['parked', 'waiting', 'parked', 'settled'])
})

test('T-155 an erased thread has one change left; its other changes keep their places but no longer identify it', async () => {
  const { store, changes } = changesOf(openSqliteDeskStore(path))
  const first = store.keys.add(1, () => new Uint8Array([1]))
  await store.commit((write) => {
    addMessages(write, 'm')
    write.addDelivery(delivery('m'))
    write.putThread({ ...record('t1', 1), slot: first })
    write.eraseThread({ id: hex('t1'), erasedMs: 1, reason: 'retention', forced: false, slot: 0 })
  })
  expect((await changes.read()).changes).toMatchObject([
    { kind: 'erased', thread: hex('t1'), reason: 'retention' },
  ])
  await store.commit((write) => write.updateDelivery(delivery('m'), { state: 'seen' }))
  expect((await changes.read()).changes).toHaveLength(1)
  await store[Symbol.asyncDispose]()
  const db = new DatabaseSync(path)
  const rows = db.prepare("SELECT * FROM change WHERE kind <> 'erased'").all()
  db.close()
  expect(rows.length).toBeGreaterThanOrEqual(2)
  for (const row of rows)
    expect(row).toMatchObject({ thread: null, message: null, party: null, detail: null })
})

test('changes of erased threads do not hide later changes', async () => {
  const { store, changes } = changesOf()
  await store.commit((write) => {
    write.putThread(record('t1', 1))
    for (let n = 0; n < 300; n++) write.noteHold(hex('t1'), n % 2 === 0)
    write.eraseThread({ id: hex('t1'), erasedMs: 1, reason: 'retention', forced: false, slot: 0 })
  })
  const erased = { kind: 'erased', thread: hex('t1') }
  for (const options of [{}, { limit: 1 }, { waitMs: 60_000, limit: 100 }])
    expect((await changes.read(options)).changes).toMatchObject([erased])
})

test('a failed write records no change, and a waiting reader gets the change of the next write', async () => {
  const { store, changes } = changesOf()
  const waiting = changes.read({ waitMs: 60_000 })
  const failing = store.commit((write) => {
    addMessages(write, 'a')
    throw new Error('failed')
  })
  await expect(failing).rejects.toThrow('failed')
  await store.commit((write) => void addMessages(write, 'b'))
  expect((await waiting).changes).toMatchObject([{ message: hex('b'), cursor: '1' }])
})

test('an abort signal and the closing of the desk end a wait; a foreign cursor is refused', async () => {
  const { changes } = changesOf()
  const end = new AbortController()
  const waiting = changes.read({ waitMs: 60_000, signal: end.signal })
  end.abort()
  await expect(waiting).rejects.toMatchObject({ reason: 'CANCELLED' })
  await expect(changes.read({ after: '7-x' })).rejects.toMatchObject({ reason: 'MALFORMED', path: 'after' })
  expect(await changes.read({ after: '0' })).toEqual({ changes: [], cursor: '0' })
})

test('after a restore, earlier cursors have expired, and new changes have higher cursors', async () => {
  const { store, changes } = changesOf()
  await store.commit((write) => void addMessages(write, 'a', 'b'))
  expect(changes.last()).toBe('2')
  await store.beginAnew()
  const cursor = changes.last()
  for (const after of ['0', '1', '2', '3'])
    await expect(changes.read({ after })).rejects.toMatchObject({ reason: 'EXPIRED', metadata: { cursor } })
  expect((await changes.read()).changes).toMatchObject([{ kind: 'restored', cursor }])
  await store.beginAnew()
  expect(Number(changes.last())).toBeGreaterThan(Number(cursor))
})

test('the desk keeps 100 000 changes; a later reader is told to read the lists again', async () => {
  const { store, changes } = changesOf()
  await store.commit((write) => {
    addMessages(write, 'a')
    for (let n = 0; n < CHANGES_KEPT + 300; n++) write.noteHold(hex('t1'), n % 2 === 0)
  })
  const { first, last } = store.read.changeBounds()
  expect(last - first + 1).toBeGreaterThanOrEqual(CHANGES_KEPT)
  expect(last - first + 1).toBeLessThan(CHANGES_KEPT + 300)
  await expect(changes.read({ after: '1' })).rejects.toMatchObject({ reason: 'EXPIRED' })
  expect((await changes.read({ after: String(first - 1), limit: 1 })).cursor).toBe(String(first))
})

test('changes older than 30 days are removed, except the last one', async () => {
  const old = join(root, 'old.db')
  const made = openSqliteDeskStore(old)
  await made.commit((write) => void addMessages(write, 'a', 'b', 'c'))
  await made[Symbol.asyncDispose]()
  const db = new DatabaseSync(old)
  db.exec('UPDATE change SET atMs = atMs - 31 * 86400000')
  db.close()
  rmSync(`${old}.sums`)
  await using store = openSqliteDeskStore(old)
  await changesOf(store).changes.removeOld()
  expect(store.read.changeBounds()).toEqual({ first: 3, isOld: true, last: 3 })
})
