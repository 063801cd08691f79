// Tests of damaged rows in the desk store: partners resend the messages that they still have, and nothing else changes (T-080, T-140).
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import {
  eventOf,
  example,
  next,
  openAgain,
  type Party,
  referralOf,
  withParties,
} from '../tests/harness/parties.ts'

let hotline: Party
let ngo: Party

withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const storeOf = ({ directory }: Party) => join(directory, 'desk', 'desk.db')
const codesOf = async ({ desk }: Party) => (await desk.health()).problems.map(({ code }) => code)
const stateOf = async ({ desk }: Party, id: string) => (await (await desk.thread(id)).view()).state
const listed = async ({ desk }: Party, id: string) =>
  (await desk.threads({ idPrefix: id })).map(({ state }) => state)
const becomes = (party: Party, id: string, state: string) =>
  expect.poll(() => stateOf(party, id).catch(() => '')).toBe(state)

/** Sends a referral, and takes it from the recipient's feed. */
async function received(): Promise<string> {
  const { id } = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  await next(ngo.desk, referralOf(id))
  return id
}

/** Reads rows from a database of a closed desk. */
function rowsOf<Row>(path: string, query: string, ...values: (string | number)[]): Row[] {
  const db = new DatabaseSync(new URL(`file://${path}?immutable=1`), { readOnly: true })
  const rows = db.prepare(query).all(...values) as Row[]
  db.close()
  return rows
}

/** Finds the bytes to damage, and the file that contains them. */
type Find = (store: string, thread: string) => readonly [path: string, bytes: Uint8Array | undefined]

const inStore =
  (query: string): Find =>
  (store, thread) => [store, rowsOf<{ bytes: Uint8Array }>(store, query, thread)[0]?.bytes]
const MESSAGES =
  'SELECT m.content AS bytes FROM message m JOIN thread t ON t.sequence = m.thread WHERE t.id = unhex(?) ORDER BY m.sequence'
const refer = inStore(MESSAGES)
const secondEvent = inStore(`${MESSAGES} LIMIT 1 OFFSET 1`)
const summary = inStore('SELECT summary AS bytes FROM thread WHERE id = unhex(?)')
const item = inStore('SELECT content AS bytes FROM item WHERE thread = ?')
const key: Find = (store, thread) => {
  const path = join(dirname(store), 'desk-keys.db')
  const [{ slot = 0 } = {}] = rowsOf<{ slot: number }>(
    store,
    'SELECT slot FROM thread WHERE id = unhex(?)',
    thread,
  )
  return [
    path,
    rowsOf<{ bytes: Uint8Array }>(path, 'SELECT key AS bytes FROM thread_key WHERE slot = ?', slot)[0]?.bytes,
  ]
}

/** Closes a desk, overwrites some of these bytes in the file, and opens the desk again. */
async function damaged(
  party: Party,
  find: Find,
  thread: string,
  change: (path: string) => unknown = () => {},
): Promise<void> {
  await party.desk[Symbol.asyncDispose]()
  const [path, bytes = new Uint8Array()] = find(storeOf(party), thread)
  const place = readFileSync(path).indexOf(bytes.subarray(0, 40))
  expect([bytes.length > 0, place > 0]).toEqual([true, true])
  const file = openSync(path, 'r+')
  writeSync(file, 'damage', place + 20)
  closeSync(file)
  await change(path)
  party.desk = await openAgain(party.directory)
}

test.each([
  ['with its checksum', () => {}],
  ['and the checksums are gone', (path: string) => rmSync(`${path}.sums`)],
])(
  'T-080 T-140 REX-MBX-108 a damaged referral %s comes again from its sender, and own answers to it stay',
  async (_, change) => {
    const [id, other] = [await received(), await received()]
    await (await ngo.desk.thread(id)).accept({ reference: 'N-1' })
    await becomes(hotline, id, 'accepted')
    await damaged(ngo, refer, id, change)
    expect(await codesOf(ngo)).toContain('desk-restored')
    expect(await stateOf(ngo, other)).toBe('requested')
    await next(ngo.desk, referralOf(id))
    await becomes(ngo, id, 'accepted')
    await (await ngo.desk.thread(id)).progress({ code: 'contact-made' })
    await becomes(hotline, id, 'in-progress')
    await ngo.desk[Symbol.asyncDispose]()
    ngo.desk = await openAgain(ngo.directory)
    expect([await listed(ngo, id), await stateOf(ngo, other)]).toEqual([['in-progress'], 'requested'])
    expect(await codesOf(ngo)).not.toContain('store-damaged')
  },
)

