import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Envelope, Jws } from '@rex/proto/core/v1/envelope'
import {
  encode,
  keptAt,
  LIMITS,
  localSigner,
  parseEnvelope,
  parseStoredReceipt,
  verifyStoredReceipt,
} from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { createRates } from '../admission/rate.ts'
import { createGatewayTime } from '../clock/time.ts'
import { virtualClock } from '../clock/virtual.ts'
import { startRetention } from '../retention/retention.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import type { Store } from '../store/store.ts'
import { idle } from '../testing/delivery.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { testEnvelope } from '../testing/envelope.ts'
import { plentyOfRoom, testStore } from '../testing/store.ts'
import { type AcceptOptions, createAccept } from './accept.ts'

const SENDER = 'https://hotline.example'
const RECIPIENT = 'https://ngo.example'
const START = Date.UTC(2026, 10, 1)
const DAY = 86_400_000

function acceptor(store: Store, options: Partial<AcceptOptions> = {}) {
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, keptAt(START), () => [])
  const receiptSigner = localSigner(randomBytes(32))
  const accept = createAccept({
    organisation: RECIPIENT,
    store,
    clock,
    time,
    receiptSigner,
    rates: createRates(clock, { perSecond: 1000, burst: 1000 }),
    quota: { items: 1000, bytes: 100_000_000 },
    shares: plentyOfRoom,
    wakeDesk() {},
    ...options,
  })
  return { accept, clock, time, receiptSigner }
}

const bytesOf = (bytes: Uint8Array) => Uint8Array.from(bytes)
const envelope = (fields = {}) =>
  testEnvelope({ sender: SENDER, recipient: RECIPIENT, createdMs: START, ...fields })

test('an accepted envelope is in the mailbox, with the receipt that its sender got', async () => {
  await using store = testStore()
  const { accept, receiptSigner } = acceptor(store)
  const bytes = envelope()
  const receipt = await accept(SENDER, bytes)
  const { routing, digest } = parseEnvelope(bytes)
  const keys = [{ jwk: receiptSigner.key, notBeforeMs: 0, expiresMs: START + DAY }]
  const { envelopeId } = routing
  const expected = { envelopeId, envelopeDigest: digest, sender: SENDER, recipient: RECIPIENT }
  expect((await verifyStoredReceipt(receipt, keys, expected)).storedMs).toBe(START)
  expect(store.read.mailbox.total().items).toBe(1)
})

test('T-041 T-088 an exact repeat gets the same receipt bytes and has no second effect', async () => {
  await using store = testStore()
  const { accept, clock } = acceptor(store)
  const bytes = envelope()
  const first = await accept(SENDER, bytes)
  await clock.advance(5 * DAY)
  const second = await accept(SENDER, bytes)
  expect(encode(Jws, second)).toEqual(encode(Jws, first))
  expect(store.read.mailbox.total().items).toBe(1)
})

test('T-041 repeats that arrive together have one effect', async () => {
  await using store = testStore()
  const { accept } = acceptor(store)
  const bytes = envelope()
  const receipts = await Promise.all(Array.from({ length: 8 }, () => accept(SENDER, bytes)))
  expect(new Set(receipts.map((receipt) => Buffer.from(encode(Jws, receipt)).toString('hex'))).size).toBe(1)
  expect(store.read.mailbox.total().items).toBe(1)
})

test('T-042 another encoding of the same envelope is refused', async () => {
  await using store = testStore()
  const { accept } = acceptor(store)
  const bytes = envelope()
  await accept(SENDER, bytes)
  const longer = Buffer.concat([bytes, Buffer.from([0x22, 0x00])])
  expect(Envelope.decode(longer).sections).toHaveLength(3)
  await expect(accept(SENDER, longer)).rejects.toMatchObject({ reason: 'MALFORMED' })
  const fixed = Buffer.from(bytes)
  const overlong = Buffer.concat([
    fixed.subarray(0, 1),
    Buffer.from([(fixed[1] as number) | 0x80, 0x80, 0x00]),
    fixed.subarray(3),
  ])
  await expect(accept(SENDER, overlong)).rejects.toMatchObject({ retryable: false })
  expect(store.read.mailbox.total().items).toBe(1)
})

