// A desk that sends messages that no honest desk would send.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Jws, Lane } from '@rex/proto/core/v1/envelope'
import { type DeskReceipt, DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import type { ReceiveRequest, SubmitRequest } from '@rex/proto/mailbox/v1/mailbox'
import { afterAll, expect } from 'vitest'
import { toHex } from '../../../core/encoding/encoding.ts'
import { type OpenedMessage, open } from '../../../core/envelope/open.ts'
import {
  type Message,
  resealMessage,
  type SealedDelivery,
  type SealedMessage,
  seal,
} from '../../../core/envelope/seal.ts'
import { type EntityConfiguration, parseEntityConfiguration } from '../../../core/identity/entity.ts'
import { epochAt, epochDecapsulator } from '../../../core/identity/epoch.ts'
import { pinnedResolver } from '../../../core/identity/pinned.ts'
import { localSigner } from '../../../core/jose/jose.ts'
import type { RecipientKeys } from '../../../core/jose/suite.ts'
import { parseStoredReceipt } from '../../../core/receipt/stored.ts'
import { encodeSections } from '../../../core/referral-codec/section.ts'
import { EVENT_TYPES, identifies } from '../../../core/thread/event.ts'
import { makeEvent } from '../../../core/thread/fixture.ts'
import { createQueue } from '../../../transport/messages/queue.ts'
import { type MailboxLink, openLink } from '../../gateway/link.ts'
import { sealingKeys } from '../../gateway/peers.ts'
import { type Keys, openKeystore } from '../../keys/keystore.ts'
import { submissionOf } from '../../outbox/queue.ts'
import { example, next, openAgain, PASSPHRASE, type Party, referralOf, withParties } from './parties.ts'

const HOUR = 3_600_000

/** Returns the id of a message's thread, hex. */
export function threadOf({ manifest }: SealedMessage): string {
  return toHex(manifest.threadId)
}

/** Sends a refer, and waits until the recipient has received it. */
export async function receivedRefer(forger: Forger, { desk }: Party): Promise<SealedMessage> {
  const refer = await forger.sealRefer()
  forger.submit(refer)
  expect(await forger.receiptsOf(refer)).toMatchObject([{ status: DeskReceiptStatus.RECEIVED }])
  await next(desk, referralOf(threadOf(refer)))
  return refer
}

/** The parties of a hostile exchange. The desk of the first party is closed, and `forger` takes its place. */
interface Hostile {
  readonly all: Party[]
  readonly ngo: Party
  readonly forger: Forger
}

/** Before all tests of a file, makes paired organisations, and a forger that takes the place of the first and sends to the second. */
export function withForger(
  names: readonly [string, string, ...string[]],
  take: (made: Hostile) => unknown,
  log?: (line: string) => void,
): void {
  let forger: Forger
  withParties(
    names,
    async (all) => {
      const [forging, ngo] = all as [Party, Party]
      forger = await forge(forging, ngo.id)
      take({ all, ngo, forger })
    },
    log,
  )
  afterAll(() => forger[Symbol.asyncDispose]())
}

/** Closes the desk of a party, and makes a forger that sends to `recipient` in place of that desk. */
export async function forge(party: Party, recipient: string): Promise<Forger> {
  await party.desk[Symbol.asyncDispose]()
  const keys = await openKeystore(join(party.directory, 'desk'), PASSPHRASE)
  const link = openLink(keys)
  const { entityConfiguration } = await link.directory.resolve({ organisation: recipient, refresh: true })
  const peer = parseEntityConfiguration(entityConfiguration)
  const { fence } = await link.mailbox.acquireLease({ chain: keys.chain, takeOver: false })
  return new Forger(party, { keys, link, peer, fence })
}

/** A desk that signs and seals arbitrary messages, with the keys of a party whose real desk is closed. */
export class Forger implements AsyncDisposable {
  readonly #party: Party
  readonly #keys: Keys
  readonly #link: MailboxLink
  readonly #peer: EntityConfiguration
  readonly #submissions = createQueue<SubmitRequest>()
  readonly #settlements = createQueue<ReceiveRequest>()
  readonly #receipts: DeskReceipt[] = []
  readonly #messages: OpenedMessage[] = []
  readonly #arrivals: AsyncGenerator<void>
  readonly #answers: Promise<void>
  #sequence = 0

  constructor(
    party: Party,
    {
      keys,
      link,
      peer,
      fence,
    }: {
      readonly keys: Keys
      readonly link: MailboxLink
      readonly peer: EntityConfiguration
      readonly fence: number
    },
  ) {
    this.#party = party
    this.#keys = keys
    this.#link = link
    this.#peer = peer
    this.#submissions.offer({ content: { $case: 'open', value: { fence } } })
    this.#settlements.offer({ content: { $case: 'open', value: { fence, window: 64 } } })
    this.#answers = drainOf(link.mailbox.submit(this.#submissions))
    this.#arrivals = this.#arriving()
  }

  /** Seals an event. `change` replaces fields that an honest desk would have filled in. */
  seal(
    name: string,
    { value = {}, ...change }: Partial<Message> & { readonly value?: object } = {},
  ): Promise<SealedMessage> {
    const { chain, messageSeed } = this.#keys
    const event = makeEvent(name, value)
    const now = Date.now()
    const plain = {
      messageId: randomBytes(16),
      threadId: randomBytes(16),
      sender: this.#party.id,
      chain,
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
    const { keys } = sealingKeys(this.#peer, now)
    const to = { organisation: this.#peer.organisation, lane: Lane.ROUTINE, keys }
    const message = { ...plain, recipients: [{ ...to, sections: granted }] }
    return seal(message, { signer: localSigner(messageSeed), random: randomBytes })
  }

  /** Seals a refer of a supported kind. */
  sealRefer(value: object = {}): Promise<SealedMessage> {
    return this.seal('refer', { sections: encodeSections(example('content-verification')), value })
  }

  /** Seals an event of a thread that follows other events of this desk. */
  sealAfter(before: readonly SealedMessage[], name: string, change: object = {}): Promise<SealedMessage> {
    const last = before.at(-1)?.manifest
    return this.seal(name, {
      threadId: last?.threadId as Uint8Array,
      counter: (last?.counter ?? 0) + 1,
      heads: [before.at(-1)?.digest as Uint8Array],
      ...change,
    })
  }

  /** Seals the same signed message in another envelope. `keys`: default: the recipient's published keys. */
  again(message: SealedMessage, keys?: RecipientKeys): Promise<SealedMessage> {
    const now = Date.now()
    const current = keys ?? sealingKeys(this.#peer, now).keys
    const [first] = message.deliveries as [SealedDelivery]
    return resealMessage(message, first, { random: randomBytes, keys: current, now })
  }

  /** Submits messages one immediately after the other. */
  submit(...messages: readonly SealedMessage[]): void {
    for (const message of messages) {
      this.#sequence += 1
      const value = { submissions: [{ ...submissionOf(message), sequence: this.#sequence }] }
      this.#submissions.offer({ content: { $case: 'submissions', value } })
    }
  }

  /** Returns the next receipt of the recipient's desk. */
  receipt(): Promise<DeskReceipt> {
    return this.#firstOf(this.#receipts)
  }

  /** Returns the receipts of these messages, in the same order, once all have arrived. */
  async receiptsOf(...messages: readonly SealedMessage[]): Promise<(DeskReceipt | undefined)[]> {
    const receipts: DeskReceipt[] = []
    while (receipts.length < messages.length) receipts.push(await this.receipt())
    return messages.map(({ deliveries }) =>
      receipts.find(({ envelopeId }) => toHex(envelopeId) === toHex(deliveries[0]?.envelopeId as Uint8Array)),
    )
  }

  /** Returns the next message of the recipient's desk that is not a receipt batch. */
  message(): Promise<OpenedMessage> {
    return this.#firstOf(this.#messages)
  }

  /** Ends the forgery and opens the real desk again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#submissions.end()
    this.#settlements.end()
    this.#link.close()
    await this.#answers
    this.#party.desk = await openAgain(this.#party.directory)
  }

  async #firstOf<T>(list: T[]): Promise<T> {
    for (;;) {
      const first = list.shift()
      if (first !== undefined) return first
      if ((await this.#arrivals.next()).done === true) throw new Error('The mailbox stream ended.')
    }
  }

  async *#arriving(): AsyncGenerator<void> {
    const decapsulator = await epochDecapsulator(this.#keys.epochs, epochAt(Date.now()) + 1)
    const resolver = pinnedResolver(() => this.#peer)
    for await (const { content, cursor } of this.#link.mailbox.receive(this.#settlements)) {
      if (content?.$case === 'stored') {
        const { envelope, receipt } = content.value
        const { storedMs } = parseStoredReceipt(receipt as Jws).receipt
        const recipient = { organisation: this.#party.id, storedMs, resolver, decapsulator }
        const opened = await open(envelope, recipient)
        const { content: said } = opened.event
        if (said?.$case === 'receipts') this.#receipts.push(...said.value.receipts)
        else this.#messages.push(opened)
        yield
      }
      if (cursor > 0) this.#settlements.offer(settled(cursor))
    }
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
    // Closing the link ends the stream with an error, which is expected.
  }
}
