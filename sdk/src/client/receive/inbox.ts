// The inbox: reads the mailbox, opens envelopes in parallel, stores items in order, and settles each item when it is
// durable. docs/spec/mailbox.md, "Feed"
import type { Jws } from '@rex/proto/core/v1/envelope'
import type { ReceiveRequest, ReceiveResponse, Settle, Stored } from '@rex/proto/mailbox/v1/mailbox'
import { open } from '../../core/envelope/open.ts'
import { RexError } from '../../core/error.ts'
import type { Decapsulator } from '../../core/jose/suite.ts'
import { parseStoredReceipt } from '../../core/receipt/stored.ts'
import { createQueue } from '../../transport/messages/queue.ts'
import type { DeskProblem } from '../api/problems.ts'
import { wait } from '../clock/clock.ts'
import { isInterruption, isLasting, isSendersFault, waitsForKey } from '../clock/interruption.ts'
import type { DeskContext } from '../context.ts'
import type { Reports } from '../deliveries/reports.ts'
import type { Notices } from '../feed/notices.ts'
import type { Contact } from '../gateway/contact.ts'
import type { LeaseHolder } from '../gateway/lease.ts'
import { explained, type MailboxLink } from '../gateway/link.ts'
import { giveUp, type ReceivedEnvelope, type Sending, takeIn } from './intake.ts'

/** The in-flight window, in items. The gateway lets one sender fill at most half of it. */
const WINDOW = 256
const RETRY = { firstMs: 100, mostMs: 10_000 }
/** How often an item is delivered before the desk gives up on it. A failed item is delivered again after 5 s, 50 s, 8 minutes and 83 minutes. */
const TRIES = 5
const POSTPONE = { firstMs: 5_000, factor: 10 }

/** The dependencies of `Inbox`. */
export interface InboxOptions extends Sending {
  readonly link: MailboxLink
  readonly lease: Pick<LeaseHolder, 'fence' | 'holds'>
  /** Records whether the gateway answers. */
  readonly contact: Pick<Contact, 'answered' | 'failed'>
  readonly decapsulator: () => Decapsulator
  readonly reports: Reports
  readonly notices: Notices
}

/** An item that is ready to be stored. */
interface Prepared {
  readonly envelope?: ReceivedEnvelope
  /** Stores the item when its turn comes. Resolves when the item is durable. */
  readonly take: () => Promise<void>
}

/** The settlement of an item, for the gateway. Without `postponeMs`, the item is done. */
interface Settlement {
  readonly cursor: number
  readonly unopenable?: boolean
  readonly postponeMs?: number
}

/** Reads the mailbox until `close` is called, and reconnects automatically. */
export class Inbox {
  readonly #desk: DeskContext
  readonly #options: InboxOptions
  readonly #closed = new AbortController()
  readonly #stop: AbortSignal
  /** The cursors of items that failed and will be delivered again. */
  readonly #failing = new Set<number>()
  readonly #running: Promise<void>

  constructor(desk: DeskContext, options: InboxOptions) {
    this.#desk = desk
    this.#options = options
    this.#stop = AbortSignal.any([this.#closed.signal, desk.lost.signal])
    this.#running = this.#run()
  }

  /** Reports received mail that could not be processed and is retried. */
  problems(): DeskProblem[] {
    const { size } = this.#failing
    if (size === 0) return []
    const message = `This desk cannot process ${size === 1 ? '1 received item' : `${size} received items`}. It tries again; the log states the cause.`
    return [{ code: 'unreadable', severity: 'warning', message }]
  }

