// Organisations with real gateways and desks in one process, and a desk that sends messages that no honest desk would
// send. For tests.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gateway, initGateway, startGateway } from '@rex/gateway'
import { type Jws, Lane } from '@rex/proto/core/v1/envelope'
import { type DeskReceipt, EventType } from '@rex/proto/core/v1/thread'
import type { ReceiveRequest, SubmitRequest } from '@rex/proto/mailbox/v1/mailbox'
import { afterAll, beforeAll } from 'vitest'
import { type OpenedMessage, open } from '../../core/envelope/open.ts'
import {
  type Message,
  resealMessage,
  type SealedDelivery,
  type SealedMessage,
  seal,
} from '../../core/envelope/seal.ts'
import { parseEntityConfiguration } from '../../core/identity/entity.ts'
import { epochAt, epochDecapsulator } from '../../core/identity/epoch.ts'
import { pinnedResolver } from '../../core/identity/pinned.ts'
import { localSigner } from '../../core/jose/jose.ts'
import type { RecipientKeys } from '../../core/jose/suite.ts'
import { parseStoredReceipt } from '../../core/receipt/stored.ts'
import { parseReferral, type Referral } from '../../core/referral/index.ts'
import { EVENT_TYPES, identifies } from '../../core/thread/event.ts'
import { makeEvent } from '../../core/thread/fixture.ts'
import { createQueue } from '../../transport/messages/queue.ts'
import type { Desk } from '../api/desk.ts'
import type { Item } from '../api/items.ts'
import { connect } from '../connect.ts'
import { openLink } from '../gateway/link.ts'
import { sealingKeys } from '../gateway/peers.ts'
import { initDesk } from '../init.ts'
import { type Keys, openKeystore, writeKeystore } from '../keys/keystore.ts'
import { submissionOf } from '../outbox/queue.ts'

export const PASSPHRASE = 'correct horse battery staple'
const HOUR = 3_600_000

/** An organisation with its gateway and its open desk. */
export interface Party {
  readonly id: string
  readonly directory: string
  gateway: Gateway
  desk: Desk
}

/**
 * Before all tests of a file, makes organisations in a temporary directory, pairs them with each other, and passes
 * them on; after the tests, closes and removes everything. `log` gets the desks' lines. Returns the directory.
 */
export function withParties(
  names: readonly string[],
  take: (made: Party[]) => unknown,
  log?: (line: string) => void,
): string {
  const root = mkdtempSync(join(tmpdir(), 'rex-parties-'))
  let all: Party[] = []
  beforeAll(async () => {
    all = await parties(root, names, log)
    await take(all)
  })
  afterAll(async () => {
    await closeAll(all)
    rmSync(root, { recursive: true, force: true })
  })
  return root
}

/** Makes organisations below a directory and pairs them with each other. `log` gets the desks' lines. */
export async function parties(
  root: string,
  names: readonly string[],
  log: (line: string) => void = () => {},
): Promise<Party[]> {
  const made = await Promise.all(names.map((name) => makeParty(name, join(root, name), log)))
  for (const inviting of made) {
    const { invite } = await inviting.desk.invite()
    for (const other of made) if (other !== inviting) await other.desk.pair(invite)
  }
  return made
}

async function makeParty(name: string, directory: string, log: (line: string) => void): Promise<Party> {
  const id = `https://${name}.example`
  const { config } = await initGateway({
    directory: join(directory, 'gateway'),
    organisation: id,
    listen: '127.0.0.1:0',
  })
  const gateway = await startGateway(config)
  const { token } = await gateway.createToken()
  await initDesk({
    directory: join(directory, 'desk'),
    token,
    name: `${name} (test)`,
    passphrase: PASSPHRASE,
  })
  return { id, directory, gateway, desk: await openAgain(directory, log) }
}

/** Opens the desk of a party's directory. */
export function openAgain(directory: string, log: (line: string) => void = () => {}): Promise<Desk> {
  return connect({
    directory: join(directory, 'desk'),
    unlock: async () => PASSPHRASE,
    log: (entry) => log(JSON.stringify(entry)),
  })
}

/** Closes the desk, changes its keys, and opens it again. */
export async function changeKeys(
  party: Party,
  change: (keys: Keys) => Partial<Keys>,
  log?: (line: string) => void,
): Promise<void> {
  await party.desk[Symbol.asyncDispose]()
  const directory = join(party.directory, 'desk')
  const keys = await openKeystore(directory, PASSPHRASE)
  await writeKeystore(directory, { ...keys, ...change(keys) }, PASSPHRASE)
  party.desk = await openAgain(party.directory, log)
}

/** Closes desks and gateways. */
export async function closeAll(all: readonly Party[]): Promise<void> {
  for (const { desk } of all) await desk[Symbol.asyncDispose]()
  for (const { gateway } of all) await gateway.drain()
}

/** One of the example referrals. */
export function example(name: string): Referral {
  const path = new URL(`../../../../examples/referrals/${name}.json`, import.meta.url)
  return parseReferral(JSON.parse(readFileSync(path, 'utf8')))
}

