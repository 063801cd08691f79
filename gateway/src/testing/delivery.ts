// Runs delivery on a real store and a virtual clock, to remotes whose answers a test controls. For tests.
import { randomBytes } from 'node:crypto'
import { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { keptAt, localSigner, parseEnvelope, signStoredReceipt } from '@rex/sdk/core'
import { createGatewayTime } from '../clock/time.ts'
import { virtualClock } from '../clock/virtual.ts'
import { type Delivery, startDelivery } from '../delivery/delivery.ts'
import { createOutcomes } from '../relay/conclude.ts'
import { createSubmit } from '../relay/submit.ts'
import { envelopeOf } from '../relay/upload.ts'
import { REPORTS } from '../store/mailbox.ts'
import { testSubmission } from './envelope.ts'
import { type Remote, remote, type Unanswered } from './link.ts'
import { plentyOfRoom, testStore } from './store.ts'

/** The sender, whose gateway delivers. */
export const HOTLINE = 'https://hotline.example'
/** A recipient. */
export const NGO = 'https://ngo.example'
/** Another recipient. */
export const POLICE = 'https://police.example'
/** Time at which the clock starts. Unix milliseconds. */
export const START = Date.UTC(2026, 10, 1)
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
/** Limits of the deliverer: a small window, otherwise default values. */
export const LIMIT = { minMs: 10_000, maxMs: HOUR, window: 4, answerMs: 30_000 }
/** Signs the receipts of all remotes. */
export const signer = localSigner(randomBytes(32))

/** Options that set how a deliverer chooses its pauses and how often it searches for expired envelopes. */
interface DelivererOptions {
  readonly random?: () => number
  readonly sweepMs?: number
}

/** An envelope to send. Default: a routine envelope to the NGO. */
interface Sent {
  readonly recipient?: string
  readonly urgent?: boolean
  readonly expiresMs?: number
}

/** Starts delivery with an envelope that waits for the NGO, whose gateway cannot be reached. */
export async function waiting(sent: Sent = {}, options: DelivererOptions = {}) {
  const ngo = remote()
  ngo.reachable = false
  const it = await deliverer({ [NGO]: ngo }, options)
  await it.send(sent)
  await idle()
  return Object.assign(it, { ngo })
}

/** Starts delivery on a real store and a stopped clock, to one remote per organisation. */
export async function deliverer(
  remotes: Readonly<Record<string, Remote>>,
  { random = () => 0.5, sweepMs = 1000 }: DelivererOptions = {},
) {
  const store = testStore()
  const clock = virtualClock(START)
  const time = createGatewayTime(clock, keptAt(START), () => [])
  const outcomes = createOutcomes({ organisation: HOTLINE, store, wakeDesk() {} })
  const dial = (organisation: string) =>
    (remotes[organisation] as Remote).dial(organisation, new AbortController().signal)
  const paired = new Set(Object.keys(remotes))
  const isPaired = (organisation: string) => paired.has(organisation)
  const informed = new Set(paired)
  const isInformed = (organisation: string) => informed.has(organisation)
  const options = {
    store,
    isPaired,
    isInformed,
    clock,
    time,
    random,
    limits: { ...LIMIT, sweepMs },
    dial,
    outcomes,
    envelopeOf,
  }
  let delivery: Delivery = startDelivery(options)
  await store.commit((write) =>
    write.lease.put({ chain: randomBytes(16), fence: 1, credential: '', sinceMs: 0 }),
  )
  const submit = createSubmit({
    organisation: HOTLINE,
    store,
    clock,
    time,
    directory: { peer: () => ({}) as never },
    quota: { items: 1e6, bytes: 1e12 },
    shares: plentyOfRoom,
    wakePeers: (organisations) => delivery.wake(organisations),
    wakeDesk() {},
  })
  return {
    store,
    clock,
    time,
    get delivery() {
      return delivery
    },
    paired,
    informed,
    restart() {
      delivery.close()
      delivery = startDelivery(options)
    },
    send: (fields: Sent = {}) =>
      submit(testSubmission({ sender: HOTLINE, recipient: NGO, createdMs: clock.now(), ...fields }), 1),
    reports: () =>
      store.read.mailbox.next(REPORTS, 0, 1000).map((item) => DeliveryReport.decode(item.content)),
    async [Symbol.asyncDispose]() {
      delivery.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

/** Lets pending work finish: commits and links take a few turns of the event loop. */
export async function idle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
}

/** Answers an envelope with a stored receipt, as its recipient's gateway does. */
export async function store(arrived: Unanswered | undefined): Promise<void> {
  if (arrived === undefined) throw new Error('nothing has arrived')
  const { routing, digest } = parseEnvelope(arrived.bytes)
  const { envelopeId, sender, recipient } = routing
  const receipt = { envelopeId, envelopeDigest: digest, sender, recipient, storedMs: START }
  arrived.answer({ kind: 'stored', receipt: await signStoredReceipt(receipt, signer) })
  await idle()
}

/** Answers arriving envelopes until no more arrive. Returns their number. */
export async function storeAll(ngo: Remote): Promise<number> {
  let count = 0
  for (await idle(); ngo.arrived.length > 0; count++) await store(ngo.arrived[0])
  return count
}
