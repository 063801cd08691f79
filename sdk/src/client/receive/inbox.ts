// Incoming mail: reads the mailbox, opens many envelopes in parallel, takes them in one after the other, settles them.
// docs/spec/mailbox.md, "Feed"
import type { Jws } from '@rex/proto/core/v1/envelope'
import type {
  DeliveryReport,
  Notice,
  ReceiveRequest,
  ReceiveResponse,
  Settle,
  Stored,
} from '@rex/proto/mailbox/v1/mailbox'
import { type OpenedMessage, open } from '../../core/envelope/open.ts'
import { RexError } from '../../core/error.ts'
import type { Decapsulator } from '../../core/jose/suite.ts'
import { parseStoredReceipt } from '../../core/receipt/stored.ts'
import { createQueue } from '../../transport/messages/queue.ts'
import type { DeskProblem } from '../api/problems.ts'
import { wait } from '../clock/clock.ts'
import { isInterruption, isLasting, isSendersFault } from '../clock/interruption.ts'
import type { DeskContext } from '../context.ts'
import type { Contact } from '../gateway/contact.ts'
import type { LeaseHolder } from '../gateway/lease.ts'
import { explained, type MailboxLink } from '../gateway/link.ts'

/** In-flight window. One sender may fill half of it. */
const WINDOW = 256
const RETRY = { firstMs: 100, mostMs: 10_000 }
/** An item that cannot be processed is delivered again: after 5 s, 50 s, 8 minutes, 83 minutes. */
const TRIES = 5
const POSTPONE = { firstMs: 5_000, factor: 10 }

/** An envelope from the mailbox, whether or not it could be opened. */
export interface Arrival {
  readonly bytes: Uint8Array
  /** The own gateway's stored receipt. */
  readonly receipt: Jws
  readonly storedMs: number
  readonly opened: OpenedMessage | RexError
}

/**
 * Takes in items. Each call resolves when its item is durable; only then is the item settled. If it throws, the
 * item is postponed.
 */
export interface Intake {
  /** @throws RexError NOT_FOUND if the refer of its thread has not arrived yet */
  arrival(arrival: Arrival): Promise<void>
  /** The last attempt failed: tells a person, and the sender of an arrival, why. */
  giveUp(arrival: Arrival | undefined, error: RexError): Promise<void>
  report(report: DeliveryReport): Promise<void>
  notice(notice: Notice): Promise<void>
  /** All mail stored before the stream opened has been taken in. */
  live(): void
}

/** An item ready to be taken in. */
interface Prepared {
  /** Whether the sender is to blame for an envelope that cannot be opened. */
  readonly unopenable?: boolean
  readonly take: () => Promise<void>
  readonly giveUp: (error: RexError) => Promise<void>
}

/** Result for an item. Without `postponeMs` the item is done. */
interface Outcome {
  readonly cursor: number
  readonly unopenable?: boolean
  readonly postponeMs?: number
}

const nothing = async (): Promise<void> => {}

/** Dependencies of the inbox. */
export interface InboxOptions
  extends Pick<DeskContext, 'organisation' | 'peers' | 'clock' | 'time' | 'lost' | 'warn'> {
  readonly link: MailboxLink
  readonly decapsulator: () => Decapsulator
  readonly lease: Pick<LeaseHolder, 'fence' | 'holds'>
  readonly intake: Intake
  /** Whether the gateway answers. */
  readonly contact: Pick<Contact, 'answered' | 'failed'>
}

/** The inbox of a desk. */
export interface Inbox {
  /** Mail that cannot be taken in and is retried. */
  problems(): DeskProblem[]
  close(): Promise<void>
}

