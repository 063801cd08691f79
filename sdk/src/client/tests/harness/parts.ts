// Desks for tests of a single component: a real context over a real store, without the streams and timers of an open desk. The test delivers their
// mail.
import type { Jws } from '@rex/proto/core/v1/envelope'
import { DeskReceipt } from '@rex/proto/core/v1/thread'
import type { Submission } from '@rex/proto/mailbox/v1/mailbox'
import { onTestFinished } from 'vitest'
import { toHex } from '../../../core/encoding/encoding.ts'
import { open } from '../../../core/envelope/open.ts'
import { encodeEnvelope, parseEnvelope, parseRouting } from '../../../core/envelope/parse.ts'
import { RexError } from '../../../core/error.ts'
import { signStoredReceipt } from '../../../core/receipt/stored.ts'
import { openGateway } from '../../../testing/gateway/gateway.ts'
import { openWire } from '../../../testing/gateway/wire.ts'
import { testKeys } from '../../../testing/parties/keys.ts'
import { type TestParty, testParty } from '../../../testing/parties/party.ts'
import { buildReferral } from '../../../testing/referral.ts'
import { createActivity } from '../../../testing/time/activity.ts'
import { type VirtualClock, virtualClock } from '../../../testing/time/clock.ts'
import type { SendOptions } from '../../api/sending.ts'
import type { Clock } from '../../clock/clock.ts'
import { type DeskContext, openContext } from '../../context.ts'
import type { MailboxLink } from '../../gateway/link.ts'
import { envelopeIdsOf, queued } from '../../outbox/queue.ts'
import { createSentReceipts, type SentReceipts } from '../../outbox/sent-receipts.ts'
import type { ReceivedEnvelope } from '../../receive/intake.ts'
import { EventComposer } from '../../send/event.ts'
import { openIdempotency } from '../../send/idempotency.ts'
import { Redate } from '../../send/redate.ts'
import { Sender } from '../../send/sender.ts'
import { openSqliteDeskStore } from '../../store/sqlite.ts'
import type { DeskStore } from '../../store/store.ts'
import type { ItemContent } from '../../thread/item.ts'
import type { OpenThread } from '../../thread/repository/open-thread.ts'

/** The day of the example referrals. */
export const START = Date.UTC(2026, 10, 23, 12)

/** A desk for tests of a single component. */
export interface Parts {
  readonly party: TestParty
  readonly desk: DeskContext
  /** The services of the desk's gateway, in memory. */
  readonly link: MailboxLink
  readonly clock: Clock & VirtualClock
  readonly redate: Redate
  readonly composer: EventComposer
  readonly sent: SentReceipts
  /** The log of the desk. */
  readonly logged: string[]
  /** Sends the smallest referral with these changes. */
  refer(options: SendOptions, change?: Parameters<typeof buildReferral>[0]): Promise<OpenThread>
  /** Sends a note in the track with one organisation. */
  note(thread: OpenThread, to: string): Promise<void>
}

/**
 * Makes desks of these organisations, paired with each other, in the order of their names, and closes them after the test. Only the test advances
 * their time. `change`: replaces parts of each context. `aheadMs`: how far all their clocks are ahead of that time. `storeOf`: opens
 * the store of each; default: in memory.
 */
export async function desksInParts<const Names extends readonly string[]>(
  names: Names,
  change: Partial<DeskContext> = {},
  aheadMs: () => number = () => 0,
  storeOf: (name: string) => DeskStore = () => openSqliteDeskStore(':memory:', { durable: false }),
): Promise<{ [N in keyof Names]: Parts }> {
  const time = virtualClock(START, async () => {})
  const clock = { ...time, now: () => time.now() + aheadMs() }
  const parties = await Promise.all(names.map((name) => testParty(name, { now: START })))
  const activity = createActivity()
  const wire = openWire({ clock, activity, nextFault: () => undefined })
  const desks = names.map((name, i) => {
    const party = parties[i] as TestParty
    const link = openGateway({ name, clock, activity, wire })
    return openParts(name, { party, parties, clock, link, change, store: storeOf(name) })
  })
  const opened = await Promise.all(desks)
  onTestFinished(async () => {
    for (const { desk } of opened) await desk.store[Symbol.asyncDispose]()
  })
  return opened as { [N in keyof Names]: Parts }
}

