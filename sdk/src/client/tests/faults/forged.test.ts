import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { EnvelopeContext } from '@rex/proto/core/v1/envelope'
import { EvidenceBundle, type EvidenceDelivery, type EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { ReferralSection } from '@rex/proto/core/v1/referral'
import { type DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { afterAll, describe, expect, test } from 'vitest'
import { encode, toHex } from '../../../core/encoding/encoding.ts'
import { envelopeDigest, manifestDigest } from '../../../core/envelope/digest.ts'
import { parseRouting } from '../../../core/envelope/parse.ts'
import type { SealedMessage } from '../../../core/envelope/seal.ts'
import { encodeSections } from '../../../core/referral-codec/section.ts'
import type { Item } from '../../api/items.ts'
import type { Thread } from '../../api/thread.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import { type Forger, forge } from '../harness/forger.ts'
import { eventOf, example, next, openAgain, type Party, referralOf, withParties } from '../harness/parties.ts'

const { RECEIVED, REFUSED, HELD, SEEN } = DeskReceiptStatus
const logged: string[] = []
let all: Party[]
let ngo: Party
let forger: Forger

withParties(
  ['forger', 'ngo', 'police'],
  async (made) => {
    all = made
    ngo = all[1] as Party
    forger = await forge(all[0] as Party, ngo.id)
  },
  (line) => logged.push(line),
)
afterAll(() => forger[Symbol.asyncDispose]())

const threadOf = ({ manifest }: SealedMessage) => toHex(manifest.threadId)
const alarmOf = (id: string, alarm: string) => (item: Item) =>
  item.kind === 'alarm' && item.thread.id === id && item.alarm === alarm

const sealRefer = (value: object = {}) =>
  forger.seal('refer', { sections: encodeSections(example('content-verification')), value })

/** An event after other events of the same sender. */
const sealAfter = (before: readonly SealedMessage[], name: string, change: object = {}) =>
  forger.seal(name, {
    threadId: before[0]?.manifest.threadId as Uint8Array,
    counter: (before.at(-1)?.manifest.counter ?? 0) + 1,
    heads: [before.at(-1)?.digest as Uint8Array],
    ...change,
  })

/** The receipts of these messages, in the same order. */
async function receiptsOf(...messages: readonly SealedMessage[]) {
  const receipts: DeskReceipt[] = []
  while (receipts.length < messages.length) receipts.push(await forger.receipt())
  return messages.map(({ deliveries }) =>
    receipts.find(({ envelopeId }) => toHex(envelopeId) === toHex(deliveries[0]?.envelopeId as Uint8Array)),
  )
}

/** Closes the NGO's desk and opens it again. */
async function reopen(): Promise<void> {
  await ngo.desk[Symbol.asyncDispose]()
  ngo.desk = await openAgain(ngo.directory, (line) => logged.push(line))
}

/** A refer that the NGO has received. */
async function received(): Promise<SealedMessage> {
  const refer = await sealRefer()
  forger.submit(refer)
  expect(await receiptsOf(refer)).toMatchObject([{ status: RECEIVED }])
  await next(ngo.desk, referralOf(threadOf(refer)))
  return refer
}

describe('the same message', () => {
  test('T-041, T-042 in many envelopes at once: one item, the same receipt for each', async () => {
    const refer = await sealRefer()
    const copies = await Promise.all([1, 2, 3].map(() => forger.again(refer)))
    forger.submit(refer, ...copies)
    const receipts = await receiptsOf(refer, ...copies)
    expect(receipts.map((receipt) => receipt?.status)).toEqual([RECEIVED, RECEIVED, RECEIVED, RECEIVED])
    await next(ngo.desk, referralOf(threadOf(refer)))
    const later = await forger.again(refer)
    forger.submit(later)
    expect(await receiptsOf(later)).toMatchObject([{ status: RECEIVED }])
    const { events } = await (await ngo.desk.thread(threadOf(refer))).changes()
    expect(events.map(({ type }) => type)).toEqual(['refer'])
  })

  test('T-043 the same id with other content is refused, the first stays', async () => {
    const refer = await received()
    const { messageId, threadId } = refer.manifest
    const other = await forger.seal('refer', {
      messageId,
      threadId,
      sections: encodeSections(example('victim-support-grooming')),
    })
    const third = await forger.seal('note', {
      messageId,
      threadId,
      counter: 1,
      heads: [refer.digest],
    })
    forger.submit(other, third)
    const [verdict, again] = await receiptsOf(other, third)
    expect(verdict).toMatchObject({ status: REFUSED, code: 'ENVELOPE_CONFLICT' })
    expect(again).toMatchObject({ status: REFUSED, code: 'ENVELOPE_CONFLICT' })
    expect([verdict, again].map((receipt) => toHex(receipt?.message as Uint8Array))).toEqual([
      toHex(other.digest),
      toHex(third.digest),
    ])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'conflict'))
    expect((await thread.changes()).events).toHaveLength(1)
    await reopen()
    const kept = EvidenceBundle.decode(await (await ngo.desk.thread(threadOf(refer))).export())
    expect(kept.messages.map(({ manifest }) => toHex(manifest?.payload as Uint8Array))).toEqual([
      toHex(refer.signed.payload),
      toHex(other.signed.payload),
    ])
    expect((await (await ngo.desk.thread(threadOf(refer))).view()).frozen).toBeUndefined()
  })
})

