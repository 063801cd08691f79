// The feed for the application: urgent first, in order within a thread, settled by ack, nak or park. docs/guide/desk.md, "Receiving"
import { RexError } from '../core/error.ts'
import { fromSections, safeContact } from '../core/referral/index.ts'
import type { AlarmItem, FailureItem, Item, ParkedItem, Thread } from './api.ts'
import { type Book, headOf, type OpenThread } from './book.ts'
import type { Clock } from './clock.ts'
import { takeSection } from './content.ts'
import { threadEvent } from './events.ts'
import { contactRules } from './sections.ts'
import type { DeskStore, ItemRecord, ParkedRecord } from './store/store.ts'

/** Events after which somebody may be called or visited (REX-REF-100). */
const INVITING: ReadonlySet<string> = new Set([
  'disclose',
  'accept',
  'request-info',
  'provide-info',
  'waitlist',
  'progress',
  'correct',
  'note',
])

const TRIES = 5
const POSTPONE_MS = 60_000

/** What the store keeps of an item, sealed under the thread's key. */
export type ItemContent =
  | { readonly kind: 'referral' | 'event'; readonly digest: string }
  | {
      readonly kind: 'failure'
      readonly outcome: 'refused' | 'expired'
      readonly recipient: string
      readonly reason: string
      readonly digest: string
    }
  | {
      readonly kind: 'alarm'
      readonly alarm: AlarmItem['alarm']
      readonly recipient: string
      readonly digest: string
      /** Path and code that are not understood. */
      readonly detail?: string | undefined
    }

/** What the feed stands on. */
export interface FeedOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly book: Book
  readonly clock: Clock
  readonly handle: (thread: OpenThread) => Thread
}

/** The feed of a desk. */
export interface Feed {
  receive(options?: { readonly concurrency?: number; readonly signal?: AbortSignal }): AsyncIterable<Item>
  /** What was set aside for a person. */
  parked(): ParkedItem[]
  wake(): void
  /** Nothing can come any more: readers get the error; without one, they end. */
  end(error?: RexError): void
}

