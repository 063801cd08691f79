// Makes items for the application from the records of the desk store. docs/guide/desk.md, "Receiving"
import { RexError } from '../../core/error.ts'
import { fromSections } from '../../core/referral/index.ts'
import { safeContact } from '../../core/referral/labels/index.ts'
import type { Erasure } from '../api/erasure.ts'
import type { ThreadEvent } from '../api/events.ts'
import type { FailureItem, Item, MessageAlarm, OverdueAlarm, ParkedItem } from '../api/items.ts'
import type { RawSection, Thread } from '../api/thread.ts'
import type { DeskContext } from '../context.ts'
import type { ItemRecord, ParkedRecord } from '../store/store.ts'
import { knownSections, strangeSections, takeSection } from '../thread/content/content.ts'
import { contactRules } from '../thread/content/sections.ts'
import type { ItemContent } from '../thread/item.ts'
import { headOf, type OpenThread } from '../thread/repository/open-thread.ts'
import { threadEvent } from '../thread/view/events.ts'

/** Events after which somebody may call or visit. Their items repeat the rules of safe contact (REX-REF-100). */
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

/** The dependencies of the functions that make items. */
export interface ItemContext extends Pick<DeskContext, 'organisation' | 'threads' | 'warn'> {
  /** Returns the verbs of a thread. */
  readonly actionsOf: (thread: OpenThread) => Thread
}

/** Makes the item of a record, with the verbs that settle it. @throws RexError NOT_FOUND, STORE_FAILED if the item cannot be read */
export function itemOf(
  context: ItemContext,
  record: ItemRecord,
  verbs: Pick<Item, 'ack' | 'nak' | 'park'>,
): Item {
  const thread = context.threads.open(record.thread)
  const content = contentOf(context, thread, record)
  const base = { ...baseOf(context, thread, record), redelivered: record.attempts, ...verbs }
  switch (content.kind) {
    case 'referral': {
      const referral = referralOf(thread, content.digest)
      const rules = safeContact(referral)
      return { ...base, kind: 'referral', referral, ...strangeIn(thread, content), safeContact: rules }
    }
    case 'event': {
      const event = eventIn(context, thread, content)
      const rules = INVITING.has(event.type) ? contactRules(thread) : []
      return { ...base, kind: 'event', event, ...strangeIn(thread, content), safeContact: rules }
    }
    case 'failure':
      return { ...base, kind: 'failure', ...failureOf(content, eventIn(context, thread, content)) }
    case 'alarm':
      return { ...base, kind: 'alarm', ...alarmOf(content, eventIn(context, thread, content)) }
    case 'erased':
      return { ...base, kind: 'erased', erased: thread.erased as Erasure }
    case 'overdue': {
      const { counterpart, step } = content
      const message = overdueMessage(content, context.organisation)
      return { ...base, kind: 'alarm', alarm: 'overdue', counterpart, step, message }
    }
  }
}

/** Makes an item that was set aside, without its verbs. An unreadable item is listed too, so that a person can settle it. */
export function parkedItemOf(
  context: ItemContext,
  thread: OpenThread,
  record: ParkedRecord,
): Omit<ParkedItem, 'ack' | 'unpark'> {
  const reason = reasonOf(context, thread, record)
  return { ...baseOf(context, thread, record), kind: kindOf(context, thread, record), reason }
}

function reasonOf(
  { threads, warn }: ItemContext,
  thread: OpenThread,
  { reason, sealedReason }: ParkedRecord,
): string {
  try {
    return sealedReason === undefined
      ? reason
      : threads.unseal<{ reason: string }>(thread, sealedReason).reason
  } catch (error) {
    warn('The reason of an item cannot be read.', RexError.from(error))
    return ''
  }
}

/** Reads the content of an item. The report of an erasure has no content, because the thread has no key. */
function contentOf({ threads }: ItemContext, thread: OpenThread, { content }: ItemRecord): ItemContent {
  return content.length === 0 ? { kind: 'erased' } : threads.unseal(thread, content)
}