describe('order', () => {
  test('T-045 an event before its predecessor waits for it; then both come, in order, and both are received', async () => {
    const refer = await received()
    const first = await sealAfter([refer], 'note', { value: { text: 'first' } })
    const second = await sealAfter([refer, first], 'note', { value: { text: 'second' } })
    forger.submit(second)
    expect(await receiptsOf(second)).toMatchObject([{ status: HELD, code: `gap:${toHex(first.digest)}` }])
    await next(ngo.desk, alarmOf(threadOf(refer), 'gap'))
    forger.submit(first)
    const receipts = [await forger.receipt(), await forger.receipt()]
    expect(receipts.map(({ status, message }) => [status, toHex(message)])).toEqual([
      [RECEIVED, toHex(first.digest)],
      [RECEIVED, toHex(second.digest)],
    ])
    const notes = [1, 2].map(async () => {
      const item = await next(ngo.desk, eventOf(threadOf(refer), 'note'))
      return item.kind === 'event' && item.event.content.text
    })
    expect([await notes[0], await notes[1]]).toEqual(['first', 'second'])
  })

  test('T-046 two events in one place of a chain: alarm, and the thread is closed to automation', async () => {
    const refer = await received()
    const rivals = [
      await sealAfter([refer], 'note', { value: { text: 'one' } }),
      await sealAfter([refer], 'note', { value: { text: 'other' } }),
    ]
    forger.submit(...rivals)
    expect(await receiptsOf(...rivals)).toMatchObject([{ status: RECEIVED }, { status: HELD, code: 'fork' }])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'fork'))
    expect((await thread.view()).frozen).toBe('fork')
    await expect(thread.accept()).rejects.toMatchObject({ reason: 'FORK' })
  })
})