/** Opens the feed. */
export function openFeed(options: FeedOptions): Feed {
  const { store, book, clock } = options
  const busyThreads = new Set<string>()
  const sleepers = new Set<() => void>()
  let ended: { readonly error: RexError | undefined } | undefined

  const wake = () => {
    for (const wakeUp of sleepers) wakeUp()
    sleepers.clear()
  }

  return {
    wake,
    parked: () => store.read.parkedItems().map(parkedOf),
    end(error) {
      ended ??= { error }
      wake()
    },
    async *receive({ concurrency = 1, signal } = {}) {
      const mine = new Set<string>()
      try {
        while (signal?.aborted !== true) {
          if (ended?.error !== undefined) throw ended.error
          if (ended !== undefined) return
          const hasRoom = mine.size < concurrency
          const record = hasRoom ? nextItem() : undefined
          if (record === undefined) await sleep(hasRoom ? nextDueMs() : undefined, signal)
          else yield take(record, mine)
        }
      } finally {
        for (const thread of mine) busyThreads.delete(thread)
      }
    },
  }

  function nextItem(): ItemRecord | undefined {
    return store.read.nextItem(clock.now(), [...busyThreads])
  }

  /** What is due already waits for its thread, whose reader wakes the others. */
  function nextDueMs(): number | undefined {
    return store.read.nextItemMs(clock.now(), [...busyThreads])
  }

  function take(record: ItemRecord, mine: Set<string>): Item {
    const { thread } = record
    mine.add(thread)
    busyThreads.add(thread)
    const release = () => {
      mine.delete(thread)
      busyThreads.delete(thread)
      wake()
    }
    return itemOf(record, release)
  }

  /** Sleeps until something was committed or settled, a postponed item is due, or the signal ends it. */
  async function sleep(dueMs: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = dueMs === undefined ? undefined : clock.after(dueMs - clock.now(), resolve)
    sleepers.add(resolve)
    const stop = () => resolve()
    signal?.addEventListener('abort', stop, { once: true })
    await promise
    signal?.removeEventListener('abort', stop)
    cancel?.()
    sleepers.delete(resolve)
  }

  function parkedOf(record: ParkedRecord): ParkedItem {
    const { sequence, reason } = record
    const thread = book.open(record.thread)
    const { kind } = book.unseal<ItemContent>(thread, record.content)
    return {
      ...baseOf(thread, record),
      kind,
      reason,
      ack: () => store.commit((write) => write.removeItem(sequence)),
      async unpark() {
        await store.commit((write) => write.unparkItem(sequence))
        wake()
      },
    }
  }

  function baseOf(thread: OpenThread, { id }: ItemRecord): Pick<Item, 'id' | 'ref' | 'thread'> {
    const { ref } = thread.summary
    return { id, ...(ref !== undefined && { ref }), thread: options.handle(thread) }
  }

  function itemOf(record: ItemRecord, release: () => void): Item {
    const thread = book.open(record.thread)
    const content = book.unseal<ItemContent>(thread, record.content)
    const base = {
      ...baseOf(thread, record),
      redelivered: record.attempts,
      ...settlements(record, release),
    }
    switch (content.kind) {
      case 'referral': {
        const referral = referralOf(thread, content.digest)
        return { ...base, kind: 'referral', referral, safeContact: safeContact(referral) }
      }
      case 'event': {
        const event = threadEvent(thread, content.digest, options.organisation)
        return {
          ...base,
          kind: 'event',
          event,
          safeContact: INVITING.has(event.type) ? contactRules(thread) : [],
        }
      }
      case 'failure':
        return { ...base, kind: 'failure', ...failureOf(content) }
      case 'alarm':
        return { ...base, kind: 'alarm', alarm: content.alarm, message: alarmOf(content) }
    }
  }

  function settlements(
    { sequence, attempts }: ItemRecord,
    release: () => void,
  ): Pick<Item, 'ack' | 'nak' | 'park'> {
    let settled = false
    const once = async (work: () => Promise<void>): Promise<void> => {
      if (settled) throw new RexError('ALREADY_EXISTS', 'The item is settled already.')
      settled = true
      try {
        await work()
      } catch (error) {
        settled = false
        throw error
      }
      release()
    }
    const park = (reason: string) => store.commit((write) => write.parkItem(sequence, reason))
    return {
      ack: () => once(() => store.commit((write) => write.removeItem(sequence))),
      nak: (delayMs = POSTPONE_MS) =>
        once(() =>
          attempts + 1 >= TRIES
            ? park('It failed five times.')
            : store.commit((write) => write.postponeItem(sequence, clock.now() + delayMs)),
        ),
      park: (reason) => once(() => park(reason)),
    }
  }
}

const ALARMS: Readonly<Record<AlarmItem['alarm'], string>> = {
  delayed: 'An urgent message is not stored at the recipient after 15 minutes. Call the recipient.',
  held: 'A code is not understood on one side. A person must decide.',
  fork: 'Two histories exist. Compare them with the other organisation by phone.',
  gap: 'An earlier event is missing; a resend was asked for.',
  'received-late': 'A message that counted as expired was received after all. It counts again.',
  'receipt-mismatch': 'A receipt does not fit what was sent. Suspect a fault or tampering on the way.',
}

function alarmOf({ alarm, detail }: Extract<ItemContent, { kind: 'alarm' }>): string {
  return detail === undefined ? ALARMS[alarm] : `${ALARMS[alarm]} Not understood: ${detail}.`
}

function referralOf(thread: OpenThread, digest: string) {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  const sections = message?.sections.map(takeSection) ?? []
  return { ...headOf(thread), ...fromSections(sections) }
}

function failureOf({
  outcome,
  recipient,
  reason,
}: Extract<ItemContent, { kind: 'failure' }>): Pick<
  FailureItem,
  'outcome' | 'recipient' | 'reason' | 'hint'
> {
  const hint =
    outcome === 'expired'
      ? 'Call the recipient, or refer to somebody else.'
      : 'Correct the cause and send again, or call the recipient.'
  return { outcome, recipient, reason: reason as NonNullable<FailureItem['reason']>, hint }
}
