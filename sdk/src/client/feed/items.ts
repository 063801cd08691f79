// The feed for the application: urgent first, in order within a thread, settled by ack, nak or park. docs/guide/desk.md, "Receiving"
import { RexError } from '../../core/error.ts'
import { fromSections, safeContact } from '../../core/referral/index.ts'
import type { FailureItem, Item, MessageAlarm, OverdueAlarm, ParkedItem } from '../api/items.ts'
import { checkOptions } from '../api/options.ts'
import type { RawSection, Thread, ThreadEvent } from '../api/thread.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeskStore, DeskWrites, ItemRecord, ParkedRecord } from '../store/store.ts'
import { knownSections, strangeSections, takeSection } from '../thread/content.ts'
import { threadEvent } from '../thread/events.ts'
import type { ItemContent } from '../thread/item.ts'
import { headOf, type OpenThread } from '../thread/open-thread.ts'
import { readable, type ThreadRepository } from '../thread/repository.ts'
import { contactRules } from '../thread/sections.ts'
import { createSettlements } from './settlements.ts'

/** Events after which somebody may call or visit (REX-REF-100). */
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

/** Why an item that does not decrypt is parked: no sender is to blame. */
const UNREADABLE = 'It cannot be read: the desk store is damaged.'

/** Dependencies of the feed. */
export interface FeedOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly threads: ThreadRepository
  readonly clock: Clock
  readonly actionsOf: (thread: OpenThread) => Thread
  readonly log: (message: string, error: RexError) => void
}

/** The feed of a desk. */
export interface Feed {
  receive(options?: { readonly concurrency?: number; readonly signal?: AbortSignal }): AsyncIterable<Item>
  /** Items set aside for a person. */
  parked(): ParkedItem[]
  wake(): void
  /** Ends the feed: readers get the error; without one, they end. */
  end(error?: RexError): void
}

/** Opens the feed. */
export function openFeed(options: FeedOptions): Feed {
  const { store, threads, clock } = options
  const busyThreads = new Set<string>()
  const sleepers = new Set<() => void>()
  let ended: { readonly error: RexError | undefined } | undefined

  const wake = () => {
    for (const wakeUp of sleepers) wakeUp()
    sleepers.clear()
  }
  const settlements = createSettlements({ store, clock, made: wake, log: options.log })

  return {
    wake,
    parked: () => store.read.parkedItems().flatMap(parkedOf),
    end(error) {
      ended ??= { error }
      settlements.close()
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
          else yield* take(record, mine)
        }
      } finally {
        for (const thread of mine) busyThreads.delete(thread)
      }
    },
  }

  function nextItem(): ItemRecord | undefined {
    return store.read.nextItem(clock.now(), waitingThreads())
  }

  /** Items already due wait for their thread, whose reader wakes the others. */
  function nextDueMs(): number | undefined {
    return store.read.nextItemMs(clock.now(), waitingThreads())
  }

  function waitingThreads(): string[] {
    return [...busyThreads, ...settlements.threads()]
  }

  /** Parks an item that cannot be read, so that it does not hold up the others. */
  async function* take(record: ItemRecord, mine: Set<string>): AsyncGenerator<Item> {
    const { thread } = record
    mine.add(thread)
    busyThreads.add(thread)
    const release = () => {
      mine.delete(thread)
      busyThreads.delete(thread)
      wake()
    }
    let item: Item
    try {
      item = itemOf(record, release)
    } catch (error) {
      options.log('An item cannot be read.', RexError.from(error))
      const work = (write: DeskWrites) => write.parkItem(record.sequence, UNREADABLE)
      await settlements.settle({ thread, work })
      return release()
    }
    yield item
  }

  /** Sleeps until a commit or settlement, until a postponed item is due, or until the signal aborts. */
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

  function parkedOf(record: ParkedRecord): ParkedItem[] {
    const { sequence, reason } = record
    const thread = readable(threads, record.thread, options.log)
    if (thread === undefined) return []
    const item: ParkedItem = {
      ...baseOf(thread, record),
      kind: kindOf(thread, record),
      reason,
      ack: () => store.commit((write) => write.removeItem(sequence)),
      async unpark() {
        await store.commit((write) => write.unparkItem(sequence))
        wake()
      },
    }
    return [item]
  }

  /** An unreadable thread hides no other item: it is listed, so that a person can look into it and end it. */
  function kindOf(thread: OpenThread, { content }: ItemRecord): Item['kind'] {
    try {
      const { kind } = threads.unseal<ItemContent>(thread, content)
      return kind === 'overdue' ? 'alarm' : kind
    } catch (error) {
      options.log('An item cannot be read.', RexError.from(error))
      return 'alarm'
    }
  }

  function baseOf(thread: OpenThread, { id }: ItemRecord): Pick<Item, 'id' | 'ref' | 'thread'> {
    const { ref } = thread.summary
    return { id, ...(ref !== undefined && { ref }), thread: options.actionsOf(thread) }
  }

  function itemOf(record: ItemRecord, release: () => void): Item {
    const thread = threads.open(record.thread)
    const content = threads.unseal<ItemContent>(thread, record.content)
    const base = {
      ...baseOf(thread, record),
      redelivered: record.attempts,
      ...settling(record, release),
    }
    switch (content.kind) {
      case 'referral': {
        const referral = referralOf(thread, content.digest)
        const rules = safeContact(referral)
        return { ...base, kind: 'referral', referral, ...strangeIn(thread, content), safeContact: rules }
      }
      case 'event': {
        const event = eventIn(thread, content)
        const rules = INVITING.has(event.type) ? contactRules(thread) : []
        return { ...base, kind: 'event', event, ...strangeIn(thread, content), safeContact: rules }
      }
      case 'failure':
        return { ...base, kind: 'failure', ...failureOf(content, eventIn(thread, content)) }
      case 'alarm':
        return { ...base, kind: 'alarm', ...alarmOf(content, eventIn(thread, content)) }
      case 'overdue':
        return {
          ...base,
          kind: 'alarm',
          alarm: 'overdue',
          counterpart: content.counterpart,
          step: content.step,
          message: overdueMessage(content, options.organisation),
        }
    }
  }

  function eventIn(thread: OpenThread, { digest }: { readonly digest: string }): ThreadEvent {
    return threadEvent(thread, digest, options.organisation)
  }

  function settling(
    { sequence, attempts, thread }: ItemRecord,
    release: () => void,
  ): Pick<Item, 'ack' | 'nak' | 'park'> {
    let settled = false
    const once = async (work: (write: DeskWrites) => void): Promise<void> => {
      if (settled) throw new RexError('ALREADY_EXISTS', 'The item is settled already.')
      settled = true
      try {
        await settlements.settle({ thread, work })
      } catch (error) {
        settled = false
        throw error
      }
      release()
    }
    return {
      ack: () => once((write) => write.removeItem(sequence)),
      async nak(delayMs = POSTPONE_MS) {
        checkOptions('nak', { delayMs })
        const nowMs = clock.now()
        await once((write) =>
          attempts + 1 >= TRIES
            ? write.parkItem(sequence, 'It failed five times.')
            : write.postponeItem(sequence, { nowMs, delayMs }),
        )
      },
      async park(reason) {
        checkOptions('park', { reason })
        await once((write) => write.parkItem(sequence, reason))
      },
    }
  }
}