describe('what does not belong', () => {
  const refused = async (message: SealedMessage, code: string) => {
    forger.submit(message)
    expect(await receiptsOf(message)).toMatchObject([{ status: REFUSED, code }])
  }

  test('T-047 an event in the thread of somebody else', async () => {
    const police = all[2] as Party
    const theirs = await police.desk.send(example('content-verification'), { to: ngo.id })
    const { thread } = await next(ngo.desk, referralOf(theirs.id))
    const spliced = await forger.seal('withdraw', {
      threadId: Buffer.from(theirs.id, 'hex'),
      counter: 1,
      heads: [randomBytes(32)],
    })
    await refused(spliced, 'PEER_MISMATCH')
    expect((await thread.view()).state).toBe('requested')
  })
  test('REX-THR-030 a disclosure of something that the refer did not commit to', async () => {
    const refer = await received()
    const thread = await ngo.desk.thread(threadOf(refer))
    await thread.accept()
    const accept = (await thread.changes()).events.at(-1)?.digest as string
    const disclose = (sections: object[]) =>
      sealAfter([refer], 'disclose', {
        value: { sections: [1] },
        heads: [Buffer.from(accept, 'hex')],
        sections,
      })
    const other = encodeSections(example('victim-support-grooming'))[1] as object
    for (const sections of [[other], []]) await refused(await disclose(sections), 'INVALID_EVENT')
  })
  test('a second refer in a thread', async () => {
    const refer = await received()
    const { threadId } = refer.manifest
    const second = await forger.seal('refer', {
      threadId,
      sections: encodeSections(example('content-verification')),
    })
    await refused(second, 'INVALID_EVENT')
  })
  test("the recipient's verb from the referrer", async () => {
    const refer = await received()
    await refused(await sealAfter([refer], 'accept'), 'INVALID_EVENT')
  })
  test('rehearsal in a real thread', async () => {
    const refer = await received()
    await refused(await sealAfter([refer], 'note', { testTraffic: false }), 'POLICY_REFUSED')
  })
  test('T-051 REX-THR-031 a correction with a section that was not given, before the accept', async () => {
    const [triage, handling, ...others] = encodeSections(example('content-verification'))
    const sections = [triage, handling] as typeof others
    const refer = await forger.seal('refer', { sections })
    forger.submit(refer)
    await next(ngo.desk, referralOf(threadOf(refer)))
    expect(await receiptsOf(refer)).toMatchObject([{ status: RECEIVED }])
    await refused(await sealAfter([refer], 'correct', { sections: others }), 'INVALID_EVENT')
    await refused(await sealAfter([refer], 'note', { sections }), 'INVALID_EVENT')
  })
  test('T-051 REX-THR-031 what waits for a predecessor is no part of the referral', async () => {
    const [triage, handling, ...others] = encodeSections(example('content-verification'))
    const sections = [triage, handling] as typeof others
    const refer = await forger.seal('refer', { sections })
    const missed = await sealAfter([refer], 'note')
    const early = await sealAfter([refer, missed], 'correct', { sections: others })
    forger.submit(refer)
    const { thread } = await next(ngo.desk, referralOf(threadOf(refer)))
    forger.submit(early)
    await next(ngo.desk, alarmOf(threadOf(refer), 'gap'))
    expect((await thread.current()).referral.items).toBeUndefined()
    expect(await receiptsOf(refer, early)).toMatchObject([{ status: RECEIVED }, { status: HELD }])
    forger.submit(missed)
    const receipts = [await forger.receipt(), await forger.receipt()]
    expect(receipts.map(({ status, code }) => [status, code])).toEqual([
      [RECEIVED, ''],
      [REFUSED, 'INVALID_EVENT'],
    ])
    expect((await thread.current()).referral.items).toBeUndefined()
  })
  test('REX-REF-022 a refer without its triage, or with triage behind', async () => {
    const [triage, ...others] = encodeSections(example('content-verification'))
    const behind = [...others, triage as (typeof others)[0]]
    for (const sections of [others, behind])
      await refused(await forger.seal('refer', { sections }), 'INVALID_REFERRAL')
  })
  test('an image in the text of an event', async () => {
    const refer = await received()
    const image = `data:image/png;base64,${Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64')}`
    await refused(await sealAfter([refer], 'note', { value: { text: image } }), 'CONTENT_REFUSED')
  })
  test('T-121 sections that are no sections: refused, and no word of them in the log', async () => {
    const canary = `canary-${randomBytes(8).toString('hex')}`
    const content = new TextEncoder().encode(JSON.stringify({ name: canary }))
    for (const type of ['people', 'triage', 'narrative'])
      await refused(await forger.seal('refer', { sections: [{ type, content }] }), 'MALFORMED')
    const sections = encodeSections(example('content-verification')).map((section) => {
      const message = ReferralSection.decode(section.content)
      message.triage?.absent.push({ field: canary, reason: canary })
      return { ...section, content: encode(ReferralSection, message) }
    })
    await refused(await forger.seal('refer', { sections }), 'INVALID_REFERRAL')
    const details = logged.map((line) => JSON.parse(line).fields.detail ?? '')
    expect(details.filter((detail) => !/^[A-Za-z0-9_ ]*$/.test(detail))).toEqual([])
    expect(logged.some((line) => line.includes('INVALID_REFERRAL'))).toBe(true)
    expect(logged.filter((line) => line.includes(canary))).toEqual([])
  })
})

