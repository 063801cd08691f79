// What a paired organisation can do that means harm: its keys are good, its desk is its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toHex } from '../core/encoding.ts'
import type { OpenedMessage } from '../core/envelope/open.ts'
import type { SealedMessage } from '../core/envelope/seal.ts'
import { encodeSections } from '../core/referral-codec/section.ts'
import { DEADLINES } from '../core/thread/view.ts'
import type { Thread } from './api.ts'
import { STORE_FILE } from './desk.ts'
import {
  closeAll,
  example,
  type Forger,
  forge,
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  parties,
  referralOf,
} from './fixture.ts'
import { openKeystore } from './keystore.ts'

const { RECEIVED, SEEN, REFUSED } = DeskReceiptStatus
const root = mkdtempSync(join(tmpdir(), 'rex-hostile-'))
const logged: string[] = []
let all: Party[]
let ngo: Party
let forger: Forger

beforeAll(async () => {
  all = await parties(root, ['forger', 'ngo'], (line) => logged.push(line))
  ngo = all[1] as Party
  forger = await forge(all[0] as Party, ngo.id)
})

afterAll(async () => {
  await forger[Symbol.asyncDispose]()
  await closeAll(all)
  rmSync(root, { recursive: true, force: true })
})

const threadOf = ({ manifest }: SealedMessage) => toHex(manifest.threadId)

/** The verdict of the NGO's desk on a message. */
async function verdictOn({ deliveries }: SealedMessage): Promise<DeskReceipt> {
  for (;;) {
    const receipt = await forger.receipt()
    if (toHex(receipt.envelopeId) === toHex(deliveries[0]?.envelopeId as Uint8Array)) return receipt
  }
}

/** A refer that the NGO has received. */
async function referred(value: object = {}): Promise<SealedMessage> {
  const sections = encodeSections(example('content-verification'))
  const refer = await forger.seal('refer', { sections, value })
  forger.submit(refer)
  expect(await verdictOn(refer)).toMatchObject({ status: RECEIVED })
  await next(ngo.desk, referralOf(threadOf(refer)))
  return refer
}

/** An event right after others of the forger's. */
const sealAfter = (before: SealedMessage, name: string, change: object = {}) =>
  forger.seal(name, {
    threadId: before.manifest.threadId,
    counter: before.manifest.counter + 1,
    heads: [before.digest],
    ...change,
  })

/** Closes the NGO's desk, does something to its store, and opens it again. */
async function restarted(work: (store: DatabaseSync) => void = () => {}): Promise<void> {
  await ngo.desk[Symbol.asyncDispose]()
  const store = new DatabaseSync(join(ngo.directory, 'desk', STORE_FILE))
  work(store)
  store.close()
  ngo.desk = await openAgain(ngo.directory, (line) => logged.push(line))
}

describe('the chain of the other side', () => {
  test('T-046, T-047 in use by a peer: no fork, and the next event takes its own place', async () => {
    const refer = await referred()
    const { chain } = await openKeystore(join(ngo.directory, 'desk'), PASSPHRASE)
    const thread = await ngo.desk.thread(threadOf(refer))
    await thread.accept()
    const note = await sealAfter(refer, 'note', { chain, counter: 0 })
    forger.submit(note)
    expect(await verdictOn(note)).toMatchObject({ status: RECEIVED })
    await thread.progress({ code: 'contact-made' })
    expect(await thread.view()).toMatchObject({ state: 'in-progress' })
    expect((await thread.view()).frozen).toBeUndefined()
  })

  test('T-047, T-055 a place at the end of all numbers: refused; the thread opens again after a restart', async () => {
    const refer = await referred()
    const { chain } = await openKeystore(join(ngo.directory, 'desk'), PASSPHRASE)
    const note = await sealAfter(refer, 'note', { chain, counter: Number.MAX_SAFE_INTEGER })
    forger.submit(note)
    expect(await verdictOn(note)).toMatchObject({ status: REFUSED, code: 'UNOPENABLE' })
    await (await ngo.desk.thread(threadOf(refer))).accept()
    await restarted()
    expect(await (await ngo.desk.thread(threadOf(refer))).view()).toMatchObject({ state: 'accepted' })
  })
})

test('T-047 T-080 a thread that cannot be read hides no other, in the list and in the feed', async () => {
  const [broken, whole] = [await referred(), await referred()].map(threadOf) as [string, string]
  const sections = encodeSections(example('content-verification'))
  await restarted((store) => {
    store.prepare('UPDATE message SET content = zeroblob(64) WHERE thread = ?').run(broken)
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

/** A referral of the NGO's, as it came to the forger, and what a true receipt of it says. */
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

async function receipted(...receipts: readonly DeskReceipt[]): Promise<void> {
  const event = { content: { $case: 'receipts' as const, value: { receipts: [...receipts] } } }
  const threadId = new Uint8Array(16)
  forger.submit(await forger.seal('receipt', { threadId, event, testTraffic: false }))
  await referred()
}

describe('T-055 times that no clock shows', () => {
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