async function openParts(
  name: string,
  {
    party,
    parties,
    clock,
    link,
    change,
    store,
  }: Pick<Parts, 'party' | 'clock' | 'link'> & {
    readonly parties: readonly TestParty[]
    readonly change: Partial<DeskContext>
    readonly store: DeskStore
  },
): Promise<Parts> {
  const keys = testKeys(name, START)
  await store.commit((write) => {
    for (const { organisation, configuration } of parties)
      if (organisation !== party.organisation)
        write.putPeer({ organisation, configuration: configuration.jwt, pairedMs: START })
  })
  const logged: string[] = []
  const log = ({ message }: { readonly message: string }) => void logged.push(message)
  const desk = { ...openContext({ keys, store, link, clock, log }).desk, ...change }
  const redate = new Redate(desk)
  const idempotency = openIdempotency(desk.store, keys.archiveKey)
  const sender = new Sender(desk, { idempotency, presets: async () => ({}), archiveKey: keys.archiveKey })
  const composer = new EventComposer(desk, redate)
  const note = { $case: 'note', value: { text: 'Nothing has happened.', language: 'en' } } as const
  return {
    party,
    desk,
    link,
    clock,
    redate,
    composer,
    sent: createSentReceipts(desk, AbortSignal.abort()),
    logged,
    refer: (options, fields) => sender.send(buildReferral(fields), options),
    note: (thread, to) => composer.compose(thread, to, { content: note }),
  }
}

/**
 * Empties the queue of one desk, and returns the envelopes in it for another desk, opened with `decapsulator` (default:
 * that of the recipient).
 */
export async function carry(
  from: Parts,
  to: Parts,
  decapsulator = to.party.decapsulator,
): Promise<ReceivedEnvelope[]> {
  const { read } = from.desk.store
  const waiting = [...queued(read)]
  await from.desk.store.commit((write) => {
    for (const { id, submission } of waiting) write.confirmOutgoing(id, envelopeIdsOf(submission))
  })
  const envelopes = waiting.flatMap(({ submission }) => envelopesOf(submission, to.party.organisation))
  return Promise.all(envelopes.map((bytes) => receivedAs(bytes, to, decapsulator)))
}

/** Receives and opens an envelope as the inbox does. */
export async function receivedAs(
  bytes: Uint8Array,
  { party, desk }: Parts,
  decapsulator = party.decapsulator,
): Promise<ReceivedEnvelope> {
  const receipt = await storedReceipt(bytes, party)
  const { organisation, peers, clock } = desk
  const storedMs = clock.now()
  const opened = await open(bytes, { organisation, storedMs, resolver: peers.resolver, decapsulator }).catch(
    RexError.from,
  )
  return { bytes, receipt, opened }
}

/** Makes the stored receipt of an organisation's gateway for an envelope. */
export function storedReceipt(bytes: Uint8Array, { receipt }: TestParty): Promise<Jws> {
  const { routing, digest: envelopeDigest } = parseEnvelope(bytes)
  const { envelopeId, sender, recipient, createdMs: storedMs } = routing
  return signStoredReceipt({ envelopeId, envelopeDigest, sender, recipient, storedMs }, receipt)
}

/** Returns the envelopes of a submission to one organisation (REX-MBX-021). */
function envelopesOf({ manifest, sections, deliveries }: Submission, recipient: string): Uint8Array[] {
  return deliveries
    .filter(({ routing }) => parseRouting(routing).recipient === recipient)
    .map(({ routing, grant, sections: places }) =>
      encodeEnvelope({
        routing,
        grant,
        manifest,
        sections: places.flatMap((place) => sections[place] ?? []),
      } as Parameters<typeof encodeEnvelope>[0]),
    )
}

/** Removes and returns the items that wait for the application, in their stored form. */
export async function itemsOf({ desk }: Parts): Promise<ItemContent[]> {
  const { store, threads, clock } = desk
  const items: ItemContent[] = []
  for (let next = store.read.nextItem(clock.now(), []); next !== undefined; ) {
    const { sequence, thread, content } = next
    items.push(threads.unseal(threads.open(thread), content))
    await store.commit((write) => write.removeItem(sequence))
    next = store.read.nextItem(clock.now(), [])
  }
  return items
}

/** Removes and returns the receipts that the desk owes other organisations, oldest first, with their bytes in hex. */
export async function receiptsOf({ desk: { store } }: Parts) {
  const owed = store.read.receipts(1000)
  await store.commit((write) => write.removeReceipts(owed.map(({ id }) => id)))
  return owed.map(({ receipt }) => {
    const { status, code, envelopeId, envelopeDigest, message } = DeskReceipt.decode(receipt)
    const [id, digest] = [toHex(envelopeId), toHex(envelopeDigest)]
    return { status, code, envelopeId: id, envelopeDigest: digest, message: toHex(message) }
  })
}