describe('P9, REX-THR-062 a code that a decision hangs on and nobody knows', () => {
  const CODE = 'withdraw.code=from-the-future'

  /** A held withdrawal, followed by a note. */
  async function held() {
    const refer = await received()
    const strange = await sealAfter([refer], 'withdraw', { value: { code: 'from-the-future' } })
    forger.submit(strange)
    expect(await receiptsOf(strange)).toMatchObject([{ status: HELD, code: CODE }])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
    const digest = toHex(strange.digest)
    return { refer, strange, digest, thread }
  }

  test('held, with an alarm; nothing is decided on top of it until a person has decided', async () => {
    const { thread, digest } = await held()
    const view = await thread.view()
    expect(view).toMatchObject({ state: 'requested', frozen: 'held' })
    expect(view.held).toEqual([{ digest, type: 'withdraw', code: CODE }])
    await expect(thread.accept()).rejects.toMatchObject({
      reason: 'UNKNOWN_CODE',
      hint: expect.stringContaining('resolve'),
    })
    await expect(thread.resolve(digest.replace(/./g, '0'), 'place')).rejects.toMatchObject({
      reason: 'NOT_FOUND',
    })
  })

  test('a person places it: it counts with what waited for it, and the sender is told of both', async () => {
    const { refer, strange, digest, thread } = await held()
    const note = await sealAfter([refer, strange], 'note', { value: { text: 'behind' } })
    forger.submit(note)
    expect(await receiptsOf(note)).toMatchObject([{ status: HELD, code: `gap:${digest}` }])
    await thread.resolve(digest, 'place')
    const receipts = [await forger.receipt(), await forger.receipt()]
    expect(receipts.map(({ status, message }) => [status, toHex(message)])).toEqual([
      [RECEIVED, digest],
      [RECEIVED, toHex(note.digest)],
    ])
    await next(ngo.desk, eventOf(thread.id, 'withdraw'))
    await next(ngo.desk, eventOf(thread.id, 'note'))
    const view = await thread.view()
    expect(view).toMatchObject({ state: 'withdrawn', held: [] })
    expect(view.frozen).toBeUndefined()
    await expect(thread.resolve(digest, 'refuse')).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  })

  test('a person refuses it: the sender is told, the thread goes on, and the sender can say it anew', async () => {
    const { refer, strange, digest, thread } = await held()
    await thread.resolve(digest, 'refuse')
    expect(await receiptsOf(strange)).toMatchObject([{ status: REFUSED, code: 'UNKNOWN_CODE' }])
    expect((await thread.view()).frozen).toBeUndefined()
    const anew = await sealAfter([refer], 'withdraw', {
      value: { code: 'no-longer-needed' },
      void: [strange.digest],
    })
    forger.submit(anew)
    expect(await receiptsOf(anew)).toMatchObject([{ status: RECEIVED }])
    expect((await thread.view()).state).toBe('withdrawn')
    const later = await forger.again(strange)
    forger.submit(later)
    expect(await receiptsOf(later)).toMatchObject([{ status: REFUSED, code: 'UNKNOWN_CODE' }])
  })

  test('what cannot be placed stays held', async () => {
    const refer = await received()
    const strange = await sealAfter([refer], 'fail', { value: { code: 'from-the-future' } })
    forger.submit(strange)
    expect(await receiptsOf(strange)).toMatchObject([{ status: HELD }])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
    const digest = toHex(strange.digest)
    await expect(thread.resolve(digest, 'place')).rejects.toMatchObject({ reason: 'INVALID_EVENT' })
    expect((await thread.view()).held).toMatchObject([{ digest }])
    await thread.resolve(digest, 'refuse')
    expect(await receiptsOf(strange)).toMatchObject([{ status: REFUSED }])
  })

  test('the next version knows the code: when it opens the desk, the event counts and the sender is told', async () => {
    const refer = await received()
    const withdraw = await sealAfter([refer], 'withdraw', { value: { code: 'no-longer-needed' } })
    forger.submit(withdraw)
    expect(await receiptsOf(withdraw)).toMatchObject([{ status: RECEIVED }])
    await next(ngo.desk, eventOf(threadOf(refer), 'withdraw'))
    await asNotUnderstood(withdraw)
    expect(await receiptsOf(withdraw)).toMatchObject([{ status: RECEIVED, code: '' }])
    const { thread } = await next(ngo.desk, eventOf(threadOf(refer), 'withdraw'))
    expect(await thread.view()).toMatchObject({ state: 'withdrawn', held: [] })
  })

  /** Opens the NGO's desk over a store as left by a version that did not know the code. */
  async function asNotUnderstood({ digest, manifest: { sender, messageId } }: SealedMessage) {
    await ngo.desk[Symbol.asyncDispose]()
    const store = openSqliteDeskStore(join(ngo.directory, 'desk', STORE_FILE))
    await store.commit((write) => {
      write.updateMessage(toHex(digest), { status: 'held' })
      write.changeVerdict(sender, toHex(messageId), { digest: toHex(digest), status: HELD, code: CODE })
    })
    await store[Symbol.asyncDispose]()
    ngo.desk = await openAgain(ngo.directory)
  }
})

