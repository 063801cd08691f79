// Names events of a thread, checks their structure, and recognises identifying content. docs/spec/thread.md, "Events"
import { type Event, EventType, type Refer } from '@rex/proto/core/v1/thread'
import { isCode } from '../code.ts'
import { ensure, RexError } from '../error.ts'
import { isEntityId } from '../identifier.ts'
import { isLonger } from '../input/text.ts'
import type { Transition } from './transitions.ts'

/** The content of an event: exactly one member of the oneof. */
export type EventContent = NonNullable<Event['content']>

/** Length of a group id or thread id in bytes. */
const ID = 16
const GROUP_LIMIT = 1000
const TEXT_LIMIT = 20_000
const LIST_LIMIT = 10_000
const QUESTIONS_LIMIT = 64
const REFERENCE_LIMIT = 200
/** The end of the year 9999, the last year that a date can express. Unix milliseconds. */
const TIME_LIMIT = Date.UTC(10_000, 0, 1) - 1

/** The code list of each coded member of an event, and whether a decision depends on the code. */
export const CODES = {
  'refer.kind': { list: 'referral-kind', decisive: true },
  'decline.code': { list: 'decline', decisive: true },
  'progress.code': { list: 'progress', decisive: false },
  'complete.outcome': { list: 'outcome', decisive: true },
  'fail.code': { list: 'decline', decisive: true },
  'withdraw.code': { list: 'withdrawal', decisive: true },
  'recall.code': { list: 'withdrawal', decisive: true },
  'recallAttestation.code': { list: 'recall-outcome', decisive: true },
  'consentChange.code': { list: 'consent-change', decisive: true },
  'consentAcknowledgement.code': { list: 'recall-outcome', decisive: true },
  'feedback.code': { list: 'feedback', decisive: false },
} as const satisfies Readonly<Record<string, CodeRule>>

interface CodeRule {
  readonly list: string
  readonly decisive: boolean
}

/** Event types by their kebab-case names, such as `request-info`. */
export const EVENT_TYPES: ReadonlyMap<string, EventType> = new Map(
  Object.entries(EventType).map(([name, type]) => [name.toLowerCase().replaceAll('_', '-'), type]),
)
const NAMES = new Map([...EVENT_TYPES].map(([name, type]) => [type, name]))

/** Returns the kebab-case name of an event type. */
export function eventName(type: EventType): string {
  return NAMES.get(type) ?? String(type)
}

/** Returns the row of the transition table that applies to an event (REX-THR-011). */
export function transitionOf(type: EventType, content: EventContent): Transition {
  if (content.$case === 'complete' && content.value.partly) return 'complete-partly'
  if (content.$case === 'recall' && content.value.messages.length === 0) return 'recall-thread'
  if (content.$case === 'consentChange' && isWholeWithdrawal(content.value)) return 'consent-withdrawn'
  return eventName(type) as Transition
}

/** Whether an event contains identifying content and must therefore travel in a separate section (REX-THR-003). */
export function identifies(event: Event): boolean {
  const content = event.content
  if (content === undefined) return false
  const value = content.value as object as Readonly<Record<string, unknown>>
  return ['text', 'reference', 'questions', 'answers', 'except', 'people', 'itemOutcomes'].some((member) =>
    isFilled(value[member]),
  )
}

/** A code that is not in its list. */
export interface UnknownCode {
  readonly path: string
  readonly list: string
  readonly code: string
  /** Whether a decision depends on the code. If so, the message is held for a person. */
  readonly decisive: boolean
}

/** Returns the codes of an event that `known` does not accept (REX-THR-005). */
export function unknownEventCodes(
  event: Event,
  known: (list: string, code: string) => boolean,
): UnknownCode[] {
  const content = event.content
  if (content === undefined) return []
  return codesOf(content).filter(({ list, code }) => !known(list, code))
}

