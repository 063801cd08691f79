// Tests of bytes that change in the file while the gateway runs. docs/spec/delivery.md, "Durability"
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../testing/directory.ts'
import type { Damage } from '../damage.ts'
import type { Store } from '../store.ts'
import { openSqliteStore } from './store.ts'

const PEER = 'https://ngo.example'
const QUEUE = { lane: 'routine', peer: PEER } as const
const PART = { recipient: PEER, urgent: false }
const HOUR = 3_600_000
/** Contents that together exceed SQLite's cache, so that reads go to the file. */
const CONTENTS = Array.from({ length: 40 }, () => randomBytes(500_000))

/** Flips one bit of `content` in the file of an open store. */
function flip(path: string, content: Buffer): void {
  const bytes = readFileSync(path)
  const place = bytes.indexOf(content.subarray(200_000, 200_064))
  expect(place).toBeGreaterThan(0)
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.of(bytes.readUInt8(place) ^ 1), 0, 1, place)
  closeSync(file)
}

const fills = {
  item: (store: Store) =>
    store.commit((write) => {
      for (const content of CONTENTS) write.mailbox.add({ kind: 'stored', ...QUEUE, content })
    }),
  own: (store: Store) => fillOutbox(store, (own) => ({ own, shared: new Uint8Array() })),
  shared: (store: Store) => fillOutbox(store, (shared) => ({ shared, own: randomBytes(20) })),
}

function fillOutbox(store: Store, partsOf: (content: Buffer) => { own: Uint8Array; shared: Uint8Array }) {
  return store.commit((write) => {
    for (const content of CONTENTS) {
      const { own, shared } = partsOf(content)
      const times = { submittedMs: 1, expiresMs: 9 }
      const delivery = { envelopeId: randomBytes(16), ...PART, ...times, own, bytes: content.length }
      write.outbox.add({ shared, deliveries: [delivery] })
    }
  })
}

async function openFilled(
  path: string,
  { fill, noted, kept = [] }: { fill: keyof typeof fills; noted: Damage[]; kept?: Damage[] },
) {
  const first = openSqliteStore(path)
  await fills[fill](first)
  await first[Symbol.asyncDispose]()
  let nowMs = 0
  const store = openSqliteStore(path, {
    now: () => {
      nowMs += HOUR / 4
      return nowMs
    },
    noteDamage: (_, damage) => noted.push(damage),
  })
  store.onDamage((damage) => kept.push(damage))
  expect(store.damage).toBeUndefined()
  return store
}

/** Returns all contents that can be read from the store, in order. */
function handedOut({ read }: Store, fill: keyof typeof fills): Uint8Array[] {
  const found: Uint8Array[] = []
  let after = -1
  for (;;) {
    const rows =
      fill === 'item'
        ? read.mailbox.next(QUEUE, after, 16).map(({ cursor: id, content }) => ({ id, content }))
        : read.outbox.next(PART, after, 16).map((row) => ({ id: row.id, content: row[fill] }))
    if (rows.length === 0) return found
    after = rows.at(-1)?.id ?? after
    found.push(...rows.map(({ content }) => content))
  }
}

function quarantined(path: string): number {
  const db = new DatabaseSync(path)
  const rows = db.prepare('SELECT content, shared FROM quarantine').all()
  db.close()
  return rows.length
}

const BOXES = ['item', 'own', 'shared'] as const
const DAMAGED = [0, 3] as const
const REST = CONTENTS.filter((_, i) => !DAMAGED.includes(i as 0 | 3))
const digests = (contents: readonly Uint8Array[]) =>
  contents.map((c) => Buffer.from(c).toString('base64', 0, 30))

test.each(BOXES)(
  'T-140 T-080 a row of %s that is damaged while the store is open is never handed out, but kept and reported once; the rest continues',
  async (fill) => {
    using directory = temporaryDirectory()
    const path = join(directory.path, 'store.sqlite')
    const noted: Damage[] = []
    const store = await openFilled(path, { fill, noted })
    for (const i of DAMAGED) flip(path, CONTENTS[i] as Buffer)
    const out = handedOut(store, fill)
    expect(out.length).toBe(REST.length)
    expect(digests(out)).toEqual(digests(REST))
    expect(noted).toEqual([{ kind: 'row', foundMs: HOUR / 4 }])
    expect(store.read.damage.last()).toEqual(noted[0])
    expect(store.read.incarnations.own()).not.toEqual(store.incarnation)
    const box = fill === 'item' ? store.read.mailbox.total() : store.read.outbox.total()
    expect(box.items).toBe(REST.length)
    await store[Symbol.asyncDispose]()
    const again = openSqliteStore(path)
    expect(again.damage).toBeUndefined()
    await again[Symbol.asyncDispose]()
    expect(quarantined(path)).toBe(DAMAGED.length)
  },
)

test.each(BOXES)(
  'T-140 the background check finds flipped bits in rows of %s that nobody reads',
  async (fill) => {
    using directory = temporaryDirectory()
    const path = join(directory.path, 'store.sqlite')
    const noted: Damage[] = []
    await using store = await openFilled(path, { fill, noted })
    let rounds = 1
    while (store.scrub(4)) rounds += 1
    expect([noted, rounds]).toEqual([[], 12])
    for (const i of DAMAGED) flip(path, CONTENTS[i] as Buffer)
    while (store.scrub(4)) {}
    expect(noted.map(({ kind }) => kind)).toEqual(['row'])
    const { mailbox, outbox } = store.read
    expect(mailbox.total().items + outbox.total().items).toBe(REST.length)
  },
)

test('T-140 T-076 damage is logged once its record is durable: neither by a work that is undone nor twice', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const [noted, kept]: [Damage[], Damage[]] = [[], []]
  await using store = await openFilled(path, { fill: 'item', noted, kept })
  flip(path, CONTENTS[0] as Buffer)
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const undone = store.commit(() => {
    store.read.mailbox.next(QUEUE, -1, 1)
    throw new Error('no')
  })
  await expect(undone).rejects.toThrow('no')
  await turn()
  expect([noted.length, kept]).toEqual([2, []])
  await store.commit(() => store.read.mailbox.next(QUEUE, -1, 1))
  await turn()
  expect([noted.length, kept]).toEqual([3, noted.slice(2)])
})
