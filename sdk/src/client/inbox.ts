// In: reads the mailbox, opens many envelopes at a time, takes them in one after the other, settles them. docs/spec/mailbox.md, "Feed"
import type { Jws } from '@rex/proto/core/v1/envelope'
import type { DeliveryReport, ReceiveRequest, ReceiveResponse, Stored } from '@rex/proto/mailbox/v1/mailbox'
import type { Decapsulator } from '../core/envelope/grant.ts'
import { type OpenedMessage, open } from '../core/envelope/open.ts'
import { RexError } from '../core/error.ts'
import { parseStoredReceipt } from '../core/receipt/stored.ts'
import type { KeyResolver } from '../core/trust/resolver.ts'
import { createQueue } from '../transport/stream.ts'
import { type Clock, wait } from './clock.ts'
import type { MailboxLink } from './link.ts'

const WINDOW = 128
const RETRY = { firstMs: 100, mostMs: 10_000 }

/** An envelope from the mailbox, opened or not. */
export interface Arrival {
  readonly bytes: Uint8Array
  /** The own gateway's stored receipt. */
  readonly receipt: Jws
  readonly storedMs: number
  readonly opened: OpenedMessage | RexError
}

/** Takes things in; each resolves when they are durable, and only then are they settled. */
export interface Intake {
  arrival(arrival: Arrival): Promise<void>
  report(report: DeliveryReport): Promise<void>
  /** All that was stored before the stream opened has been taken in. */
  live(): void
}

/** What the inbox stands on. */
export interface InboxOptions {
  readonly organisation: string
  readonly link: MailboxLink
  readonly resolver: KeyResolver
  readonly decapsulator: () => Decapsulator
  readonly fence: () => Promise<number>
  readonly intake: Intake
  readonly clock: Clock
  readonly log: (message: string, error: RexError) => void
  /** The mailbox is lost to another desk store, or the store failed: nothing can be received any more. */
  readonly lost: (error: RexError) => void
}

/** Reads the mailbox until it is closed; reconnects by itself. */
export function openInbox(options: InboxOptions): { close(): Promise<void> } {
  const stop = new AbortController()
  const running = run()
  return {
    async close() {
      stop.abort()
      await running
    },
  }

  async function run(): Promise<void> {
    let pause = RETRY.firstMs
    while (!stop.signal.aborted) {
      try {
        await receiveAll(() => (pause = RETRY.firstMs))
      } catch (error) {
        if (stop.signal.aborted) return
        const failure = RexError.from(error)
        options.log('Receiving paused.', failure)
        if (failure.reason === 'LEASE_LOST' || failure.reason === 'STORE_FAILED') return options.lost(failure)
        await wait(options.clock, pause, stop.signal)
        pause = Math.min(pause * 2, RETRY.mostMs)
      }
    }
  }

  async function receiveAll(alive: () => void): Promise<void> {
    const requests = createQueue<ReceiveRequest>(WINDOW * 2)
    const ended = new AbortController()
    const signal = AbortSignal.any([stop.signal, ended.signal])
    let failure: unknown
    let acknowledged: number[] = []
    requests.offer({ content: { $case: 'open', value: { fence: await options.fence(), window: WINDOW } } })

    const settle = (cursor: number): void => {
      if (acknowledged.push(cursor) > 1) return
      setImmediate(() => {
        const value = { acknowledged, postponed: [] }
        acknowledged = []
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
        const ready = prepare(response, taken)
        const before = order
        order = (async () => {
          const take = await ready
          await before
          const durable = take()
          pending.add(durable)
          void durable
            .then(() => response.cursor > 0 && settle(response.cursor))
            .catch(fail)
            .finally(() => pending.delete(durable))
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

  /** Does what can be done for many at a time; what it returns is called in order of arrival. */
  async function prepare(
    { content }: ReceiveResponse,
    taken: () => Promise<void>,
  ): Promise<() => Promise<void>> {
    switch (content?.$case) {
      case 'stored': {
        const arrival = await openStored(content.value)
        return () => options.intake.arrival(arrival)
      }
      case 'report':
        return () => options.intake.report(content.value)
      case 'live':
        return taken
      default:
        return async () => {}
    }
  }

  async function openStored({ envelope, receipt }: Stored): Promise<Arrival> {
    const { storedMs } = parseStoredReceipt(receipt as Jws).receipt
    const { organisation, resolver } = options
    const opened = await open(envelope, {
      organisation,
      storedMs,
      resolver,
      decapsulator: options.decapsulator(),
    }).catch(RexError.from)
    return { bytes: envelope, receipt: receipt as Jws, storedMs, opened }
  }
}
