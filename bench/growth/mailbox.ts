// Measures accepting and delivering with a mailbox backlog of 10² to 10⁶ messages. docs/guide/benchmark.md, "Growth"
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stored } from '@rex/proto/mailbox/v1/mailbox'
import { encode, keptAt, LIMITS, localSigner, type SealedDelivery } from '@rex/sdk/core'
import { createRates } from '../../gateway/src/admission/rate.ts'
import { createShares } from '../../gateway/src/admission/share.ts'
import { systemClock as clock } from '../../gateway/src/clock/clock.ts'
import { createGatewayTime } from '../../gateway/src/clock/time.ts'
import { openMailbox } from '../../gateway/src/mailbox/mailbox.ts'
import { createAccept } from '../../gateway/src/relay/accept.ts'
import { openSqliteStore } from '../../gateway/src/store/sqlite/store.ts'
import type { Store } from '../../gateway/src/store/store.ts'
import { testParty } from '../../sdk/src/testing/parties/party.ts'
import { twoSections } from '../content.ts'
import { type Effort, interleave, median, medianRatio } from '../measure/rounds.ts'
import { envelopeOf, recipientOf, sealReferral } from '../message.ts'

/** Figures for a number of messages in the mailbox. */
export interface MailboxFigures {
  readonly messages: number
  /** Time to accept, deliver and settle one message, microseconds. */
  readonly us: number
  /** Ratio to the time with the fewest messages. */
  readonly ratio: number
}

/** A mailbox through which messages pass while its backlog stays the same. */
interface Throughflow extends AsyncDisposable {
  /** Accepts `BATCH` envelopes, then delivers and settles the same number of the oldest. Returns microseconds per envelope. */
  pass(): Promise<number>
}

const BATCH = 64
const WINDOW = 256
const ROWS_PER_COMMIT = 1000
/** Number of messages of real size. The rest are small, because a million real messages would fill ten gigabytes. */
const REAL_ONES = 10_000
const SMALL_BYTES = 200
const CONTENT_BYTES = 4096
const UNLIMITED = 1_000_000_000

/** Measures mailboxes with these numbers of messages, interleaved. */
export async function measureMailboxes(
  counts: readonly number[],
  { rounds, ms }: Effort,
): Promise<MailboxFigures[]> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-mailbox-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const candidates: Record<string, () => Promise<number>> = {}
  const seal = await envelopeMaker()
  for (const count of counts) {
    const mailbox = undo.use(await openThroughflow(join(directory, `${count}.sqlite`), count, seal))
    candidates[count] = () => passFor(mailbox, ms)
  }
  const times = await interleave(candidates, rounds)
  const fewest = times[counts[0] as number] as number[]
  return counts.map((messages) => ({
    messages,
    us: median(times[messages] as number[]),
    ratio: medianRatio(times[messages] as number[], fewest),
  }))
}

async function passFor(mailbox: Throughflow, ms: number): Promise<number> {
  const end = performance.now() + ms
  const times: number[] = []
  while (performance.now() < end) times.push(await mailbox.pass())
  return median(times)
}

async function openThroughflow(path: string, count: number, seal: EnvelopeMaker): Promise<Throughflow> {
  const store = openSqliteStore(path)
  await fill(store, count, await seal.envelope())
  const mailbox = openMailbox({ store, clock, time: createGatewayTime(clock, keptAt(0), () => []) })
  const accept = createAccept({
    organisation: seal.recipient,
    store,
    clock,
    time: createGatewayTime(clock, keptAt(clock.now()), () => []),
    receiptSigner: localSigner(randomBytes(32)),
    rates: createRates(clock, { perSecond: UNLIMITED, burst: UNLIMITED }),
    quota: { items: UNLIMITED, bytes: UNLIMITED * LIMITS.envelope },
    shares: createShares({
      space: store.read.space,
      clock,
      capacity: () => UNLIMITED * LIMITS.envelope,
      peers: () => [seal.sender],
    }),
    wakeDesk: mailbox.wake,
  })
  const { fence } = await mailbox.leases.acquire({
    chain: randomBytes(16),
    takeOver: false,
    credential: 'bench',
  })
  const closed = new AbortController()
  const feed = await mailbox.open({ fence, window: WINDOW, signal: closed.signal })
  const items = feed.items()

  async function deliver(): Promise<void> {
    const acknowledged: number[] = []
    while (acknowledged.length < BATCH) {
      const { value } = await items.next()
      if (value !== undefined && value !== 'live') acknowledged.push(value.cursor)
    }
    await feed.settle({ acknowledged, postponed: [], unopenable: [] })
  }

  return {
    async pass() {
      const envelopes = await Promise.all(Array.from({ length: BATCH }, seal.envelope))
      const start = performance.now()
      await Promise.all(envelopes.map((bytes) => accept(seal.sender, bytes)))
      await deliver()
      return ((performance.now() - start) * 1000) / BATCH
    },
    async [Symbol.asyncDispose]() {
      closed.abort()
      await items.return()
      await store[Symbol.asyncDispose]()
    },
  }
}

/** Inserts `count` messages with their ledger entries, as if they had been accepted. */
async function fill(store: Store, count: number, envelope: Uint8Array): Promise<void> {
  const real = encode(Stored, { envelope, receipt: undefined })
  const sender = 'https://police.example'
  const small = randomBytes(SMALL_BYTES)
  const expiresMs = clock.now() + LIMITS.maxLifetime
  for (let from = 0; from < count; from += ROWS_PER_COMMIT) {
    await store.commit((write) => {
      for (let i = from; i < Math.min(count, from + ROWS_PER_COMMIT); i++) {
        const [envelopeId, digest, answer] = [randomBytes(16), randomBytes(32), randomBytes(SMALL_BYTES)]
        write.ledger.add({ sender, envelopeId, digest, expiresMs, madeMs: clock.now(), answer })
        const content = i < REAL_ONES ? real : small
        write.mailbox.add({ kind: 'stored', lane: 'routine', peer: sender, content })
      }
    })
  }
}

/** Creates envelopes from one organisation to another. */
interface EnvelopeMaker {
  readonly sender: string
  readonly recipient: string
  envelope(): Promise<Uint8Array>
}

async function envelopeMaker(): Promise<EnvelopeMaker> {
  const now = Date.now()
  const [sender, recipient] = [await testParty('hotline', { now }), await testParty('ngo', { now })]
  const recipients = [recipientOf(recipient, 'REX-1')]
  const content = twoSections(CONTENT_BYTES)
  return {
    sender: sender.organisation,
    recipient: recipient.organisation,
    async envelope() {
      const sealed = await sealReferral(sender, recipients, content)
      return envelopeOf(sealed, sealed.deliveries[0] as SealedDelivery)
    },
  }
}