  /** Stops reading. Resolves when no item is being processed. */
  async close(): Promise<void> {
    this.#closed.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, warn, lost } = this.#desk
    const { contact, lease, link } = this.#options
    let pause = RETRY.firstMs
    while (!this.#stop.aborted) {
      try {
        await this.#receiveAll(() => (pause = RETRY.firstMs))
      } catch (error) {
        if (this.#stop.aborted) return
        const failure = await explained(error, link)
        if (this.#stop.aborted) return
        contact.failed(failure)
        warn('Receiving paused.', failure)
        if (await isLasting(failure, lease.holds)) return lost.abort(failure)
        await wait(clock, pause, this.#stop)
        pause = Math.min(pause * 2, RETRY.mostMs)
      }
    }
  }

  /** Opens a mailbox stream and receives items until the stream breaks. */
  async #receiveAll(alive: () => void): Promise<void> {
    const { link, lease, contact } = this.#options
    const stream = new MailboxStream(await lease.fence())
    const signal = AbortSignal.any([this.#stop, stream.ended])
    try {
      for await (const response of link.mailbox.receive(stream.requests, { signal })) {
        alive()
        contact.answered()
        stream.inOrder(this.#prepare(response, stream), (item) => this.#takeIn(item, response))
      }
      throw new RexError('UNAVAILABLE', 'The gateway ended the mailbox stream.')
    } catch (error) {
      throw stream.failure ?? error
    } finally {
      await stream.close()
    }
  }

  /** Prepares an item for storage, in parallel with other items. */
  async #prepare({ content, redelivered }: ReceiveResponse, stream: MailboxStream): Promise<Prepared> {
    const { reports, notices } = this.#options
    switch (content?.$case) {
      case 'stored': {
        const envelope = await this.#open(content.value)
        const { opened } = envelope
        const waits = RexError.is(opened) && redelivered + 1 < TRIES ? waitsForKey(opened) : undefined
        if (waits !== undefined) return { envelope, take: () => Promise.reject(waits) }
        return { envelope, take: () => takeIn(this.#desk, envelope, this.#options) }
      }
      case 'report':
        return { take: () => reports.note(content.value) }
      case 'notice':
        return { take: () => notices.take(content.value) }
      case 'live':
        return { take: () => stream.taken().then(() => void this.#desk.events.emit('drained')) }
      default:
        return { take: async () => {} }
    }
  }

  async #open({ envelope: bytes, receipt }: Stored): Promise<ReceivedEnvelope> {
    const { storedMs } = parseStoredReceipt(receipt as Jws).receipt
    const { organisation, peers, time } = this.#desk
    const decapsulator = this.#options.decapsulator()
    const opened = await open(bytes, {
      organisation,
      storedMs,
      resolver: peers.resolver,
      decapsulator,
    }).catch(RexError.from)
    if (!RexError.is(opened)) {
      const { sender, createdMs } = opened.manifest
      time.witness(sender, createdMs)
    }
    return { bytes, receipt: copyOf(receipt as Jws), opened }
  }

  /** Stores an item. If that fails, postpones the item or gives up on it, so that it does not hold up other items (REX-MBX-035). */
  async #takeIn({ envelope, take }: Prepared, { cursor, redelivered }: ReceiveResponse): Promise<Settlement> {
    try {
      await take()
    } catch (cause) {
      const error = RexError.from(cause)
      if (cursor === 0 || isInterruption(error)) throw error
      this.#desk.warn('An item of the mailbox could not be processed.', error)
      if (redelivered + 1 < TRIES) {
        this.#failing.add(cursor)
        return { cursor, postponeMs: POSTPONE.firstMs * POSTPONE.factor ** redelivered }
      }
      await giveUp(this.#desk, envelope, error)
    }
    this.#failing.delete(cursor)
    const unopenable = RexError.is(envelope?.opened) && isSendersFault(envelope.opened)
    return { cursor, unopenable }
  }
}

/** Copies a receipt. Threads keep receipts in memory, and the original would keep the buffer of the gateway's whole response in memory. */
function copyOf({ protected: header, payload, signature }: Jws): Jws {
  const [own, content, proof] = [header, payload, signature].map((bytes) => Uint8Array.from(bytes))
  return { protected: own, payload: content, signature: proof } as Jws
}

/** A mailbox stream. The desk starts to process its items in order, and settles each item when it is durable. */
class MailboxStream {
  readonly requests = createQueue<ReceiveRequest>(WINDOW * 2)
  /** The first error while processing an item. It ends the stream. */
  failure: unknown
  readonly #ended = new AbortController()
  #order: Promise<unknown> = Promise.resolve()
  readonly #pending = new Set<Promise<void>>()
  /** Settlements collected until the next turn of the event loop, to be sent together. */
  #settled: Settle | undefined

  constructor(fence: number) {
    this.requests.offer({ content: { $case: 'open', value: { fence, window: WINDOW } } })
  }

  /** A signal that is aborted when the stream ends. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** Starts to process an item after all earlier items have started, and settles it when it is durable. */
  inOrder(prepared: Promise<Prepared>, takeIn: (item: Prepared) => Promise<Settlement>): void {
    const before = this.#order
    this.#order = (async () => {
      const item = await prepared
      await before
      const durable = takeIn(item).then((settlement) => this.#settle(settlement))
      this.#pending.add(durable)
      void durable.catch(this.#fail).finally(() => this.#pending.delete(durable))
    })()
    this.#order.catch(this.#fail)
  }

  /** Resolves when every item that is being processed is durable. */
  async taken(): Promise<void> {
    await Promise.all(this.#pending)
  }

  /** Ends the stream. Resolves when no item is being processed. */
  async close(): Promise<void> {
    this.requests.end()
    this.#ended.abort()
    await Promise.allSettled([this.#order, ...this.#pending])
  }

  #settle({ cursor, unopenable = false, postponeMs }: Settlement): void {
    if (cursor === 0) return
    if (this.#settled === undefined) setImmediate(() => this.#sendSettled())
    this.#settled ??= { acknowledged: [], postponed: [], unopenable: [] }
    const { acknowledged, postponed, unopenable: unopened } = this.#settled
    if (postponeMs !== undefined) postponed.push({ cursor, delayMs: postponeMs })
    else (unopenable ? unopened : acknowledged).push(cursor)
  }

  #sendSettled(): void {
    const value = this.#settled
    this.#settled = undefined
    if (value !== undefined) void this.requests.push({ content: { $case: 'settle', value } }).catch(() => {})
  }

  readonly #fail = (error: unknown): void => {
    this.failure ??= error
    this.#ended.abort()
  }
}
