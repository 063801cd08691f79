// Gateways that lose their memory: no acknowledged message is lost (P1). docs/spec/delivery.md, "Lost memory"

import {
  closeSync,
  cpSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { readConfig, restoreGateway } from '@rex/gateway'
import { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { expect, test } from 'vitest'
import {
  example,
  next,
  openAgain,
  type Party,
  referralOf,
  retryingSoon,
  startAgain,
  withParties,
} from '../harness/parties.ts'

let hotline: Party
let ngo: Party

const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const gatewayOf = ({ directory }: Party) => join(directory, 'gateway')
const STORE = ['store.sqlite', 'store.sqlite-wal', 'store.sqlite-shm']

/** Stops a gateway, lets `change` modify its directory, and restarts it at the same addresses. */
async function whileStopped(party: Party, change: (directory: string) => unknown): Promise<void> {
  await party.gateway.drain()
  await change(gatewayOf(party))
  await startAgain(party, retryingSoon)
}

const lose = (party: Party) =>
  whileStopped(party, (directory) => {
    for (const file of STORE) rmSync(join(directory, file), { force: true })
  })

const send = () => hotline.desk.send(example('content-verification'), { to: ngo.id })
const statesOf = async (id: string) =>
  (await (await hotline.desk.thread(id)).view()).delivery.map(({ state }) => state)
const becomes = (id: string, state: string) =>
  expect.poll(() => statesOf(id), { timeout: 60_000 }).toEqual([state])

test('P1 messages that the own gateway had not delivered when it lost its memory arrive, and the desk continues', async () => {
  await ngo.gateway.drain()
  const mine = await send()
  await becomes(mine.id, 'submitted')
  await lose(hotline)
  await whileStopped(ngo, () => {})
  await next(ngo.desk, referralOf(mine.id))
  await becomes(mine.id, 'received')
})

test('P1 messages that the other gateway had stored when it lost its memory arrive', async () => {
  await ngo.desk[Symbol.asyncDispose]()
  const mine = await send()
  await becomes(mine.id, 'stored')
  await lose(ngo)
  ngo.desk = await openAgain(ngo.directory)
  await next(ngo.desk, referralOf(mine.id))
  await becomes(mine.id, 'received')
})

test('P1 a gateway restored from a backup reports it, and later messages are resent', async () => {
  const backup = join(root, 'backup.sqlite')
  await ngo.desk[Symbol.asyncDispose]()
  await whileStopped(ngo, (directory) => cpSync(join(directory, 'store.sqlite'), backup))
  const mine = await send()
  await becomes(mine.id, 'stored')
  await whileStopped(ngo, async (directory) => {
    cpSync(backup, join(directory, 'store.sqlite'))
    await restoreGateway(await readConfig(directory))
  })
  ngo.desk = await openAgain(ngo.directory)
  await next(ngo.desk, referralOf(mine.id))
  await becomes(mine.id, 'received')
})

/** Copies the store as if the process had been killed: the commits are still in the write-ahead log. */
function crashImage(party: Party): (directory: string) => void {
  const kept = ['store.sqlite', 'store.sqlite-wal', 'store.sqlite.mark'].map(
    (file) => [file, readFileSync(join(gatewayOf(party), file))] as const,
  )
  return (directory) => {
    for (const [file, bytes] of kept) writeFileSync(join(directory, file), bytes)
  }
}

const wal = (directory: string) => join(directory, 'store.sqlite-wal')
const flip = (directory: string) => {
  const bytes = readFileSync(wal(directory))
  const place = Math.floor(bytes.length / 3)
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place)
  writeFileSync(wal(directory), bytes)
}

test.each([
  ['deleted', (directory: string) => rmSync(wal(directory))],
  [
    'cut in half',
    (directory: string) => truncateSync(wal(directory), readFileSync(wal(directory)).length >> 1),
  ],
  ['flipped in one bit', flip],
])(
  'T-140 the log of the other gateway is %s: its stored mail arrives, and everybody is told',
  async (_, damage) => {
    await ngo.desk[Symbol.asyncDispose]()
    const mine = [await send(), await send(), await send()]
    for (const { id } of mine) await becomes(id, 'stored')
    const crash = crashImage(ngo)
    await whileStopped(ngo, (directory) => {
      crash(directory)
      damage(directory)
    })
    ngo.desk = await openAgain(ngo.directory)
    for (const { id } of mine) await becomes(id, 'received')
    const codes = async () => (await ngo.desk.health()).problems.map(({ code }) => code)
    await expect.poll(codes).toContain('gateway-store-damaged')
  },
)

/** Returns the offset of an envelope in the store of a stopped gateway. */
function placeOfItem(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const row = db.prepare("SELECT content FROM item WHERE lane <> 'report' ORDER BY cursor DESC LIMIT 1").get()
  db.close()
  const content = Buffer.from(row?.content as Uint8Array)
  const file = readFileSync(path)
  for (let at = 200; at + 64 < content.length; at += 512) {
    const place = file.indexOf(content.subarray(at, at + 64))
    if (place >= 0) return place
  }
  throw new Error('The envelope is not in the file.')
}

test('T-140 T-080 a running gateway notices a flipped byte; the sender is told and resends, and the message is received once', async () => {
  await ngo.desk[Symbol.asyncDispose]()
  const mine = await send()
  await becomes(mine.id, 'stored')
  let place = 0
  const path = join(gatewayOf(ngo), 'store.sqlite')
  await whileStopped(ngo, () => {
    place = placeOfItem(path)
  })
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.of(readFileSync(path).readUInt8(place) ^ 1), 0, 1, place)
  closeSync(file)
  ngo.desk = await openAgain(ngo.directory)
  await becomes(mine.id, 'received')
  const codes = async () => (await ngo.desk.health()).problems.map(({ code }) => code)
  await expect.poll(codes).toContain('gateway-store-damaged')
  const second = await send()
  const came: string[] = []
  await next(ngo.desk, (item) => {
    if (item.kind === 'referral' && [mine.id, second.id].includes(item.thread.id)) came.push(item.thread.id)
    return item.thread.id === second.id
  })
  expect(came).toEqual([mine.id, second.id])
  const { messages } = EvidenceBundle.decode(await mine.export())
  expect(messages[0]?.deliveries.length).toBe(2)
})