/** Reads the mailbox until it is closed; reconnects by itself. */
export function openInbox(options: InboxOptions): Inbox {
  const closed = new AbortController()
  const stop = AbortSignal.any([closed.signal, options.lost.signal])
  /** Cursors of items that failed and will be delivered again. */
  const failing = new Set<number>()
  const running = run()
  return {
    problems() {
      if (failing.size === 0) return []
      const message = `Mail that came cannot be taken in yet: ${failing.size === 1 ? '1 item' : `${failing.size} items`}. It is tried again; see the log.`
      return [{ code: 'unreadable', severity: 'warning', message }]
    },
    async close() {
      closed.abort()
      await running
    },
  }

  async function run(): Promise<void> {
    let pause = RETRY.firstMs
    while (!stop.aborted) {
      try {
        await receiveAll(() => (pause = RETRY.firstMs))
      } catch (error) {
        if (stop.aborted) return
        const failure = await explained(error, options.link)
        if (stop.aborted) return
        options.contact.failed(failure)
        options.warn('Receiving paused.', failure)
        if (await isLasting(failure, options.lease.holds)) return options.lost.abort(failure)
        await wait(options.clock, pause, stop)
        pause = Math.min(pause * 2, RETRY.mostMs)
      }
    }
  }

  async function receiveAll(alive: () => void): Promise<void> {
    const requests = createQueue<ReceiveRequest>(WINDOW * 2)
    const ended = new AbortController()
    const signal = AbortSignal.any([stop, ended.signal])
    let failure: unknown
    let settled = nothingSettled()
    requests.offer({
      content: { $case: 'open', value: { fence: await options.lease.fence(), window: WINDOW } },
    })

    let settling = false

    const settle = ({ cursor, unopenable = false, postponeMs }: Outcome): void => {
      if (cursor === 0) return
      if (postponeMs !== undefined) settled.postponed.push({ cursor, delayMs: postponeMs })
      else (unopenable ? settled.unopenable : settled.acknowledged).push(cursor)
      if (settling) return
      settling = true
      setImmediate(() => {
        const value = settled
        settled = nothingSettled()
        settling = false
        void requests.push({ content: { $case: 'settle', value } }).catch(() => {})
      })
    }
    const fail = (error: unknown): void => {
      failure ??= error
      ended.abort()
    }

    let order: Promise<unknown> = Promise.resolve()
    const pending = new Set<Promise<void>>()
    const taken = () => Promise.all(pending).then(options.intake.live)
    try {
      for await (const response of options.link.mailbox.receive(requests, { signal })) {
        alive()
        options.contact.answered()
        const ready = prepare(response, taken)
        const before = order
        order = (async () => {
          const item = await ready
          await before
          const durable = takeIn(item, response).then(settle)
          pending.add(durable)
          void durable.catch(fail).finally(() => pending.delete(durable))
        })()
        order.catch(fail)
      }
      throw new RexError('UNAVAILABLE', 'The gateway ended the mailbox stream.')
    } catch (error) {
      throw failure ?? error
    } finally {
      requests.end()
      ended.abort()
      await Promise.allSettled([order, ...pending])
    }
  }

  /** An item that cannot be processed does not hold up others (REX-MBX-035). */
  async function takeIn(
    { take, giveUp, unopenable = false }: Prepared,
    { cursor, redelivered }: ReceiveResponse,
  ): Promise<Outcome> {
    try {
      await take()
    } catch (cause) {
      const error = RexError.from(cause)
      if (cursor === 0 || isInterruption(error)) throw error
      options.warn('An item of the mailbox could not be taken in.', error)
      if (redelivered + 1 < TRIES) failing.add(cursor)
      if (redelivered + 1 < TRIES)
        return { cursor, postponeMs: POSTPONE.firstMs * POSTPONE.factor ** redelivered }
      await giveUp(error)
    }
    failing.delete(cursor)
    return { cursor, unopenable }
  }

  /** Does the work that can run in parallel. The returned function is called in order of arrival. */
  async function prepare({ content }: ReceiveResponse, taken: () => Promise<void>): Promise<Prepared> {
    const { intake } = options
    const giveUp = (error: RexError) => intake.giveUp(undefined, error)
    switch (content?.$case) {
      case 'stored': {
        const arrival = await openStored(content.value)
        return {
          unopenable: RexError.is(arrival.opened) && isSendersFault(arrival.opened),
          take: () => intake.arrival(arrival),
          giveUp: (error) => intake.giveUp(arrival, error),
        }
      }
      case 'report':
        return { take: () => intake.report(content.value), giveUp }
      case 'notice':
        return { take: () => intake.notice(content.value), giveUp }
      case 'live':
        return { take: taken, giveUp: nothing }
      default:
        return { take: nothing, giveUp: nothing }
    }
  }

  async function openStored({ envelope, receipt }: Stored): Promise<Arrival> {
    const { storedMs } = parseStoredReceipt(receipt as Jws).receipt
    const { organisation, peers } = options
    const opened = await open(envelope, {
      organisation,
      storedMs,
      resolver: peers.resolver,
      decapsulator: options.decapsulator(),
    }).catch(RexError.from)
    if (!RexError.is(opened)) options.time.witness(opened.manifest.createdMs)
    return { bytes: envelope, receipt: receipt as Jws, storedMs, opened }
  }
}

const nothingSettled = (): Settle => ({ acknowledged: [], postponed: [], unopenable: [] })