function kindOf(context: ItemContext, thread: OpenThread, record: ItemRecord): Item['kind'] {
  const { warn } = context
  try {
    const { kind } = contentOf(context, thread, record)
    return kind === 'overdue' ? 'alarm' : kind
  } catch (error) {
    warn('An item cannot be read.', RexError.from(error))
    return 'alarm'
  }
}

function baseOf(
  { actionsOf }: ItemContext,
  thread: OpenThread,
  { id }: ItemRecord,
): Pick<Item, 'id' | 'ref' | 'thread'> {
  const { ref } = thread.summary
  return { id, ...(ref !== undefined && { ref }), thread: actionsOf(thread) }
}

function eventIn(
  { organisation }: ItemContext,
  thread: OpenThread,
  { digest }: { readonly digest: string },
): ThreadEvent {
  return threadEvent(thread, digest, organisation)
}

const OVERDUE = {
  mine: 'Your next step is overdue. Take it, or tell the other side.',
  theirs: 'Their next step is overdue. Call them.',
  arrival: 'A message of yours has not arrived yet. Call the recipient, or refer to another organisation.',
}

function overdueMessage({ step: { who, what } }: Pick<OverdueAlarm, 'step'>, organisation: string): string {
  if (what === 'await-arrival') return OVERDUE.arrival
  return who === organisation ? OVERDUE.mine : OVERDUE.theirs
}

const ALARMS: Readonly<Record<MessageAlarm['alarm'], string>> = {
  delayed:
    "An urgent message is still not stored at the recipient's gateway after 15 minutes. Call the recipient.",
  unreceived:
    'No desk has received an urgent message 15 minutes after it was sent. Perhaps nobody has read it: call the recipient.',
  held: 'One side does not know a code. A person must decide.',
  fork: 'Two histories exist. Compare them with the other organisation by telephone.',
  conflict:
    'Two different messages have the same id. The first counts; the evidence contains both. Ask the other organisation.',
  gap: 'An earlier event is missing; a resend was asked for.',
  'received-late': 'A message that counted as expired was received after all. It counts again.',
  'receipt-mismatch':
    'A receipt does not match the message that was sent. Suspect a fault or tampering on the way.',
}

function alarmOf(
  { alarm, recipient, detail }: Extract<ItemContent, { kind: 'alarm' }>,
  { type, messageId }: ThreadEvent,
): Pick<MessageAlarm, 'alarm' | 'type' | 'messageId' | 'recipient' | 'message'> {
  const message = detail === undefined ? ALARMS[alarm] : `${ALARMS[alarm]} Unknown: ${detail}.`
  return { alarm, type, messageId, recipient, message }
}

function referralOf(thread: OpenThread, digest: string) {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  const sections = knownSections(message?.sections ?? []).map(takeSection)
  return { ...headOf(thread), ...fromSections(sections) }
}

/** Returns the unchanged sections of unknown types in a message that a person placed with `resolve`. */
function strangeIn(
  thread: OpenThread,
  { digest }: { readonly digest: string },
): { unknownSections?: readonly RawSection[] } {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  // Leave out the event section, because `event` already has its content.
  const unknownSections = strangeSections(message?.sections ?? []).filter(({ type }) => type !== 'event')
  return unknownSections.length === 0 ? {} : { unknownSections }
}

function failureOf(
  { outcome, recipient, reason }: Extract<ItemContent, { kind: 'failure' }>,
  { type, messageId }: ThreadEvent,
): Pick<FailureItem, 'outcome' | 'type' | 'messageId' | 'recipient' | 'reason' | 'hint'> {
  const hint =
    outcome === 'expired'
      ? 'Call the recipient, or refer to another organisation.'
      : 'Correct the cause and send again, or call the recipient.'
  return { outcome, type, messageId, recipient, reason: reason as NonNullable<FailureItem['reason']>, hint }
}