test('T-080 T-140 REX-MBX-108 a thread whose key is damaged arrives again, and a person is told which thread', async () => {
  const id = await received()
  await damaged(ngo, key, id)
  const { problems } = await ngo.desk.health()
  expect(problems.find(({ code }) => code === 'desk-restored')?.message).toContain(id)
  await next(ngo.desk, referralOf(id))
  await becomes(ngo, id, 'requested')
  await (await ngo.desk.thread(id)).accept()
  await becomes(hotline, id, 'accepted')
})

test('T-080 T-140 REX-MBX-108 a damaged summary is rebuilt from the refer: own messages stay, and nothing is resent', async () => {
  const id = await received()
  await (await ngo.desk.thread(id)).accept({ reference: 'N-1' })
  await becomes(hotline, id, 'accepted')
  const listedBefore = await ngo.desk.threads({ idPrefix: id })
  await damaged(ngo, summary, id)
  const { problems } = await ngo.desk.health()
  expect(problems.filter(({ code, message }) => code === 'store-damaged' || message.includes(id))).toEqual([])
  expect(await ngo.desk.threads({ idPrefix: id })).toEqual(listedBefore)
  const thread = await ngo.desk.thread(id)
  expect((await thread.changes()).events.map(({ type }) => type)).toEqual(['refer', 'accept'])
  expect((await thread.view()).legalHold?.note).toContain('damaged')
  await thread.release()
  await thread.progress({ code: 'contact-made' })
  await becomes(hotline, id, 'in-progress')
})

test('T-080 T-140 REX-MBX-108 a damaged event arrives again and gets its place between the others', async () => {
  const id = await received()
  await (await hotline.desk.thread(id)).note({ text: 'The family has moved.' })
  const noted = eventOf(id, 'note')
  await next(ngo.desk, noted)
  await (await ngo.desk.thread(id)).accept()
  await becomes(hotline, id, 'accepted')
  await damaged(ngo, secondEvent, id)
  await next(ngo.desk, noted)
  await becomes(ngo, id, 'accepted')
  const thread = await ngo.desk.thread(id)
  expect((await thread.changes()).events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['refer', 'note', 'accept']),
  )
})

test('T-080 T-140 REX-MBX-108 a damaged item is nevertheless delivered', async () => {
  const { id } = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  await becomes(ngo, id, 'requested')
  await damaged(ngo, item, id)
  await next(ngo.desk, referralOf(id))
  expect(await ngo.desk.parked()).toEqual([])
})

test.each([
  ['refer', refer],
  ['summary', summary],
])(
  'T-080 T-140 REX-MBX-108 a damaged %s that nobody resends is kept, and the store counts as damaged until it is restored',
  async (_, find) => {
    const id = await received()
    await damaged(hotline, find, id)
    expect(await listed(hotline, id)).toEqual(['unreadable'])
    expect(await codesOf(hotline)).toContain('store-damaged')
    expect(await codesOf(hotline)).not.toContain('desk-restored')
    const other = await received()
    await becomes(ngo, other, 'requested')
  },
)

test('T-080 T-140 REX-MBX-108 if summary and refer are damaged, the thread is received again unless an own message would be lost', async () => {
  const both = (id: string) =>
    damaged(ngo, refer, id, (path) => {
      const [, bytes = new Uint8Array()] = summary(path, id)
      const file = openSync(path, 'r+')
      writeSync(file, 'damage', readFileSync(path).indexOf(bytes.subarray(0, 40)) + 20)
      closeSync(file)
    })
  const plain = await received()
  await both(plain)
  await next(ngo.desk, referralOf(plain))
  await becomes(ngo, plain, 'requested')
  const answered = await received()
  await (await ngo.desk.thread(answered)).accept({ reference: 'N-1' })
  await becomes(hotline, answered, 'accepted')
  await both(answered)
  expect(await listed(ngo, answered)).toEqual(['unreadable'])
  expect(await codesOf(ngo)).toContain('store-damaged')
  await ngo.desk[Symbol.asyncDispose]()
  expect(rowsOf(storeOf(ngo), MESSAGES, answered)).toHaveLength(2)
  ngo.desk = await openAgain(ngo.directory)
})