const OVERDUE = {
  mine: 'The time for your next step has passed. Take it, or tell the other side.',
  theirs: 'The time for their next step has passed. Call them.',
  arrival: 'A message of yours has not arrived yet. Call the recipient, or refer to somebody else.',
}

function overdueMessage({ step: { who, what } }: Pick<OverdueAlarm, 'step'>, organisation: string): string {
  if (what === 'await-arrival') return OVERDUE.arrival
  return who === organisation ? OVERDUE.mine : OVERDUE.theirs
}

const ALARMS: Readonly<Record<MessageAlarm['alarm'], string>> = {
  delayed: 'An urgent message is not stored at the recipient after 15 minutes. Call the recipient.',
  unreceived:
    'An urgent message is not received 15 minutes after it was sent. Nobody may have read it: call the recipient.',
  held: 'A code is not understood on one side. A person must decide.',
  fork: 'Two histories exist. Compare them with the other organisation by phone.',
  conflict:
    'Two different messages came under one id. The first counts; the evidence holds both. Ask the other organisation.',
  gap: 'An earlier event is missing; a resend was asked for.',
  'received-late': 'A message that counted as expired was received after all. It counts again.',
  'receipt-mismatch': 'A receipt does not fit what was sent. Suspect a fault or tampering on the way.',
}

function alarmOf(
  { alarm, recipient, detail }: Extract<ItemContent, { kind: 'alarm' }>,
  { type, messageId }: ThreadEvent,
): Pick<MessageAlarm, 'alarm' | 'type' | 'messageId' | 'recipient' | 'message'> {
  const message = detail === undefined ? ALARMS[alarm] : `${ALARMS[alarm]} Not understood: ${detail}.`
  return { alarm, type, messageId, recipient, message }
}

function referralOf(thread: OpenThread, digest: string) {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  const sections = knownSections(message?.sections ?? []).map(takeSection)
  return { ...headOf(thread), ...fromSections(sections) }
}

/** Passes unknown sections that a person placed to the application as received. */
function strangeIn(
  thread: OpenThread,
  { digest }: { readonly digest: string },
): { unknownSections?: readonly RawSection[] } {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  // Event sections are already read as part of the event.
  const unknownSections = strangeSections(message?.sections ?? []).filter(({ type }) => type !== 'event')
  return unknownSections.length === 0 ? {} : { unknownSections }
}

function failureOf(
  { outcome, recipient, reason }: Extract<ItemContent, { kind: 'failure' }>,
  { type, messageId }: ThreadEvent,
): Pick<FailureItem, 'outcome' | 'type' | 'messageId' | 'recipient' | 'reason' | 'hint'> {
  const hint =
    outcome === 'expired'
      ? 'Call the recipient, or refer to somebody else.'
      : 'Correct the cause and send again, or call the recipient.'
  return { outcome, type, messageId, recipient, reason: reason as NonNullable<FailureItem['reason']>, hint }
}