test('T-043 other bytes under the same id are refused, and the first of them is kept as evidence', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'store.sqlite')
  const envelopeId = randomBytes(16)
  const [first, other, third] = [1, 2, 3].map(() => envelope({ envelopeId })) as [Buffer, Buffer, Buffer]
  {
    await using store = openSqliteStore(path)
    const { accept } = acceptor(store)
    await accept(SENDER, first)
    const conflict = { reason: 'ENVELOPE_CONFLICT', retryable: false }
    for (const bytes of [other, third]) await expect(accept(SENDER, bytes)).rejects.toMatchObject(conflict)
    expect(store.read.mailbox.total().items).toBe(1)
  }
  using kept = new DatabaseSync(path)
  const { digest } = parseEnvelope(other)
  expect(kept.prepare('SELECT sender, envelope_id, digest, made_ms, envelope FROM conflict').all()).toEqual([
    {
      sender: SENDER,
      envelope_id: bytesOf(envelopeId),
      digest: bytesOf(digest),
      made_ms: START,
      envelope: bytesOf(other),
    },
  ])
})

test('the same id from a different sender is a different envelope', async () => {
  await using store = testStore()
  const { accept } = acceptor(store)
  const envelopeId = randomBytes(16)
  await accept(SENDER, envelope({ envelopeId }))
  const other = 'https://police.example'
  await accept(other, envelope({ envelopeId, sender: other }))
  expect(store.read.mailbox.total().items).toBe(2)
})

test('T-044 an envelope that the ledger has forgotten has expired, even if the clock was wrong', async () => {
  await using store = testStore()
  const { accept, clock } = acceptor(store)
  const bytes = envelope({ expiresMs: START + 10 * DAY })
  await accept(SENDER, bytes)
  const later = START + 400 * DAY
  const finished = { madeBeforeMs: later, expiredByMs: later, after: 0 }
  expect(await store.commit((write) => write.ledger.forget(finished, 10))).toEqual({ count: 1 })
  await clock.advance(DAY)
  await expect(accept(SENDER, bytes)).rejects.toMatchObject({ reason: 'EXPIRED' })
  await accept(SENDER, envelope({ createdMs: START + DAY, expiresMs: START + 11 * DAY }))
  expect(store.read.mailbox.total().items).toBe(2)
})

test.each([
  ['T-029 a sender other than the certificate', 'https://police.example', {}, 'PEER_MISMATCH'],
  ['a recipient that is not served', SENDER, { recipient: 'https://police.example' }, 'WRONG_RECIPIENT'],
  ['an expired envelope', SENDER, { createdMs: START - DAY, expiresMs: START }, 'EXPIRED'],
  ['T-050 a clock that is ahead', SENDER, { createdMs: START + LIMITS.skew + 1 }, 'CLOCK_SKEW'],
])('%s is refused and leaves no data', async (_name, peer, fields, reason) => {
  await using store = testStore()
  const { accept } = acceptor(store)
  await expect(accept(peer, envelope(fields))).rejects.toMatchObject({ reason })
  expect(store.read.mailbox.total().items).toBe(0)
})

test('a lifetime of more than 14 days, a truncated and an oversized envelope are refused', async () => {
  await using store = testStore()
  const { accept } = acceptor(store)
  const long = envelope({ expiresMs: START + LIMITS.maxLifetime + 1 })
  await expect(accept(SENDER, long)).rejects.toMatchObject({
    reason: 'MALFORMED',
    path: 'routing.expires_ms',
  })
  await expect(accept(SENDER, envelope().subarray(0, -1))).rejects.toMatchObject({ reason: 'MALFORMED' })
  const large = envelope({ size: LIMITS.envelope })
  await expect(accept(SENDER, large)).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' })
})