test('REX-RCP-017 what a person has seen is told once, and nothing of what is held', async () => {
  const refer = await received()
  const strange = await sealAfter([refer], 'withdraw', { value: { code: 'from-the-future' } })
  forger.submit(strange)
  expect(await receiptsOf(strange)).toMatchObject([{ status: HELD }])
  const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
  await thread.markSeen()
  expect(await receiptsOf(refer)).toMatchObject([{ status: SEEN, message: refer.digest }])
  await thread.markSeen()
  await received()
  const copy = await forger.again(refer)
  forger.submit(copy)
  expect(await receiptsOf(copy)).toMatchObject([{ status: SEEN }])
})

test.each([
  ['held', HELD, 'alarm'],
  ['refused', REFUSED, 'failure'],
])('REX-RCP-017 P9 seen does not hide what is %s', async (state, status, kind) => {
  const forged = all[0] as Party
  const mine = await ngo.desk.send(example('content-verification'), { to: forged.id })
  await expect.poll(async () => (await mine.view()).delivery[0]?.state).toBe('stored')
  const receipt = await receiptFor(mine)
  forger.submit(await sealReceipt({ ...receipt, status, code: 'refer.kind=x' }))
  await next(ngo.desk, (item) => item.kind === kind && item.thread.id === mine.id)
  forger.submit(await sealReceipt({ ...receipt, status: SEEN, code: '' }))
  await received()
  expect((await mine.view()).delivery).toMatchObject([{ state }])
})

/** A desk's receipt for the one envelope of a thread, without the verdict. */
async function receiptFor(thread: Thread) {
  const refer = EvidenceBundle.decode(await thread.export()).messages[0] as EvidenceMessage
  const { context, grant } = refer.deliveries[0] as EvidenceDelivery
  const { envelopeId } = parseRouting(EnvelopeContext.decode(context).routing)
  const message = manifestDigest(refer.manifest?.payload as Uint8Array)
  return { envelopeId, envelopeDigest: envelopeDigest(context, grant), message, timeMs: Date.now() }
}

