// Intake stores, answers and passes on a message in one transaction. docs/spec/envelope.md, "Opening", steps 8 and 9
import { randomBytes } from 'node:crypto'
import { DeskReceiptStatus, Event } from '@rex/proto/core/v1/thread'
import { expect, test } from 'vitest'
import { toHex } from '../../core/encoding/encoding.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { RexError } from '../../core/error.ts'
import type { Track } from '../../core/thread/track.ts'
import { testParty } from '../../testing/parties/party.ts'
import { LostMemory } from '../recovery/lost-memory.ts'
import {
  carry,
  desksInParts,
  itemsOf,
  type Parts,
  receiptsOf,
  receivedAs,
  START,
} from '../tests/harness/parts.ts'
import { giveUp, type ReceivedEnvelope, takeIn } from './intake.ts'

const { RECEIVED, REFUSED } = DeskReceiptStatus
const NGO = 'https://ngo.example'
const HOTLINE = 'https://hotline.example'

/** Takes in envelopes, one after the other. */
async function take(at: Parts, ...envelopes: readonly (ReceivedEnvelope | undefined)[]): Promise<void> {
  const lostMemory = new LostMemory(at.desk, async () => {})
  for (const envelope of envelopes)
    await takeIn(at.desk, envelope as ReceivedEnvelope, { sent: at.sent, lostMemory })
}

const messageOf = (envelope: ReceivedEnvelope | undefined) => envelope?.opened as OpenedMessage
const answersOf = async (at: Parts) => (await receiptsOf(at)).map(({ status, code }) => [status, code])

test('a refer opens its thread: the message is stored, its sender gets a receipt, and the application an item', async () => {
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo'])
  const mine = await hotline.refer({ to: NGO })
  const [refer] = await carry(hotline, ngo)
  await take(ngo, refer)
  const { digest, manifest, envelope } = messageOf(refer)
  const { store, threads } = ngo.desk
  expect(store.read.messages(mine.id)).toMatchObject([{ digest: toHex(digest), status: 'counted' }])
  expect(threads.open(mine.id)).toMatchObject({
    role: 'recipient',
    test: true,
    summary: { referrer: HOTLINE },
  })
  expect(store.read.verdict(HOTLINE, toHex(manifest.messageId))).toMatchObject({ status: RECEIVED, code: '' })
  expect(await receiptsOf(ngo)).toMatchObject([
    {
      status: RECEIVED,
      envelopeId: toHex(envelope.routing.envelopeId),
      envelopeDigest: toHex(envelope.digest),
      message: toHex(digest),
    },
  ])
  expect(await itemsOf(ngo)).toEqual([{ kind: 'referral', digest: toHex(digest) }])
})

test('T-041 a repeated message gets its first verdict again and has no second effect', async () => {
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo'])
  const mine = await hotline.refer({ to: NGO })
  const [refer] = await carry(hotline, ngo)
  await take(ngo, refer, refer, refer)
  expect(await answersOf(ngo)).toEqual([
    [RECEIVED, ''],
    [RECEIVED, ''],
    [RECEIVED, ''],
  ])
  expect(ngo.desk.store.read.messages(mine.id)).toHaveLength(1)
  expect(await itemsOf(ngo)).toHaveLength(1)
})

