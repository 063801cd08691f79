// A malicious paired organisation: its keys are valid, its desk is modified.
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EnvelopeContext } from '@rex/proto/core/v1/envelope'
import { EvidenceBundle, type EvidenceDelivery, type EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { type DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import type { ReceiveResponse } from '@rex/proto/mailbox/v1/mailbox'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../core/encoding/encoding.ts'
import { envelopeDigest } from '../../../core/envelope/digest.ts'
import type { OpenedMessage } from '../../../core/envelope/open.ts'
import { parseRouting } from '../../../core/envelope/parse.ts'
import type { SealedMessage } from '../../../core/envelope/seal.ts'
import { localSigner } from '../../../core/jose/jose.ts'
import { LIMITS } from '../../../core/limits.ts'
import { verifyEvidence } from '../../../core/receipt/evidence.ts'
import { encodeSections } from '../../../core/referral-codec/section.ts'
import { DEADLINES } from '../../../core/thread/view.ts'
import type { Thread } from '../../api/thread.ts'
import { openDesk } from '../../desk.ts'
import { openLink } from '../../gateway/link.ts'
import { openKeystore } from '../../keys/keystore.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import { type Forger, threadOf, withForger } from '../harness/forger.ts'
import { example, next, openAgain, PASSPHRASE, type Party, referralOf } from '../harness/parties.ts'

const { RECEIVED, SEEN, REFUSED } = DeskReceiptStatus
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

/** Returns the verdict of the NGO's desk on a message. */
async function verdictOn({ deliveries }: SealedMessage): Promise<DeskReceipt> {
  for (;;) {
    const receipt = await forger.receipt()
    if (toHex(receipt.envelopeId) === toHex(deliveries[0]?.envelopeId as Uint8Array)) return receipt
  }
}

/** Sends a refer that the NGO's desk receives. */
async function received(): Promise<SealedMessage> {
  const refer = await forger.seal('refer', { sections: encodeSections(example('content-verification')) })
  forger.submit(refer)
  expect(await verdictOn(refer)).toMatchObject({ status: RECEIVED })
  return refer
}

/** Sends a refer that a person at the NGO reads. */
async function referred(): Promise<SealedMessage> {
  const refer = await received()
  await next(ngo.desk, referralOf(threadOf(refer)))
  return refer
}

/** Closes the NGO's desk, modifies its store in a way that no checksum reveals, and opens the desk again. */
async function restarted(work: (store: DatabaseSync) => void = () => {}): Promise<void> {
  await ngo.desk[Symbol.asyncDispose]()
  const store = new DatabaseSync(join(ngo.directory, 'desk', STORE_FILE))
  work(store)
  store.close()
  rmSync(join(ngo.directory, 'desk', `${STORE_FILE}.sums`))
  ngo.desk = await openAgain(ngo.directory, (line) => logged.push(line))
}

/**
 * Makes the messages of a thread unreadable. Their verdicts are removed, so the desk cannot tell that the messages may arrive again.
 */
function spoil(store: DatabaseSync, thread: string): void {
  store
    .prepare(
      'UPDATE message SET content = zeroblob(64) WHERE thread = (SELECT sequence FROM thread WHERE id = unhex(?))',
    )
    .run(thread)
  store.exec('DELETE FROM verdict')
}

describe('the chain of the other side', () => {
  test('T-046, T-047 used by a peer: no fork, and the next event gets its own position', async () => {
    const refer = await referred()
    const { chain } = await openKeystore(join(ngo.directory, 'desk'), PASSPHRASE)
    const thread = await ngo.desk.thread(threadOf(refer))
    await thread.accept()
    const note = await forger.sealAfter([refer], 'note', { chain, counter: 0 })
    forger.submit(note)
    expect(await verdictOn(note)).toMatchObject({ status: RECEIVED })
    await thread.progress({ code: 'contact-made' })
    expect(await thread.view()).toMatchObject({ state: 'in-progress' })
    expect((await thread.view()).frozen).toBeUndefined()
  })

  test('T-047, T-055 a position at the end of the number range is refused; the thread can be opened after a restart', async () => {
    const refer = await referred()
    const { chain } = await openKeystore(join(ngo.directory, 'desk'), PASSPHRASE)
    const note = await forger.sealAfter([refer], 'note', { chain, counter: Number.MAX_SAFE_INTEGER })
    forger.submit(note)
    expect(await verdictOn(note)).toMatchObject({ status: REFUSED, code: 'UNOPENABLE' })
    await (await ngo.desk.thread(threadOf(refer))).accept()
    await restarted()
    expect(await (await ngo.desk.thread(threadOf(refer))).view()).toMatchObject({ state: 'accepted' })
  })
})

test('T-047 T-080 an unreadable thread does not hide others in the list and in the feed', async () => {
  const [broken, whole] = [await referred(), await referred()].map(threadOf) as [string, string]
  const sections = encodeSections(example('content-verification'))
  await restarted((store) => {
    spoil(store, broken)
    store
      .prepare(
        'INSERT INTO item (id, thread, urgent, attempts, notBeforeMs, content) VALUES (?, ?, 1, 0, 0, ?)',
      )
      .run(broken, broken, new Uint8Array(64))
  })
  const listed = await ngo.desk.threads()
  expect(listed.find(({ id }) => id === whole)).toMatchObject({ state: 'requested' })
  expect(listed.find(({ id }) => id === broken)).toMatchObject({
    state: 'unreadable',
    nextStep: { who: ngo.id, what: 'repair' },
  })
  const refer = await forger.seal('refer', { sections })
  forger.submit(refer)
  await next(ngo.desk, referralOf(threadOf(refer)))
  expect(logged.some((line) => line.includes('A thread cannot be read.'))).toBe(true)
})

test('T-080 REX-MBX-035 mail in an unreadable thread does not delay other mail in either direction', async () => {
  const refer = await referred()
  const broken = threadOf(refer)
  await restarted((store) => {
    spoil(store, broken)
  })
  forger.submit(await forger.sealAfter([refer], 'note', { counter: 1 }))
  const other = await forger.seal('refer', { sections: encodeSections(example('content-verification')) })
  forger.submit(other)
  const { thread } = await next(ngo.desk, referralOf(threadOf(other)))
  await thread.accept()
  await ngo.desk.drain()
  const codes = (await ngo.desk.health()).problems.map(({ code }) => code)
  expect(codes).toContain('unreadable')
  expect(codes).not.toContain('gateway-refuses')
})

test('T-080 T-140 an item with a damaged row blames the desk store, and does not hide other items set aside', async () => {
  const thread = threadOf(await referred())
  await restarted((store) => {
    store
      .prepare(
        'INSERT INTO item (id, thread, urgent, attempts, notBeforeMs, content) VALUES (?, ?, 1, 0, 0, ?)',
      )
      .run(thread, thread, new Uint8Array(64))
  })
  const stop = new AbortController()
  const reading = (async () => {
    for await (const item of ngo.desk.receive({ signal: stop.signal })) await item.ack()
  })()
  const reasons = async () => (await ngo.desk.parked()).map(({ reason }) => reason)
  await expect.poll(reasons).toContain('It cannot be read: the desk store is damaged.')
  stop.abort()
  await reading
  for (const item of await ngo.desk.parked()) await item.ack()
  expect(await ngo.desk.parked()).toEqual([])
})

/** Sends a referral of the NGO to the forger. Returns the referral, with the contents of a truthful receipt. */
async function sent(): Promise<{ thread: Thread; message: OpenedMessage; receipt: DeskReceipt }> {
  const thread = await ngo.desk.send(example('content-verification'), { to: all[0]?.id as string })
  let message = await forger.message()
  while (toHex(message.manifest.threadId) !== thread.id) message = await forger.message()
  const { routing, digest: envelopeDigest } = message.envelope
  const { envelopeId } = routing
  const timeMs = Date.now()
  const receipt = { status: RECEIVED, envelopeId, envelopeDigest, message: message.digest, timeMs, code: '' }
  return { thread, message, receipt }
}

/** Sends a receipt batch of the forger, which the NGO processes. Returns the alarms that the batch raised. */
async function receipted(...receipts: readonly DeskReceipt[]): Promise<string[]> {
  const event = { content: { $case: 'receipts' as const, value: { receipts: [...receipts] } } }
  const threadId = new Uint8Array(16)
  forger.submit(await forger.seal('receipt', { threadId, event, testTraffic: false }))
  return alarmsBefore(await received())
}

/** Returns the alarms that precede a referral of the forger. */
async function alarmsBefore(refer: SealedMessage): Promise<string[]> {
  const alarms: string[] = []
  await next(ngo.desk, (item) => {
    if (item.kind === 'alarm') alarms.push(item.alarm)
    return referralOf(threadOf(refer))(item)
  })
  return alarms
}

describe('T-055 impossible times', () => {
  test('in an event: refused', async () => {
    const sections = encodeSections(example('content-verification'))
    const refer = await forger.seal('refer', { sections, value: { decideByMs: 9e15 } })
    forger.submit(refer)
    expect(await verdictOn(refer)).toMatchObject({ status: REFUSED, code: 'MALFORMED' })
  })

  test.each([
    [RECEIVED, 0],
    [RECEIVED, 9e15],
    [RECEIVED, Date.now() + 86_400_000],
    [SEEN, 9e15],
  ])(
    'in a receipt of status %i: %i starts the clock of the next step all the same',
    async (status, timeMs) => {
      const { thread, receipt } = await sent()
      await receipted({ ...receipt, status, timeMs })
      const { byMs = Number.POSITIVE_INFINITY } = (await thread.view()).nextStep ?? {}
      expect(byMs).toBeLessThanOrEqual(Date.now() + DEADLINES.decide.routine)
    },
  )
})

/** Expects the NGO's referral still to be unanswered, and its evidence to be valid. */
async function untouched(thread: Thread): Promise<void> {
  const [delivery] = (await thread.view()).delivery
  expect(['submitted', 'stored']).toContain(delivery?.state)
  const keys = new Map(
    await Promise.all(
      all.map(async ({ id, directory }) => {
        const { entitySeed } = await openKeystore(join(directory, 'desk'), PASSPHRASE)
        return [id, localSigner(entitySeed).key] as const
      }),
    ),
  )
  const { messages } = await verifyEvidence(await thread.export(), (id) => keys.get(id))
  expect(messages.map(({ deliveries }) => deliveries.map(({ receipts }) => receipts))).toEqual([[[]]])
}

describe('T-049 a receipt that is not true', () => {
  test.each<[string, (receipt: DeskReceipt) => DeskReceipt[], string[]]>([
    [
      'of what was never sent',
      (one) => [{ ...one, envelopeId: randomBytes(16), envelopeDigest: randomBytes(32) }],
      [],
    ],
    ['of other bytes', (one) => [{ ...one, envelopeDigest: randomBytes(32) }], ['receipt-mismatch']],
    ['of another message', (one) => [{ ...one, message: randomBytes(32) }], ['receipt-mismatch']],
    ['of no message', (one) => [{ ...one, message: new Uint8Array() }], ['receipt-mismatch']],
    ['beside a true one', (one) => [one, { ...one, message: randomBytes(32) }], ['receipt-mismatch']],
    [
      'beside a true one, of the same bytes under another id',
      (one) => [one, { ...one, envelopeId: randomBytes(16), message: randomBytes(32) }],
      ['receipt-mismatch'],
    ],
    ['among too many', (one) => Array.from({ length: LIMITS.receiptsPerBatch + 1 }, () => one), []],
  ])('%s: no effect', async (_name, forged, alarms) => {
    const { thread, receipt } = await sent()
    expect(await receipted(...forged(receipt))).toEqual(alarms)
    await untouched(thread)
  })
})

describe('T-049 a true receipt in the wrong place', () => {
  test('of an envelope that went to somebody else: no effect', async () => {
    const police = all[2] as Party
    const thread = await ngo.desk.send(example('content-verification'), { to: police.id })
    const { thread: theirs } = await next(police.desk, referralOf(thread.id))
    const { messages } = EvidenceBundle.decode(await theirs.export())
    const { context, grant } = (messages[0] as EvidenceMessage).deliveries[0] as EvidenceDelivery
    const { envelopeId } = parseRouting(EnvelopeContext.decode(context).routing)
    const { digest } = (await theirs.changes()).events[0] as { digest: string }
    const forged = {
      status: REFUSED,
      envelopeId,
      envelopeDigest: envelopeDigest(context, grant),
      message: Buffer.from(digest, 'hex'),
      timeMs: Date.now(),
      code: 'POLICY_REFUSED',
    }
    expect(await receipted(forged)).toEqual([])
    expect((await thread.view()).delivery[0]?.state).not.toBe('refused')
  })

  test('of the gateway: no effect', async () => {
    await ngo.desk[Symbol.asyncDispose]()
    const directory = join(ngo.directory, 'desk')
    const keys = await openKeystore(directory, PASSPHRASE)
    const link = openLink(keys)
    const receive: typeof link.mailbox.receive = async function* (...call) {
      for await (const response of link.mailbox.receive(...call)) yield withForgedReceipt(response)
    }
    const forging = { ...link, mailbox: { ...link.mailbox, receive } }
    ngo.desk = await openDesk({
      keys,
      store: openSqliteDeskStore(join(directory, STORE_FILE)),
      link: forging,
    })
    const { thread } = await sent()
    const alarm = await next(ngo.desk, (item) => item.kind === 'alarm' && item.thread.id === thread.id)
    expect(alarm).toMatchObject({ alarm: 'receipt-mismatch' })
    expect((await thread.view()).delivery).toMatchObject([{ state: 'submitted' }])
    await untouched(thread)
    expect(await alarmsBefore(await received())).toEqual([])
    await restarted()
  })
})

/** Replaces the signature of the stored receipt in a report, if the response contains one. */
function withForgedReceipt(response: ReceiveResponse): ReceiveResponse {
  const { content } = response
  if (content?.$case !== 'report' || content.value.outcome?.$case !== 'stored') return response
  const signed = content.value.outcome.value
  const outcome = { $case: 'stored' as const, value: { ...signed, signature: randomBytes(64) } }
  return { ...response, content: { $case: 'report', value: { ...content.value, outcome } } }
}