const sealReceipt = (receipt: DeskReceipt) =>
  forger.seal('receipt', {
    threadId: new Uint8Array(16),
    event: { content: { $case: 'receipts', value: { receipts: [receipt] } } },
  })

describe('a referral that this version does not understand', () => {
  const held = async (refer: SealedMessage, code: string) => {
    forger.submit(refer)
    expect(await receiptsOf(refer)).toMatchObject([{ status: HELD, code }])
    const item = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
    const { thread } = item
    expect(item.kind === 'alarm' && item.message).toContain(code)
    expect(await thread.view()).toMatchObject({ state: 'requested', frozen: 'held' })
    expect((await ngo.desk.threads()).map(({ id }) => id)).toContain(thread.id)
    expect((await thread.current()).referral.triage).toEqual(example('content-verification').triage)
    expect((await thread.describe()).length).toBeGreaterThan(0)
    const digest = toHex(refer.digest)
    await expect(thread.resolve(digest, 'refuse')).rejects.toMatchObject({ reason: 'INVALID_EVENT' })
    await thread.decline({ code: 'other', text: 'Please send it in the current version.' })
    expect(await thread.view()).toMatchObject({ state: 'declined' })
    expect((await thread.view()).frozen).toBeUndefined()
  }
  test('P9 of an unknown kind: held for a person, listed, readable, and declined by that person', async () => {
    const sections = encodeSections(example('content-verification'))
    await held(
      await forger.seal('refer', { sections, value: { kind: 'from-the-future' } }),
      'refer.kind=from-the-future',
    )
  })
  test.each(['from-the-future', 'attachment'])(
    'REX-REF-060, T-061 with a section of the unknown type %s',
    async (type) => {
      const future = { type, content: new TextEncoder().encode('../../etc/passwd') }
      const sections = [...encodeSections(example('content-verification')), future]
      await held(await forger.seal('refer', { sections }), `section.type=${type}`)
    },
  )
  test('T-145 with a section of an unknown type that a person places: it reaches the application, raw', async () => {
    const content = new TextEncoder().encode('from a newer version')
    const sections = [
      ...encodeSections(example('content-verification')),
      { type: 'from-the-future', content },
    ]
    const refer = await forger.seal('refer', { sections })
    forger.submit(refer)
    expect(await receiptsOf(refer)).toMatchObject([{ status: HELD }])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
    expect((await thread.view()).allowed).toEqual(expect.arrayContaining(['accept', 'decline', 'resolve']))
    expect((await thread.current()).unknownSections).toEqual([])
    await thread.resolve(toHex(refer.digest), 'place', { key: 'place' })
    await thread.resolve(toHex(refer.digest), 'place', { key: 'place' })
    expect(await receiptsOf(refer)).toMatchObject([{ status: RECEIVED }])
    const unknownSections = [{ type: 'from-the-future', content }]
    const { items = [] } = example('content-verification')
    const item = await next(ngo.desk, referralOf(thread.id))
    expect(item).toMatchObject({ kind: 'referral', unknownSections, referral: { items } })
    expect((await thread.current()).unknownSections).toEqual(unknownSections)
    expect(await ngo.desk.parked()).toEqual([])
  })
  test('REX-THR-062 a person takes it in as it is: a referral like any other', async () => {
    const sections = encodeSections(example('content-verification'))
    const refer = await forger.seal('refer', { sections, value: { kind: 'from-the-future' } })
    forger.submit(refer)
    expect(await receiptsOf(refer)).toMatchObject([{ status: HELD }])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
    await thread.resolve(toHex(refer.digest), 'place')
    expect(await receiptsOf(refer)).toMatchObject([{ status: RECEIVED }])
    await next(ngo.desk, referralOf(thread.id))
    expect((await thread.view()).frozen).toBeUndefined()
  })
})