/** The next matching item. Earlier ones are acknowledged. */
export async function next(desk: Desk, fits: (item: Item) => boolean): Promise<Item> {
  for await (const item of desk.receive({ concurrency: 8 })) {
    await item.ack()
    if (fits(item)) return item
  }
  throw new Error('The feed ended.')
}

export const referralOf = (id: string) => (item: Item) => item.kind === 'referral' && item.thread.id === id
export const eventOf = (id: string, type: string) => (item: Item) =>
  item.kind === 'event' && item.thread.id === id && item.event.type === type

/** A desk that signs and seals arbitrary messages, with the keys of a party whose real desk is closed. */
export interface Forger extends AsyncDisposable {
  /** A sealed event; `change` replaces fields that an honest desk would have filled in. */
  seal(name: string, change?: Partial<Message> & { readonly value?: object }): Promise<SealedMessage>
  /** The same signed message in another envelope. `keys`: default those that the recipient has published. */
  again(message: SealedMessage, keys?: RecipientKeys): Promise<SealedMessage>
  /** Submits messages one right after the other. */
  submit(...messages: readonly SealedMessage[]): void
  /** The next receipt of the recipient's desk. */
  receipt(): Promise<DeskReceipt>
  /** The next message of the recipient's desk other than a receipt batch. */
  message(): Promise<OpenedMessage>
}

/** Closes the desk of a party and talks to `recipient` in its place. */
export async function forge(party: Party, recipient: string): Promise<Forger> {
  await party.desk[Symbol.asyncDispose]()
  const keys = await openKeystore(join(party.directory, 'desk'), PASSPHRASE)
  const link = openLink(keys)
  const { entityConfiguration } = await link.directory.resolve({ organisation: recipient, refresh: true })
  const peer = parseEntityConfiguration(entityConfiguration)
  const { fence } = await link.mailbox.acquireLease({ chain: keys.chain, takeOver: false })
  const submissions = createQueue<SubmitRequest>()
  const settlements = createQueue<ReceiveRequest>()
  submissions.offer({ content: { $case: 'open', value: { fence } } })
  settlements.offer({ content: { $case: 'open', value: { fence, window: 64 } } })
  const answers = drainOf(link.mailbox.submit(submissions))
  const receipts: DeskReceipt[] = []
  const messages: OpenedMessage[] = []
  const arrivals = arriving()
  let sequence = 0

  async function* arriving(): AsyncGenerator<void> {
    const decapsulator = await epochDecapsulator(keys.epochs, epochAt(Date.now()) + 1)
    for await (const { content, cursor } of link.mailbox.receive(settlements)) {
      if (content?.$case === 'stored') {
        const { envelope, receipt } = content.value
        const { storedMs } = parseStoredReceipt(receipt as Jws).receipt
        const resolver = pinnedResolver(() => peer)
        const opened = await open(envelope, { organisation: party.id, storedMs, resolver, decapsulator })
        const { content: said } = opened.event
        if (said?.$case === 'receipts') receipts.push(...said.value.receipts)
        else messages.push(opened)
        yield
      }
      if (cursor > 0) settlements.offer(settled(cursor))
    }
  }

  async function firstOf<T>(list: T[]): Promise<T> {
    for (;;) {
      const first = list.shift()
      if (first !== undefined) return first
      if ((await arrivals.next()).done === true) throw new Error('The mailbox stream ended.')
    }
  }

  return {
    seal(name, { value = {}, ...change } = {}) {
      const event = makeEvent(name, value)
      const now = Date.now()
      const plain = {
        messageId: randomBytes(16),
        threadId: randomBytes(16),
        sender: party.id,
        chain: keys.chain,
        counter: 0,
        heads: [],
        void: [],
        createdMs: now,
        expiresMs: now + HOUR,
        type: EVENT_TYPES.get(name) ?? EventType.UNSPECIFIED,
        event,
        confidential: identifies(event),
        sections: [],
        testTraffic: true,
        ...change,
      }
      const granted = plain.sections.map((_, index) => index)
      const to = { organisation: recipient, lane: Lane.ROUTINE, keys: sealingKeys(peer, now).keys }
      const message = { ...plain, recipients: [{ ...to, sections: granted }] }
      return seal(message, { signer: localSigner(keys.messageSeed), random: randomBytes })
    },
    again(message, keys) {
      const now = Date.now()
      const current = keys ?? sealingKeys(peer, now).keys
      const [first] = message.deliveries as [SealedDelivery]
      return resealMessage(message, first, { random: randomBytes, keys: current, now })
    },
    submit(...messages) {
      for (const message of messages) {
        const value = { submissions: [{ ...submissionOf(message), sequence: ++sequence }] }
        submissions.offer({ content: { $case: 'submissions', value } })
      }
    },
    receipt: () => firstOf(receipts),
    message: () => firstOf(messages),
    async [Symbol.asyncDispose]() {
      submissions.end()
      settlements.end()
      link.close()
      await answers
      party.desk = await openAgain(party.directory)
    },
  }
}

function settled(cursor: number): ReceiveRequest {
  return { content: { $case: 'settle', value: { acknowledged: [cursor], postponed: [], unopenable: [] } } }
}

/** Reads a stream to its end, ignoring errors. */
async function drainOf(stream: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of stream);
  } catch {
    // Closing the link ends the stream with an error.
  }
}
