// Messages that are sent again, to a recipient played by the test: honest, silent or hostile.
import { randomBytes } from 'node:crypto'
import { Lane } from '@rex/proto/core/v1/envelope'
import { type DeskReceipt, DeskReceiptStatus, type Event, EventType } from '@rex/proto/core/v1/thread'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { fromHex, toHex } from '../../core/encoding/encoding.ts'
import { type OpenedMessage, open } from '../../core/envelope/open.ts'
import { encodeEnvelope, parseEnvelope } from '../../core/envelope/parse.ts'
import { type SealedDelivery, seal } from '../../core/envelope/seal.ts'
import { epochAt, epochDecapsulator, publicEpochs } from '../../core/identity/epoch.ts'
import { signInvite } from '../../core/identity/invite.ts'
import { pinnedResolver } from '../../core/identity/pinned.ts'
import { LIMITS } from '../../core/limits.ts'
import { verifyEvidence } from '../../core/receipt/evidence.ts'
import { signStoredReceipt } from '../../core/receipt/stored.ts'
import { type Activity, createActivity } from '../../testing/activity.ts'
import { type VirtualClock, virtualClock } from '../../testing/clock.ts'
import { itemsOf as itemsAt, urgentReferral } from '../../testing/fixture.ts'
import { openGateway } from '../../testing/gateway.ts'
import { testKeys } from '../../testing/keys.ts'
import { type TestParty, type TestPartyOptions, testParty } from '../../testing/party.ts'
import { buildReferral } from '../../testing/referral.ts'
import { watchItems, watchStore } from '../../testing/watch.ts'
import { openWire, type Wire } from '../../testing/wire.ts'
import type { Desk } from '../api/desk.ts'
import type { Item } from '../api/items.ts'
import type { Thread } from '../api/thread.ts'
import type { Clock } from '../clock/clock.ts'
import { openDesk } from '../desk.ts'
import type { MailboxLink } from '../gateway/link.ts'
import type { Keys } from '../keys/keystore.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import type { DeskStore } from '../store/store.ts'

const START = Date.UTC(2026, 10, 23, 12)
const { RECEIVED, HELD, REFUSED } = DeskReceiptStatus

/** An envelope as received by the recipient's gateway. */
interface Came {
  readonly bytes: Uint8Array
  readonly envelopeId: Uint8Array
  readonly envelopeDigest: Uint8Array
  readonly createdMs: number
  readonly kid: string
}

let clock: Clock & VirtualClock
let setBackMs: number
let activity: Activity
let wire: Wire
let link: MailboxLink
let hotline: TestParty
let ngo: TestParty
let came: Came[]
let reachable: boolean
let statement: string
let incarnation: Uint8Array
let refreshes: number
let store: DeskStore
let desk: Desk

async function settle(): Promise<void> {
  let begun: number
  do {
    begun = activity.begun()
    await desk.drain()
    await activity.idle()
    await new Promise(setImmediate)
  } while (activity.begun() !== begun)
}

async function openHotline(change: Partial<Keys> = {}): Promise<Desk> {
  const opened = await openDesk({
    keys: { ...testKeys('hotline', START), ...change },
    store: { ...watchStore(store, activity), [Symbol.asyncDispose]: async () => {} },
    link: {
      ...link,
      mailbox: {
        ...link.mailbox,
        acquireLease: async (request, options) => {
          return { ...(await link.mailbox.acquireLease(request, options)), incarnation }
        },
      },
    },
    clock: { ...clock, now: () => clock.now() - setBackMs },
    gatherMs: 0,
  })
  return { ...opened, receive: (options) => watchItems(opened.receive(options), activity) }
}

/** The same desk, as after a restart. */
async function reopen(change?: Partial<Keys>): Promise<void> {
  await desk[Symbol.asyncDispose]()
  desk = await openHotline(change)
  await settle()
}

