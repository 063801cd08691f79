import { randomBytes } from 'node:crypto'
import { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { ReferralSection } from '@rex/proto/core/v1/referral'
import { DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { describe, expect, test } from 'vitest'
import { encode, toHex } from '../../../core/encoding/encoding.ts'
import type { SealedMessage } from '../../../core/envelope/seal.ts'
import { encodeSections } from '../../../core/referral-codec/section.ts'
import { type Forger, receivedRefer, threadOf, withForger } from '../harness/forger.ts'
import { alarmOf, eventOf, example, next, openAgain, type Party, referralOf } from '../harness/parties.ts'

const { RECEIVED, REFUSED, HELD } = DeskReceiptStatus
const logged: string[] = []
let all: Party[]
let ngo: Party
let forger: Forger

withForger(
  ['forger', 'ngo', 'police'],
  (made) => {
    ;({ all, ngo, forger } = made)
  },
  (line) => logged.push(line),
)

/** Closes the NGO's desk and opens it again. */
async function reopen(): Promise<void> {
  await ngo.desk[Symbol.asyncDispose]()
  ngo.desk = await openAgain(ngo.directory, (line) => logged.push(line))
}

describe('the same message', () => {
  test('T-041, T-042 in many envelopes at once: one item, the same receipt for each', async () => {
    const refer = await forger.sealRefer()
    const copies = await Promise.all([1, 2, 3].map(() => forger.again(refer)))
    forger.submit(refer, ...copies)
    const receipts = await forger.receiptsOf(refer, ...copies)
    expect(receipts.map((receipt) => receipt?.status)).toEqual([RECEIVED, RECEIVED, RECEIVED, RECEIVED])
    await next(ngo.desk, referralOf(threadOf(refer)))
    const later = await forger.again(refer)
    forger.submit(later)
    expect(await forger.receiptsOf(later)).toMatchObject([{ status: RECEIVED }])
    const { events } = await (await ngo.desk.thread(threadOf(refer))).changes()
    expect(events.map(({ type }) => type)).toEqual(['refer'])
  })

  test('T-043 a message with the same id and other content is refused, and the first stays', async () => {
    const refer = await receivedRefer(forger, ngo)
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
    const [verdict, again] = await forger.receiptsOf(other, third)
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
  test('T-045 an event that arrives before its predecessor waits for it; then both are received in order', async () => {
    const refer = await receivedRefer(forger, ngo)
    const first = await forger.sealAfter([refer], 'note', { value: { text: 'first' } })
    const second = await forger.sealAfter([refer, first], 'note', { value: { text: 'second' } })
    forger.submit(second)
    expect(await forger.receiptsOf(second)).toMatchObject([
      { status: HELD, code: `gap:${toHex(first.digest)}` },
    ])
    await next(ngo.desk, alarmOf(threadOf(refer), 'gap'))
    forger.submit(first)
    const receipts = [await forger.receipt(), await forger.receipt()]
    expect(receipts.map(({ status, message }) => [status, toHex(message)])).toEqual([
      [RECEIVED, toHex(first.digest)],
      [RECEIVED, toHex(second.digest)],
    ])
    const notes = [1, 2].map(async () => {
      const item = await next(ngo.desk, eventOf(threadOf(refer), 'note'))
      return item.kind === 'event' && item.event.type === 'note' && item.event.content.text
    })
    expect([await notes[0], await notes[1]]).toEqual(['first', 'second'])
  })

  test('T-046 two events at the same position of a chain raise an alarm and close the thread to automation', async () => {
    const refer = await receivedRefer(forger, ngo)
    const rivals = [
      await forger.sealAfter([refer], 'note', { value: { text: 'one' } }),
      await forger.sealAfter([refer], 'note', { value: { text: 'other' } }),
    ]
    forger.submit(...rivals)
    expect(await forger.receiptsOf(...rivals)).toMatchObject([
      { status: RECEIVED },
      { status: HELD, code: 'fork' },
    ])
    const { thread } = await next(ngo.desk, alarmOf(threadOf(refer), 'fork'))
    expect((await thread.view()).frozen).toBe('fork')
    await expect(thread.accept()).rejects.toMatchObject({ reason: 'FORK' })
  })
})

async function refused(message: SealedMessage, code: string): Promise<void> {
  forger.submit(message)
  expect(await forger.receiptsOf(message)).toMatchObject([{ status: REFUSED, code }])
}

describe('messages that do not belong to the thread', () => {
  test('T-047 an event in a thread of other parties', async () => {
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
    const refer = await receivedRefer(forger, ngo)
    const thread = await ngo.desk.thread(threadOf(refer))
    await thread.accept()
    const accept = (await thread.changes()).events.at(-1)?.digest as string
    const disclose = (sections: object[]) =>
      forger.sealAfter([refer], 'disclose', {
        value: { sections: [1] },
        heads: [Buffer.from(accept, 'hex')],
        sections,
      })
    const other = encodeSections(example('victim-support-grooming'))[1] as object
    for (const sections of [[other], []]) await refused(await disclose(sections), 'INVALID_EVENT')
  })
  test('a second refer in a thread', async () => {
    const refer = await receivedRefer(forger, ngo)
    const { threadId } = refer.manifest
    const second = await forger.seal('refer', {
      threadId,
      sections: encodeSections(example('content-verification')),
    })
    await refused(second, 'INVALID_EVENT')
  })
  test("the recipient's verb from the referrer", async () => {
    const refer = await receivedRefer(forger, ngo)
    await refused(await forger.sealAfter([refer], 'accept'), 'INVALID_EVENT')
  })
  test('test traffic in a real thread', async () => {
    const refer = await receivedRefer(forger, ngo)
    await refused(await forger.sealAfter([refer], 'note', { testTraffic: false }), 'POLICY_REFUSED')
  })
})

describe('sections that do not belong', () => {
  test('T-051 REX-THR-031 a correction with a section that was not granted, before the accept', async () => {
    const [triage, handling, ...others] = encodeSections(example('content-verification'))
    const sections = [triage, handling] as typeof others
    const refer = await forger.seal('refer', { sections })
    forger.submit(refer)
    await next(ngo.desk, referralOf(threadOf(refer)))
    expect(await forger.receiptsOf(refer)).toMatchObject([{ status: RECEIVED }])
    await refused(await forger.sealAfter([refer], 'correct', { sections: others }), 'INVALID_EVENT')
    await refused(await forger.sealAfter([refer], 'note', { sections }), 'INVALID_EVENT')
  })
  test('T-051 REX-THR-031 an event that waits for a predecessor is not part of the referral', async () => {
    const [triage, handling, ...others] = encodeSections(example('content-verification'))
    const sections = [triage, handling] as typeof others
    const refer = await forger.seal('refer', { sections })
    const missed = await forger.sealAfter([refer], 'note')
    const early = await forger.sealAfter([refer, missed], 'correct', { sections: others })
    forger.submit(refer)
    const { thread } = await next(ngo.desk, referralOf(threadOf(refer)))
    forger.submit(early)
    await next(ngo.desk, alarmOf(threadOf(refer), 'gap'))
    expect((await thread.current()).referral.items).toBeUndefined()
    expect(await forger.receiptsOf(refer, early)).toMatchObject([{ status: RECEIVED }, { status: HELD }])
    forger.submit(missed)
    const receipts = [await forger.receipt(), await forger.receipt()]
    expect(receipts.map(({ status, code }) => [status, code])).toEqual([
      [RECEIVED, ''],
      [REFUSED, 'INVALID_EVENT'],
    ])
    expect((await thread.current()).referral.items).toBeUndefined()
  })
  test('REX-REF-022 a refer without triage, or with triage after another section', async () => {
    const [triage, ...others] = encodeSections(example('content-verification'))
    const behind = [...others, triage as (typeof others)[0]]
    for (const sections of [others, behind])
      await refused(await forger.seal('refer', { sections }), 'INVALID_REFERRAL')
  })
  test('an image in the text of an event', async () => {
    const refer = await receivedRefer(forger, ngo)
    const image = `data:image/png;base64,${Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64')}`
    await refused(await forger.sealAfter([refer], 'note', { value: { text: image } }), 'CONTENT_REFUSED')
  })
  test('T-121 malformed sections are refused, and no word of them is in the log', async () => {
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
