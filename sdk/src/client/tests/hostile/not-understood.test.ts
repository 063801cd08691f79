// Messages of a newer version are held for a person to decide. docs/spec/thread.md, REX-THR-062
import { join } from 'node:path'
import { EnvelopeContext } from '@rex/proto/core/v1/envelope'
import { EvidenceBundle, type EvidenceDelivery, type EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { type DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../core/encoding/encoding.ts'
import { envelopeDigest, manifestDigest } from '../../../core/envelope/digest.ts'
import { parseRouting } from '../../../core/envelope/parse.ts'
import type { SealedMessage } from '../../../core/envelope/seal.ts'
import { encodeSections } from '../../../core/referral-codec/section.ts'
import type { Thread } from '../../api/thread.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import { type Forger, receivedRefer, threadOf, withForger } from '../harness/forger.ts'
import { alarmOf, eventOf, example, next, openAgain, type Party, referralOf } from '../harness/parties.ts'

const { RECEIVED, REFUSED, HELD, SEEN } = DeskReceiptStatus
let all: Party[]
let ngo: Party
let forger: Forger

withForger(['forger', 'ngo'], (made) => {
  ;({ all, ngo, forger } = made)
})

const CODE = 'withdraw.code=from-the-future'

/** Sends a refer, and a withdrawal that the NGO holds because of an unknown code. */
async function held() {
  const refer = await receivedRefer(forger, ngo)
  const strange = await forger.sealAfter([refer], 'withdraw', { value: { code: 'from-the-future' } })
  forger.submit(strange)
  expect(await forger.receiptsOf(strange)).toMatchObject([{ status: HELD, code: CODE }])
  const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
  const digest = toHex(strange.digest)
  return { refer, strange, digest, thread }
}

/** Opens the NGO's desk over a store left by a version that did not support the code. */
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

describe('P9, REX-THR-062 an unknown code on which a decision depends', () => {
  test('is held with an alarm, and blocks further decisions until a person has decided', async () => {
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

  test('counts when a person places it, with the events that waited for it, and the sender is informed', async () => {
    const { refer, strange, digest, thread } = await held()
    const note = await forger.sealAfter([refer, strange], 'note', { value: { text: 'behind' } })
    forger.submit(note)
    expect(await forger.receiptsOf(note)).toMatchObject([{ status: HELD, code: `gap:${digest}` }])
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

  test('can be refused by a person: the sender is told, the thread continues, and the sender can send another', async () => {
    const { refer, strange, digest, thread } = await held()
    await thread.resolve(digest, 'refuse')
    expect(await forger.receiptsOf(strange)).toMatchObject([{ status: REFUSED, code: 'UNKNOWN_CODE' }])
    expect((await thread.view()).frozen).toBeUndefined()
    const anew = await forger.sealAfter([refer], 'withdraw', {
      value: { code: 'no-longer-needed' },
      void: [strange.digest],
    })
    forger.submit(anew)
    expect(await forger.receiptsOf(anew)).toMatchObject([{ status: RECEIVED }])
    expect((await thread.view()).state).toBe('withdrawn')
    const later = await forger.again(strange)
    forger.submit(later)
    expect(await forger.receiptsOf(later)).toMatchObject([{ status: REFUSED, code: 'UNKNOWN_CODE' }])
  })
})

describe('P9, REX-THR-062 a code that a later version may know', () => {
  test('stays held if it cannot be placed', async () => {
    const refer = await receivedRefer(forger, ngo)
    const strange = await forger.sealAfter([refer], 'fail', { value: { code: 'from-the-future' } })
    forger.submit(strange)
    expect(await forger.receiptsOf(strange)).toMatchObject([{ status: HELD }])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
    const digest = toHex(strange.digest)
    await expect(thread.resolve(digest, 'place')).rejects.toMatchObject({ reason: 'INVALID_EVENT' })
    expect((await thread.view()).held).toMatchObject([{ digest }])
    await thread.resolve(digest, 'refuse')
    expect(await forger.receiptsOf(strange)).toMatchObject([{ status: REFUSED }])
  })

  test('counts once a version that knows the code opens the desk, and the sender is told', async () => {
    const refer = await receivedRefer(forger, ngo)
    const withdraw = await forger.sealAfter([refer], 'withdraw', { value: { code: 'no-longer-needed' } })
    forger.submit(withdraw)
    expect(await forger.receiptsOf(withdraw)).toMatchObject([{ status: RECEIVED }])
    await next(ngo.desk, eventOf(threadOf(refer), 'withdraw'))
    await asNotUnderstood(withdraw)
    expect(await forger.receiptsOf(withdraw)).toMatchObject([{ status: RECEIVED, code: '' }])
    const { thread } = await next(ngo.desk, eventOf(threadOf(refer), 'withdraw'))
    expect(await thread.view()).toMatchObject({ state: 'withdrawn', held: [] })
  })
})

test('REX-RCP-017 the sender is told once that a person has seen a message, but never for a held message', async () => {
  const refer = await receivedRefer(forger, ngo)
  const strange = await forger.sealAfter([refer], 'withdraw', { value: { code: 'from-the-future' } })
  forger.submit(strange)
  expect(await forger.receiptsOf(strange)).toMatchObject([{ status: HELD }])
  const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
  await thread.markSeen()
  expect(await forger.receiptsOf(refer)).toMatchObject([{ status: SEEN, message: refer.digest }])
  await thread.markSeen()
  await receivedRefer(forger, ngo)
  const copy = await forger.again(refer)
  forger.submit(copy)
  expect(await forger.receiptsOf(copy)).toMatchObject([{ status: SEEN }])
})

test.each([
  ['held', HELD, 'alarm'],
  ['refused', REFUSED, 'failure'],
])('REX-RCP-017 P9 seen does not hide a message that is %s', async (state, status, kind) => {
  const mine = await ngo.desk.send(example('content-verification'), { to: all[0]?.id as string })
  await expect.poll(async () => (await mine.view()).delivery[0]?.state).toBe('stored')
  const receipt = await receiptFor(mine)
  forger.submit(await sealReceipt({ ...receipt, status, code: 'refer.kind=x' }))
  await next(ngo.desk, (item) => item.kind === kind && item.thread.id === mine.id)
  forger.submit(await sealReceipt({ ...receipt, status: SEEN, code: '' }))
  await receivedRefer(forger, ngo)
  expect((await mine.view()).delivery).toMatchObject([{ state }])
})

/** Returns a desk's receipt for the only envelope of a thread, without the verdict. */
async function receiptFor(thread: Thread) {
  const refer = EvidenceBundle.decode(await thread.export()).messages[0] as EvidenceMessage
  const { context, grant } = refer.deliveries[0] as EvidenceDelivery
  const { envelopeId } = parseRouting(EnvelopeContext.decode(context).routing)
  const message = manifestDigest(refer.manifest?.payload as Uint8Array)
  return { envelopeId, envelopeDigest: envelopeDigest(context, grant), message, timeMs: Date.now() }
}

const sealReceipt = (receipt: DeskReceipt) =>
  forger.seal('receipt', {
    testTraffic: false,
    threadId: new Uint8Array(16),
    event: { content: { $case: 'receipts', value: { receipts: [receipt] } } },
  })

describe('a referral that this version does not understand', () => {
  const held = async (refer: SealedMessage, code: string) => {
    forger.submit(refer)
    expect(await forger.receiptsOf(refer)).toMatchObject([{ status: HELD, code }])
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
    expect(await forger.receiptsOf(refer)).toMatchObject([{ status: HELD }])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
    expect((await thread.view()).allowed).toEqual(expect.arrayContaining(['accept', 'decline', 'resolve']))
    expect((await thread.current()).unknownSections).toEqual([])
    await thread.resolve(toHex(refer.digest), 'place', { key: 'place' })
    await thread.resolve(toHex(refer.digest), 'place', { key: 'place' })
    expect(await forger.receiptsOf(refer)).toMatchObject([{ status: RECEIVED }])
    const unknownSections = [{ type: 'from-the-future', content }]
    const { items = [] } = example('content-verification')
    const item = await next(ngo.desk, referralOf(thread.id))
    expect(item).toMatchObject({ kind: 'referral', unknownSections, referral: { items } })
    expect((await thread.current()).unknownSections).toEqual(unknownSections)
    expect(await ngo.desk.parked()).toEqual([])
  })
  test('REX-THR-062 is an ordinary referral once a person has accepted it as it is', async () => {
    const sections = encodeSections(example('content-verification'))
    const refer = await forger.seal('refer', { sections, value: { kind: 'from-the-future' } })
    forger.submit(refer)
    expect(await forger.receiptsOf(refer)).toMatchObject([{ status: HELD }])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'held'))
    await thread.resolve(toHex(refer.digest), 'place')
    expect(await forger.receiptsOf(refer)).toMatchObject([{ status: RECEIVED }])
    await next(ngo.desk, referralOf(thread.id))
    expect((await thread.view()).frozen).toBeUndefined()
  })
})