beforeEach(async () => {
  clock = virtualClock(START, settle)
  setBackMs = 0
  activity = createActivity()
  const cut = { kind: 'disconnect', healed: new Promise<void>(() => {}) } as const
  wire = openWire({ clock, activity, nextFault: () => (reachable ? undefined : cut) })
  link = openGateway({ name: 'hotline', clock, activity, wire })
  ;[hotline, ngo] = await Promise.all([
    testParty('hotline', { now: START }),
    testParty('ngo', { now: START }),
  ])
  came = []
  reachable = true
  statement = ngo.configuration.jwt
  incarnation = randomBytes(16)
  refreshes = 0
  wire.attach(ngo.organisation, {
    urgentOverBudget() {},
    statement: () => {
      refreshes++
      return statement
    },
    async accept(bytes) {
      const { routing, digest: envelopeDigest, kid } = parseEnvelope(bytes)
      const { envelopeId, createdMs, sender, recipient } = routing
      came.push({ bytes, envelopeId, envelopeDigest, createdMs, kid })
      const storedMs = clock.now()
      return signStoredReceipt({ envelopeId, envelopeDigest, sender, recipient, storedMs }, ngo.receipt)
    },
  })
  store = openSqliteDeskStore(':memory:', { durable: false })
  desk = await openHotline()
  await pair()
  await settle()
  return async () => {
    await desk[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
})

async function pair(): Promise<void> {
  const now = clock.now()
  await desk.pair(await signInvite(statement, { signer: ngo.entity, now, expiresMs: now + 1000 }))
}

const refer = (options: object = {}): Promise<Thread> =>
  desk.send(buildReferral(), { to: ngo.organisation, ...options })
const itemsOf = () => itemsAt({ settle }, desk)
const statesOf = async (thread: Thread) =>
  (await (await desk.thread(thread.id)).view()).delivery.map(({ state }) => state)
const kindsOf = (items: readonly Item[]) =>
  items.map((item) => (item.kind === 'alarm' ? item.alarm : item.kind))
const last = (): Came => came.at(-1) as Came

function opened({ bytes }: Came, decapsulator = ngo.decapsulator): Promise<OpenedMessage> {
  const resolver = pinnedResolver(() => hotline.configuration)
  return open(bytes, { organisation: ngo.organisation, storedMs: clock.now(), resolver, decapsulator })
}

/** Sends a message of the recipient's desk. */
async function say(type: EventType, event: Event, change: object = {}): Promise<void> {
  const message = {
    messageId: randomBytes(16),
    threadId: new Uint8Array(16),
    sender: ngo.organisation,
    chain: new Uint8Array(16).fill(7),
    counter: 0,
    heads: [],
    void: [],
    createdMs: clock.now(),
    expiresMs: clock.now() + LIMITS.maxLifetime,
    type,
    event,
    confidential: false,
    sections: [],
    recipients: [
      { organisation: hotline.organisation, lane: Lane.ROUTINE, keys: hotline.keys, sections: [] },
    ],
    testTraffic: false,
    ...change,
  }
  const sealed = await seal(message, { signer: ngo.message, random: randomBytes })
  const { routing, grant } = sealed.deliveries[0] as SealedDelivery
  const envelope = encodeEnvelope({ routing, grant, manifest: sealed.sealedManifest.jwe, sections: [] })
  await wire.gatewayOf(hotline.organisation).accept(envelope, 1)
  await settle()
}

/** The recipient's desk answers for an envelope; with the digest of the message if it could open it. */
function receipt(
  { envelopeId, envelopeDigest }: Came,
  status: DeskReceipt['status'],
  { code = '', message = '' } = {},
): DeskReceipt {
  const digest = message === '' ? new Uint8Array() : fromHex(message, 'message')
  return { status, envelopeId, envelopeDigest, message: digest, timeMs: clock.now(), code }
}

/** The recipient's desk waits for a predecessor. */
async function gapOf(waiting: Came, missing: Came): Promise<DeskReceipt> {
  const [message, code] = (await Promise.all([waiting, missing].map((one) => opened(one)))).map(
    ({ digest }) => toHex(digest),
  ) as [string, string]
  return receipt(waiting, HELD, { code: `gap:${code}`, message })
}

const answer = (...receipts: DeskReceipt[]): Promise<void> =>
  say(EventType.RECEIPT, { content: { $case: 'receipts', value: { receipts } } })

/** Gives the recipient's desk new encryption keys, and the means to open messages sealed to them. */
async function changeNgoKeys(change: TestPartyOptions['change'] = (draft) => draft) {
  const epochs = { epoch: epochAt(START), seed: randomBytes(32) }
  const published = await publicEpochs(epochs, epochs.epoch, LIMITS.epochsAhead)
  const changed = await testParty('ngo', {
    now: START,
    change: (draft) =>
      change({ ...draft, issuedMs: draft.issuedMs + 1000, party: { ...draft.party, epochs: published } }),
  })
  statement = changed.configuration.jwt
  return epochDecapsulator(epochs, epochs.epoch + 1)
}

test('T-092 a gap that is reported without end lets one message go again, and more and more seldom', async () => {
  const mine = await refer()
  await mine.note({ text: 'Follows.' })
  await settle()
  const [first, note] = came as [Came, Came]
  const gap = await gapOf(note, first)
  await answer(...Array.from({ length: LIMITS.receiptsPerBatch }, () => gap))
  expect(came).toHaveLength(3)
  expect(toHex((await opened(last())).digest)).toBe(toHex((await opened(first)).digest))
  for (let seconds = 1; seconds <= 60; seconds++) {
    await answer(gap)
    await clock.advance({ seconds: 1 })
  }
  expect(came.length).toBeLessThan(3 + 7)
  expect(kindsOf(await itemsOf())).toEqual([])
})

test('what is received while it waits to go again does not go', async () => {
  const mine = await refer()
  await mine.note({ text: 'Follows.' })
  await settle()
  const [first, note] = came as [Came, Came]
  const message = toHex((await opened(first)).digest)
  const gap = await gapOf(note, first)
  await answer(gap)
  await answer(gap)
  await answer(receipt(first, RECEIVED, { message }))
  await clock.advance({ hours: 1 })
  expect([came.length, await statesOf(mine)]).toEqual([3, ['received', 'held']])
})

test('a predecessor that is held there does not go again, and is told of once', async () => {
  const mine = await refer()
  await mine.note({ text: 'Follows.' })
  await settle()
  const [first, note] = came as [Came, Came]
  const message = toHex((await opened(first)).digest)
  const held = receipt(first, HELD, { code: 'refer.kind=new', message })
  const gap = await gapOf(note, first)
  await answer(held, gap)
  await answer(held, gap)
  expect([came.length, await statesOf(mine)]).toEqual([2, ['held', 'held']])
  expect(kindsOf(await itemsOf())).toEqual(['held'])
})

test('T-140 what is stored and unanswered is offered again, more and more seldom, until it is answered', async () => {
  const mine = await refer()
  await settle()
  const sentMs = clock.now()
  const digestOf = async (one: Came) => toHex((await opened(one)).digest)
  const message = await digestOf(last())
  await clock.advance({ hours: 64 })
  const hours = came.map(({ createdMs }) => Math.round((createdMs - sentMs) / 3_600_000))
  expect(hours).toEqual([0, 1, 5, 21, 45])
  expect(new Set(came.map(({ envelopeId }) => toHex(envelopeId))).size).toBe(5)
  for (const one of came) expect(await digestOf(one)).toBe(message)
  await reopen()
  await clock.advance({ hours: 6 })
  expect(came).toHaveLength(6)
  await answer(receipt(last(), RECEIVED, { message }))
  await clock.advance({ days: 2 })
  expect([came.length, await statesOf(mine)]).toEqual([6, ['received']])
})

test('T-140 REX-DLV-150 what is urgent is offered before anybody is alarmed', async () => {
  const mine = await desk.send(urgentReferral(), { to: ngo.organisation })
  await settle()
  const sentMs = clock.now()
  await clock.advance({ minutes: 14 })
  expect(came.map(({ createdMs }) => Math.round((createdMs - sentMs) / 60_000))).toEqual([0, 5])
  expect([await statesOf(mine), kindsOf(await itemsOf())]).toEqual([['stored'], []])
  await clock.advance({ hours: 34 })
  const minutes = came.map(({ createdMs }) => Math.round((createdMs - sentMs) / 60_000))
  expect(minutes).toEqual([0, 5, 25, 105, 425, 1705])
})

test('T-140 offers end with the message, which ends as expired', async () => {
  const mine = await refer()
  await clock.advance({ days: 15 })
  expect(came.length).toBeLessThan(20)
  expect([await statesOf(mine), kindsOf(await itemsOf())]).toEqual([['expired'], ['overdue', 'failure']])
})

test('T-139 a clock that was a month ahead when a message was stored puts no offer off', async () => {
  setBackMs = -30 * 86_400_000
  await refer()
  await settle()
  setBackMs = 0
  expect(came).toHaveLength(1)
  await clock.advance({ hours: 2 })
  expect(came).toHaveLength(2)
})

test('T-023 KEY_EXPIRED: sealed again as soon as there is another key, and one delivery all the while', async () => {
  const mine = await refer()
  await settle()
  await answer(receipt(last(), REFUSED, { code: 'KEY_EXPIRED' }))
  await clock.advance({ minutes: 1 })
  expect([came.length, await statesOf(mine)]).toEqual([1, ['stored']])
  expect(refreshes).toBeLessThan(10)
  const decapsulator = await changeNgoKeys()
  await clock.advance({ minutes: 2 })
  expect([came.length, await statesOf(mine)]).toEqual([2, ['stored']])
  const { digest } = await opened(last(), decapsulator)
  await answer(receipt(last(), RECEIVED, { message: toHex(digest) }))
  expect([await statesOf(mine), kindsOf(await itemsOf())]).toEqual([['received'], []])
})

test('T-023 many messages to a key that is gone: its owner is asked once', async () => {
  for (let i = 0; i < 20; i++) await refer()
  await settle()
  const sent = [...came]
  await changeNgoKeys()
  await answer(...sent.map((one) => receipt(one, REFUSED, { code: 'KEY_EXPIRED' })))
  expect([came.length, refreshes]).toEqual([40, 1])
})

test('REX-ENV-031 a minimum suite holds when a message is sealed again', async () => {
  const mine = await refer({ minimumSuite: 'REX-2' })
  await settle()
  await changeNgoKeys((draft) => ({ ...draft, party: { ...draft.party, suites: ['REX-1'] } }))
  await desk.unpair(ngo.organisation)
  await pair()
  await answer(receipt(last(), REFUSED, { code: 'KEY_EXPIRED' }))
  expect([came.length, await statesOf(mine)]).toEqual([1, ['refused']])
  expect(await itemsOf()).toMatchObject([{ kind: 'failure', reason: 'SUITE_UNAVAILABLE' }])
})

test('REX-RCP-014 one envelope that is refused does not end what another brings', async () => {
  const mine = await refer()
  await settle()
  const first = last()
  const decapsulator = await changeNgoKeys()
  await answer(receipt(first, REFUSED, { code: 'KEY_EXPIRED' }))
  await answer(receipt(first, REFUSED, { code: 'UNOPENABLE' }))
  expect(await statesOf(mine)).toEqual(['stored'])
  const message = toHex((await opened(last(), decapsulator)).digest)
  const receivedMs = clock.now()
  await answer(receipt(last(), RECEIVED, { message }))
  await clock.advance({ minutes: 1 })
  await answer(
    receipt(last(), RECEIVED, { message }),
    receipt(first, REFUSED, { code: 'INVALID_EVENT', message }),
  )
  expect([await statesOf(mine), kindsOf(await itemsOf())]).toEqual([['received'], []])
  const [record] = store.read.deliveries(mine.id)
  expect(record?.receivedMs).toBe(receivedMs)
})

test('REX-RCP-014 what ended refused stays refused', async () => {
  const mine = await refer()
  await settle()
  const message = toHex((await opened(last())).digest)
  await answer(receipt(last(), REFUSED, { code: 'INVALID_REFERRAL', message }))
  await answer(receipt(last(), RECEIVED, { message }), receipt(last(), HELD, { code: 'a=b', message }))
  expect(await statesOf(mine)).toEqual(['refused'])
  expect(kindsOf(await itemsOf())).toEqual(['failure'])
})

test('T-023 evidence of what was sealed again proves what became of both envelopes', async () => {
  const mine = await refer()
  await settle()
  const first = last()
  const decapsulator = await changeNgoKeys()
  await answer(receipt(first, REFUSED, { code: 'KEY_EXPIRED' }))
  const { digest } = await opened(last(), decapsulator)
  await answer(receipt(last(), RECEIVED, { message: toHex(digest) }))
  await reopen()
  const bundle = await (await desk.thread(mine.id)).export()
  const report = await verifyEvidence(
    bundle,
    (organisation) =>
      [hotline, ngo].find((party) => party.organisation === organisation)?.configuration.entityKey,
  )
  const [message] = report.messages
  expect(message?.deliveries.map(({ storedMs }) => storedMs)).toEqual([START, START])
  expect(
    message?.deliveries.map(({ receipts }) => receipts.map(({ status, code }) => [status, code])),
  ).toEqual([[['REFUSED', 'KEY_EXPIRED']], [['RECEIVED', '']]])
})

test('P1 the own gateway has lost its memory: what no desk has answered goes again', async () => {
  const delivered = await refer()
  await settle()
  reachable = false
  const lost = await refer()
  await settle()
  await reopen()
  expect([await statesOf(delivered), await statesOf(lost), came.length]).toEqual([
    ['stored'],
    ['submitted'],
    1,
  ])
  reachable = true
  incarnation = randomBytes(16)
  await reopen()
  const again = await Promise.all(
    came.slice(1).map(async (one) => toHex((await opened(one)).manifest.threadId)),
  )
  expect([again, await statesOf(lost)]).toEqual([[delivered.id, lost.id], ['stored']])
})

test('P1 a restored desk store asks again for the answers that it has lost', async () => {
  const mine = await refer()
  await settle()
  const chain = randomBytes(16)
  await reopen({ chain, resumes: {} })
  const types = await Promise.all(came.slice(1).map(async (one) => (await opened(one)).manifest.type))
  expect(types).toEqual([EventType.RESUMED, EventType.REFER])
  const { digest } = await opened(last())
  await answer(receipt(last(), RECEIVED, { message: toHex(digest) }))
  expect(await statesOf(mine)).toEqual(['received', 'stored'])
})

test('REX-THR-028 what a restored desk gets again is on its way again, once for a chain', async () => {
  const mine = await refer()
  await settle()
  const { digest, manifest } = await opened(last())
  const receivedMs = clock.now()
  await answer(receipt(last(), RECEIVED, { message: toHex(digest) }))
  const resumed = { content: { $case: 'resumed' as const, value: { previousChain: new Uint8Array() } } }
  const event = { threadId: manifest.threadId, chain: randomBytes(16), heads: [digest], testTraffic: true }
  await say(EventType.RESUMED, resumed, event)
  expect([came.filter(({ kid }) => kid === came[0]?.kid).length > 1, await statesOf(mine)]).toEqual([
    true,
    ['stored'],
  ])
  const sent = store.read.envelopes({ message: toHex(digest), recipient: ngo.organisation }).length
  await say(EventType.RESUMED, resumed, { ...event, counter: 1 })
  expect([
    sent,
    store.read.envelopes({ message: toHex(digest), recipient: ngo.organisation }).length,
  ]).toEqual([2, 2])
  const again = came.filter(({ envelopeId }) => {
    return store.read.envelope(toHex(envelopeId))?.message === toHex(digest)
  })
  await clock.advance({ minutes: 1 })
  await answer(receipt(again.at(-1) as Came, RECEIVED, { message: toHex(digest) }))
  expect([await statesOf(mine), store.read.deliveries(mine.id)[0]?.receivedMs]).toEqual([
    ['received'],
    receivedMs,
  ])
})

test('a clock that was set back dates no envelope before its message', async () => {
  await refer()
  await settle()
  const { createdMs } = (await opened(last())).manifest
  await changeNgoKeys()
  setBackMs = 5 * 60_000
  await answer(receipt(last(), REFUSED, { code: 'KEY_EXPIRED' }))
  expect([came.length, last().createdMs]).toEqual([2, createdMs])
})

test('a thread that cannot be read does not hold up the receipts for others', async () => {
  const broken = await refer()
  const whole = await refer()
  await settle()
  const [first, second] = came as [Came, Came]
  const message = toHex((await opened(first)).digest)
  const about = await opened(second)
  const record = store.read.thread(broken.id)
  if (record === undefined) throw new Error('The thread is not kept.')
  await desk[Symbol.asyncDispose]()
  await store.commit((write) => write.putThread({ ...record, key: randomBytes(64) }))
  desk = await openHotline()
  await answer(
    receipt(first, REFUSED, { code: 'INVALID_REFERRAL', message }),
    receipt(second, RECEIVED, { message: toHex(about.digest) }),
  )
  expect(await statesOf(whole)).toEqual(['received'])
})

/** Events at the recipient, its desk store or a gateway that concern the newest envelope of a message. */
const TURNS: readonly ((thread: string, message: string) => Promise<unknown>)[] = [
  (_, message) => answer(receipt(newest(message), RECEIVED, { message })),
  (_, message) => answer(receipt(newest(message), HELD, { code: 'refer.kind=new', message })),
  (_, message) => answer(receipt(newest(message), HELD, { code: `gap:${message}`, message })),
  (_, message) => answer(receipt(newest(message), REFUSED, { code: 'KEY_EXPIRED' })),
  (_, message) => answer(receipt(newest(message), REFUSED, { code: 'UNOPENABLE' })),
  (_, message) => answer(receipt(newest(message), REFUSED, { code: 'INVALID_REFERRAL', message })),
  () => changeNgoKeys(),
  (thread, message) =>
    say(
      EventType.RESUMED,
      { content: { $case: 'resumed', value: { previousChain: new Uint8Array() } } },
      {
        threadId: fromHex(thread, 'thread'),
        chain: randomBytes(16),
        heads: [fromHex(message, 'message')],
        testTraffic: true,
      },
    ),
  async () => {
    incarnation = randomBytes(16)
    await reopen()
  },
  () => reopen({ chain: randomBytes(16), resumes: {} }),
  async () => {
    reachable = !reachable
  },
]

/** The newest received envelope of a message. */
function newest(message: string): Came {
  const found = came.findLast(({ envelopeId }) => store.read.envelope(toHex(envelopeId))?.message === message)
  if (found === undefined) throw new Error('No envelope of the message came.')
  return found
}

test('P2, P3 however often a message goes again, it has one state and one visible end', async () => {
  const turn = fc.record({ what: fc.nat(TURNS.length - 1), minutes: fc.nat(20) })
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 8 }), async (turns) => {
      reachable = true
      const mine = await refer({ lifetimeMs: 3_600_000 })
      await settle()
      const [{ message } = { message: '' }] = store.read.deliveries(mine.id)
      for (const { what, minutes } of turns) {
        await TURNS[what]?.(mine.id, message)
        await clock.advance({ minutes })
      }
      await clock.advance({ hours: 3 })
      const deliveries = (await (await desk.thread(mine.id)).view()).delivery
      const [state, ...others] = deliveries.filter(({ type }) => type === 'refer').map((one) => one.state)
      const failures = (await itemsOf()).filter(
        (item) => item.kind === 'failure' && item.thread.id === mine.id,
      )
      const sealed = store.read.envelopes({ message, recipient: ngo.organisation }).length
      expect(['received', 'held', 'refused', 'expired']).toContain(state)
      expect([others.length, sealed <= 13]).toEqual([0, true])
      const ended = state === 'refused' || state === 'expired'
      expect(failures.length).toBeLessThanOrEqual(1)
      if (ended) expect(failures).toHaveLength(1)
    }),
    { numRuns: 15 },
  )
})