test('T-043 another message with a known id is refused, and stored once next to the first as proof', async () => {
  const random = (length: number) => (length < 17 ? new Uint8Array(length).fill(7) : randomBytes(length))
  const [ngo] = await desksInParts(['ngo', 'hotline'])
  const [one] = await desksInParts(['hotline', 'ngo'], { random })
  const [other] = await desksInParts(['hotline', 'ngo'], { random })
  const { id } = await one.refer({ to: NGO })
  await other.refer({ to: NGO }, { kind: 'advisory' })
  const [first] = await carry(one, ngo)
  const [second] = await carry(other, ngo)
  expect(messageOf(second).manifest.messageId).toEqual(messageOf(first).manifest.messageId)
  await take(ngo, first, second, second)
  expect(await answersOf(ngo)).toEqual([
    [RECEIVED, ''],
    [REFUSED, 'ENVELOPE_CONFLICT'],
    [REFUSED, 'ENVELOPE_CONFLICT'],
  ])
  const digest = toHex(messageOf(second).digest)
  expect(ngo.desk.store.read.messages(id)).toMatchObject([
    { status: 'counted' },
    { digest, status: 'conflict' },
  ])
  expect((await itemsOf(ngo)).toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toMatchObject([
    { kind: 'alarm', alarm: 'conflict', digest },
    { kind: 'referral' },
  ])
})

test('an event is taken in only after its refer has arrived', async () => {
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo'])
  const mine = await hotline.refer({ to: NGO })
  await hotline.note(mine, NGO)
  const [refer, note] = await carry(hotline, ngo)
  await expect(take(ngo, note)).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  expect([await receiptsOf(ngo), ngo.desk.threads.find(mine.id)]).toEqual([[], undefined])
  await take(ngo, refer, note)
  expect(await answersOf(ngo)).toEqual([
    [RECEIVED, ''],
    [RECEIVED, ''],
  ])
  expect((await itemsOf(ngo)).map(({ kind }) => kind)).toEqual(['referral', 'event'])
})

test('T-047 a message from somebody outside the thread is refused and not stored', async () => {
  const [hotline, ngo, other] = await desksInParts(['hotline', 'ngo', 'other'])
  const mine = await hotline.refer({ to: [NGO, 'https://other.example'] })
  await take(ngo, ...(await carry(hotline, ngo)))
  await itemsOf(ngo)
  await receiptsOf(ngo)
  const strange = other.desk.threads.create({ ...mine, role: 'referrer' })
  strange.summary = { ...strange.summary, recipients: [NGO] }
  strange.tracks.set(NGO, mine.tracks.get(NGO) as never)
  await other.note(strange, NGO)
  const [note] = await carry(other, ngo)
  await take(ngo, note)
  expect(await answersOf(ngo)).toEqual([[REFUSED, 'PEER_MISMATCH']])
  expect(ngo.desk.store.read.messages(mine.id)).toHaveLength(1)
  expect(await itemsOf(ngo)).toEqual([])
})

test('an envelope that cannot be opened is refused by its id; an unreadable one is not answered', async () => {
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo'])
  await hotline.refer({ to: NGO })
  const stranger = await testParty('stranger', { now: START })
  const [closed] = await carry(hotline, ngo, stranger.decapsulator)
  const { bytes } = closed as ReceivedEnvelope
  const { envelope } = messageOf(await receivedAs(bytes, ngo))
  const unopenable = { ...(closed as ReceivedEnvelope), opened: new RexError('UNOPENABLE', 'No.') }
  const refused = new RexError('MALFORMED', 'No envelope.')
  await take(ngo, closed, unopenable, {
    ...(closed as ReceivedEnvelope),
    bytes: bytes.subarray(0, 9),
    opened: refused,
  })
  const about = { status: REFUSED, envelopeId: toHex(envelope.routing.envelopeId), message: '' }
  expect(await receiptsOf(ngo)).toMatchObject([
    { ...about, code: 'KEY_EXPIRED' },
    { ...about, code: 'UNOPENABLE' },
  ])
  expect(ngo.logged).toEqual(Array.from({ length: 3 }, () => 'An envelope was refused.'))
})

test('T-045 a message that is given up is refused with the reason, and a person is told; an earlier verdict stays', async () => {
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo'])
  const mine = await hotline.refer({ to: NGO })
  await hotline.note(mine, NGO)
  const [refer, note] = await carry(hotline, ngo)
  const failure = new RexError('LIMIT_EXCEEDED', 'Too much.')
  await giveUp(ngo.desk, note, failure)
  expect(await answersOf(ngo)).toEqual([[REFUSED, 'LIMIT_EXCEEDED']])
  expect(ngo.desk.store.read.notices()).toMatchObject([
    { kind: 'mail-refused', organisation: HOTLINE, detail: 'LIMIT_EXCEEDED' },
  ])
  await take(ngo, refer, note)
  await giveUp(ngo.desk, refer, failure)
  expect(await answersOf(ngo)).toEqual([
    [RECEIVED, ''],
    [REFUSED, 'LIMIT_EXCEEDED'],
    [RECEIVED, ''],
  ])
  await giveUp(ngo.desk, undefined, failure)
  expect(await receiptsOf(ngo)).toEqual([])
  expect(ngo.desk.store.read.notices()).toContainEqual(
    expect.objectContaining({ kind: 'mail-refused', organisation: '' }),
  )
})

test.each([
  ['in a thread of its own', false],
  ['in a thread that is unknown here', true],
])(
  'REX-THR-028 messages are resent to a restored desk store, which shows another chain %s',
  async (_, isUnknown) => {
    const [hotline, ngo] = await desksInParts(['hotline', 'ngo'])
    const mine = await hotline.refer({ to: NGO })
    await take(ngo, ...(await carry(hotline, ngo)))
    await ngo.note(ngo.desk.threads.open(mine.id), HOTLINE)
    const { store } = ngo.desk
    const deliveries = () => store.read.deliveries(mine.id)
    await store.commit((write) => {
      for (const delivery of deliveries()) write.updateDelivery(delivery, { state: 'stored' })
    })
    await hotline.note(mine, NGO)
    await take(ngo, ...(await carry(hotline, ngo)))
    expect(deliveries()).toMatchObject([{ resealPending: false }])
    const [restored] = await desksInParts(['hotline', 'ngo'], { chain: new Uint8Array(16).fill(9) })
    const other = await restored.refer({ to: NGO })
    await restored.note(other, NGO)
    const [refer, note] = await carry(restored, ngo)
    if (isUnknown) await expect(take(ngo, note)).rejects.toMatchObject({ reason: 'NOT_FOUND' })
    else await take(ngo, refer)
    expect(deliveries()).toMatchObject([{ resealPending: true }])
  },
)

test('REX-THR-079 both sides count the same bytes of a track: its events with their sections', async () => {
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo', 'other'])
  const mine = await hotline.refer({ to: [NGO, 'https://other.example'] })
  await hotline.note(mine, NGO)
  const [refer, note] = await carry(hotline, ngo)
  await take(ngo, refer, note)
  const sizes = (track: Track | undefined) => [...(track?.events.values() ?? [])].map(({ bytes }) => bytes)
  const [referBytes = 0, noteBytes = 0] = sizes(mine.tracks.get(NGO))
  expect(sizes(ngo.desk.threads.open(mine.id).tracks.get(HOTLINE))).toEqual([referBytes, noteBytes])
  const { manifest, sections } = messageOf(refer)
  const lengths = [Event.encode(manifest.event as Event).finish(), ...sections.map(({ content }) => content)]
  expect(referBytes).toBe(lengths.reduce((sum, { length }) => sum + length, 0))
  hotline.desk.threads.reload(mine.id)
  expect(sizes(hotline.desk.threads.open(mine.id).tracks.get(NGO))).toEqual([referBytes, noteBytes])
})