test('T-095 a full quota pushes back, and keeps a reserve for the urgent lane', async () => {
  await using store = testStore()
  const { accept } = acceptor(store, { quota: { items: 10, bytes: 100_000_000 } })
  for (let i = 0; i < 9; i++) await accept(SENDER, envelope())
  await expect(accept(SENDER, envelope())).rejects.toMatchObject({
    reason: 'QUOTA_EXCEEDED',
    retryable: true,
    metadata: { retry_after_ms: '60000' },
  })
  await accept(SENDER, envelope({ urgent: true }))
  await expect(accept(SENDER, envelope({ urgent: true }))).rejects.toMatchObject({ reason: 'QUOTA_EXCEEDED' })
})

test('T-095 a peer that sends too fast is told when to try again; others are not delayed', async () => {
  await using store = testStore()
  const clock = virtualClock(START)
  const rates = createRates(clock, { perSecond: 10, burst: 10 })
  const { accept } = acceptor(store, { clock, rates })
  for (let i = 0; i < 9; i++) await accept(SENDER, envelope())
  await expect(accept(SENDER, envelope())).rejects.toMatchObject({
    reason: 'QUOTA_EXCEEDED',
    metadata: { retry_after_ms: '100' },
  })
  const other = 'https://police.example'
  await accept(other, envelope({ sender: other }))
  await clock.advance(100)
  await accept(SENDER, envelope())
})

test('T-078 a full disk is a typed refusal; the envelope is accepted when there is space again', async () => {
  await using store = testStore({ maxBytes: 440_000 })
  const { accept } = acceptor(store)
  const fill = async () => {
    for (;;) await accept(SENDER, envelope({ size: 20_000 }))
  }
  await expect(fill()).rejects.toMatchObject({ reason: 'STORE_FULL', retryable: true })
  const accepted = store.read.mailbox.total().items
  const refused = envelope({ size: 15_000 })
  const [first] = store.read.mailbox.next({ lane: 'routine', peer: SENDER }, 0, 1)
  await store.commit((write) => write.mailbox.remove(first?.cursor ?? 0))
  expect(parseStoredReceipt(await accept(SENDER, refused)).receipt.sender).toBe(SENDER)
  expect(store.read.mailbox.total().items).toBe(accepted)
})

test('T-137 a gateway whose clock is ahead does not permanently refuse an envelope that has not expired', async () => {
  await using store = testStore()
  const { accept, clock, time } = acceptor(store)
  const bytes = envelope({ expiresMs: START + 10 * DAY })
  clock.leap(20 * DAY)
  await expect(accept(SENDER, bytes)).rejects.toMatchObject({ reason: 'CLOCK_SKEW', retryable: true })
  clock.leap(-20 * DAY)
  await accept(SENDER, bytes)
  const late = envelope({ expiresMs: START + 10 * DAY })
  await clock.advance(10 * DAY)
  time.greeted(SENDER, clock.now())
  await expect(accept(SENDER, late)).rejects.toMatchObject({ reason: 'EXPIRED' })
})

test('T-103 a leap of the clock makes the ledger forget nothing: the floor is unchanged, and a repeat gets its receipt', async () => {
  await using store = testStore()
  const { accept, clock, time } = acceptor(store)
  const stop = startRetention({ store, clock, time })
  const bytes = envelope({ expiresMs: START + 10 * DAY })
  const { signature } = await accept(SENDER, bytes)
  for (const leap of [400 * DAY, -800 * DAY, 400 * DAY]) {
    clock.leap(leap)
    await clock.advance(2 * 60_000)
    await idle()
    expect(store.read.ledger.floor()).toBe(0)
    expect(bytesOf((await accept(SENDER, bytes)).signature)).toEqual(bytesOf(signature))
  }
  for (const ms of [31 * DAY, 60_000]) {
    await clock.advance(ms)
    await idle()
  }
  expect(store.read.ledger.floor()).toBe(START + 10 * DAY)
  stop()
})