/** Checks the structure of an event (REX-THR-004). @throws RexError MALFORMED or LIMIT_EXCEEDED, with the path */
export function checkEvent(event: Event): EventContent {
  const content = event.content
  ensure(content !== undefined, 'event')
  checkValue(content.value as object as Readonly<Record<string, unknown>>, content.$case)
  for (const { code, path } of codesOf(content)) ensure(isCode(code), path)
  if (content.$case === 'refer') checkGroup(content.value)
  if (content.$case === 'decline' || content.$case === 'fail') {
    const { code, text, alternative } = content.value
    ensure(code !== 'other' || text !== '', `${content.$case}.text`)
    ensure(alternative === '' || isEntityId(alternative), `${content.$case}.alternative`)
  }
  if (content.$case === 'requestInfo') {
    const { length } = content.value.questions
    ensure(length > 0, 'requestInfo.questions')
    if (length > QUESTIONS_LIMIT) throw tooLarge('requestInfo.questions', QUESTIONS_LIMIT, length)
  }
  if (content.$case === 'accept') {
    const { reference } = content.value
    if (isLonger(reference, REFERENCE_LIMIT))
      throw tooLarge('accept.reference', REFERENCE_LIMIT, [...reference].length)
  }
  return content
}

/** Checks that a referral has either a complete place in a group or no group at all. */
function checkGroup({ group, groupIndex, groupSize, follows }: Refer): void {
  const isPlace =
    group.length === ID && groupIndex >= 1 && groupIndex <= groupSize && groupSize <= GROUP_LIMIT
  ensure(isPlace || (group.length === 0 && groupIndex === 0 && groupSize === 0), 'refer.group')
  ensure(follows.length === ID || follows.length === 0, 'refer.follows')
}

function codesOf(content: EventContent): UnknownCode[] {
  const value = content.value as object as Readonly<Record<string, unknown>>
  const own = Object.entries(value).flatMap(([member, code]) => {
    const path = `${content.$case}.${member}`
    const rule = (CODES as Readonly<Record<string, CodeRule>>)[path]
    return rule === undefined ? [] : [{ path, code: code as string, ...rule }]
  })
  const outcomes = (value.itemOutcomes ?? []) as readonly { code: string }[]
  const except = (value.except ?? []) as readonly { code: string }[]
  return [
    ...own,
    ...outcomes.map(({ code }, i) => ({
      path: `${content.$case}.itemOutcomes[${i}].code`,
      list: 'item-outcome',
      code,
      decisive: false,
    })),
    ...except.map(({ code }, i) => ({
      path: `${content.$case}.except[${i}].code`,
      list: 'decline',
      code,
      decisive: true,
    })),
  ]
}

function isWholeWithdrawal({
  code,
  people,
  sections,
}: {
  code: string
  people: readonly unknown[]
  sections: readonly unknown[]
}): boolean {
  return code === 'withdrawn' && people.length === 0 && sections.length === 0
}

function isFilled(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0
}

function checkValue(value: Readonly<Record<string, unknown>>, path: string): void {
  for (const [member, entry] of Object.entries(value)) {
    const at = `${path}.${member}`
    if (typeof entry === 'string' && isLonger(entry, TEXT_LIMIT))
      throw tooLarge(at, TEXT_LIMIT, [...entry].length)
    if (typeof entry === 'number' && member.endsWith('Ms')) ensure(entry <= TIME_LIMIT, at)
    if (!Array.isArray(entry)) continue
    if (entry.length > LIST_LIMIT) throw tooLarge(at, LIST_LIMIT, entry.length)
    for (const [i, element] of entry.entries()) {
      if (typeof element === 'object' && !(element instanceof Uint8Array)) checkValue(element, `${at}[${i}]`)
    }
  }
}

function tooLarge(path: string, limit: number, actual: number): RexError {
  return new RexError('LIMIT_EXCEEDED', `${path} is too large.`, {
    path,
    metadata: { limit: String(limit), actual: String(actual) },
  })
}
