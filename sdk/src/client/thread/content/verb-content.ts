// Builds the content and sections of each verb's event. docs/spec/thread.md, "Events"
import { Buffer } from 'node:buffer'
import { EventType } from '@rex/proto/core/v1/thread'
import { fromHex } from '../../../core/encoding/encoding.ts'
import { RexError } from '../../../core/error.ts'
import { checkHandling } from '../../../core/referral/handling/check.ts'
import { entryIds } from '../../../core/referral/validate/ids.ts'
import { invalidInput } from '../../../core/shape.ts'
import { type EventContent, eventName } from '../../../core/thread/event.ts'
import type { TrackEvent } from '../../../core/thread/track.ts'
import { viewTrack } from '../../../core/thread/view.ts'
import type { ItemOutcomeInput, VerbInputs, VerbName } from '../../api/verb-inputs.ts'
import { type OpenThread, trackOf } from '../repository/open-thread.ts'
import { type EventSection, newerSections, standing, stillStaged, undisclosed } from './sections.ts'

/** The thread and track on which a verb acts. */
export interface Where {
  readonly thread: OpenThread
  readonly counterpart: string
  /** The current time, in Unix milliseconds. */
  readonly now: number
}

/** The content and sections of an event. */
interface VerbContent {
  readonly content: EventContent
  readonly sections?: readonly EventSection[]
  /** The ids of findings that a person has confirmed. */
  readonly confirm?: readonly string[] | undefined
}

/** The functions that build the event of each verb from its checked input. @throws RexError NOT_FOUND, HANDLING_REFUSED, INVALID_REFERRAL */
export const VERB_CONTENT: {
  readonly [Name in VerbName]: (input: VerbInputs[Name], where: Where) => VerbContent
} = {
  accept: ({ except = [], reference = '', text = '' }) => ({
    content: { $case: 'accept', value: { except: [...except], reference, text } },
  }),
  decline: ({ code, alternative = '', retryAfterMs = 0, text = '' }) => ({
    content: { $case: 'decline', value: { code, alternative, retryAfterMs, text } },
  }),
  requestInfo: ({ questions, neededByMs = 0 }) => {
    const numbered = questions.map(({ text, path = '' }, i) => ({ id: String(i + 1), path, text }))
    return { content: { $case: 'requestInfo', value: { questions: numbered, neededByMs } } }
  },
  provideInfo: ({ answers, referral = {}, request }, where) => {
    const filled = answers.map(({ id, text = '', absence = '' }) => ({ id, text, absence }))
    const asked = answered(where, EventType.REQUEST_INFO, { request })
    checkQuestions(asked, answers)
    return {
      content: {
        $case: 'provideInfo',
        value: { request: fromHex(asked.digest, 'request'), answers: filled },
      },
      sections: newerSections(where.thread, referral, where),
    }
  },
  waitlist: ({ expectedMs = 0, position = 0, text = '' }) => ({
    content: { $case: 'waitlist', value: { expectedMs, position, text } },
  }),
  disclose: ({ sections }, { thread, counterpart, now }) => {
    const chosen =
      sections === undefined
        ? stillStaged(thread, counterpart)
        : undisclosed(thread, counterpart).filter(({ type }) => sections.includes(type))
    if (chosen.length === 0)
      throw new RexError('NOT_FOUND', 'There is nothing left to disclose.', {
        hint: 'Name a section to disclose one that was not planned for this recipient.',
      })
    checkHandling({ referral: standing(thread).referral, action: 'disclose', now })
    const value = { sections: chosen.map(({ index }) => index) }
    return { content: { $case: 'disclose', value }, sections: chosen }
  },
  progress: ({ code, itemOutcomes, timeMs = 0, text = '' }, { thread }) => ({
    content: {
      $case: 'progress',
      value: { code, itemOutcomes: outcomes(itemOutcomes, thread), timeMs, text },
    },
  }),
  complete: ({ outcome, partly = false, itemOutcomes, text = '' }, { thread }) => ({
    content: {
      $case: 'complete',
      value: { outcome, partly, itemOutcomes: outcomes(itemOutcomes, thread), text },
    },
  }),
  fail: ({ code, alternative = '', itemOutcomes, text = '' }, { thread }) => ({
    content: {
      $case: 'fail',
      value: { code, alternative, itemOutcomes: outcomes(itemOutcomes, thread), text },
    },
  }),
  withdraw: ({ code, text = '' }) => ({ content: { $case: 'withdraw', value: { code, text } } }),
  recall: ({ code, messages = [], text = '' }, where) => {
    checkOwn(where, messages)
    const digests = messages.map((digest) => fromHex(digest, 'messages')).sort(Buffer.compare)
    return { content: { $case: 'recall', value: { code, messages: digests, text } } }
  },
  attestRecall: ({ code, recall, text = '' }, where) => {
    const { digest } = answered(where, EventType.RECALL, { recall })
    checkTrue(code, 'recall')
    const value = { recall: fromHex(digest, 'recall'), code, text }
    return { content: { $case: 'recallAttestation', value } }
  },
  changeConsent: ({ code, people = [], sections = [], text = '' }) => ({
    content: { $case: 'consentChange', value: { code, people: [...people], sections: [...sections], text } },
  }),
  acknowledgeConsent: ({ code, change, text = '' }, where) => {
    const { digest } = answered(where, EventType.CONSENT_CHANGE, { change })
    checkTrue(code, 'consent')
    const value = { change: fromHex(digest, 'change'), code, text }
    return { content: { $case: 'consentAcknowledgement', value } }
  },
  correct: ({ referral, text = '', confirm }, { thread, now }) => ({
    content: { $case: 'correct', value: { text } },
    sections: newerSections(thread, referral, { now, confirm }),
    confirm,
  }),
  note: ({ text, language = '' }) => ({ content: { $case: 'note', value: { text, language } } }),
  feedback: ({ code, itemOutcomes, text = '' }, { thread }) => ({
    content: { $case: 'feedback', value: { code, itemOutcomes: outcomes(itemOutcomes, thread), text } },
  }),
  enterInError: ({ text = '' }) => ({ content: { $case: 'enteredInError', value: { text } } }),
}

/** Codes that say that content was destroyed, which is true only after an erasure. */
const DESTROYED: ReadonlySet<string> = new Set(['destroyed', 'destroyed-before-reading'])

/** Refuses a code that claims destruction while the desk still has the content (REX-THR-070). @throws RexError INVALID_EVENT */
function checkTrue(code: string, reason: 'recall' | 'consent'): void {
  if (!DESTROYED.has(code)) return
  throw new RexError('INVALID_EVENT', `The content is not ${code}: this desk still has it.`, {
    metadata: { path: 'code' },
    hint: `Erase it with the reason ${reason}, which attests that it is destroyed: \`erase\`, \`rex-desk erase\`.`,
  })
}

/** Returns the attestation or acknowledgement that a thread was destroyed. Returns undefined if nobody asked for it. */
export function openDestruction(reason: 'recall' | 'consent', where: Where): EventContent | undefined {
  const type = reason === 'recall' ? EventType.RECALL : EventType.CONSENT_CHANGE
  const event = unansweredIn(where, type)
  if (event === undefined) return undefined
  const digest = fromHex(event.digest, reason)
  const value = { code: 'destroyed', text: '' }
  return reason === 'recall'
    ? { $case: 'recallAttestation', value: { ...value, recall: digest } }
    : { $case: 'consentAcknowledgement', value: { ...value, change: digest } }
}

/** Checks and converts item outcomes. @throws RexError INVALID_EVENT for an item that is listed twice or is not in the referral (REX-THR-077) */
function outcomes(
  list: readonly ItemOutcomeInput[] = [],
  thread: OpenThread,
): { item: string; code: string; timeMs: number }[] {
  if (list.length === 0) return []
  const known = entryIds(standing(thread).referral)
  const seen = new Map<string, number>()
  return list.map(({ item, code, timeMs = 0 }, i) => {
    const path = `itemOutcomes[${i}].item`
    if (!known.has(item)) throw unknownHere(path, 'is no id of the referral as this desk has it')
    const first = seen.get(item)
    if (first !== undefined) throw unknownHere(path, `is the same item as itemOutcomes[${first}]`)
    seen.set(item, i)
    return { item, code, timeMs }
  })
}

/**
 * Returns the counterpart's event with the digest in the input. Default: the oldest open event of the type, because an
 * answer to any other event would have no effect (REX-THR-008).
 * @throws RexError INVALID_EVENT with the path of the member, NOT_FOUND if no event is open
 */
function answered(
  where: Where,
  type: EventType,
  member: Readonly<Record<string, string | undefined>>,
): TrackEvent {
  const [[path, named] = ['', undefined]] = Object.entries(member)
  if (named === undefined) {
    const open = unansweredIn(where, type)
    if (open !== undefined) return open
    throw new RexError('NOT_FOUND', `The thread has no open ${eventName(type)} to answer.`)
  }
  const event = trackOf(where.thread, where.counterpart).events.get(named)
  if (event?.type === type && event.role !== where.thread.role) return event
  throw unknownHere(path, `names no ${eventName(type)} of the other side`)
}

/** Checks that every answer is to a question of the request. @throws RexError INVALID_EVENT */
function checkQuestions(
  { event: { content } }: TrackEvent,
  answers: readonly { readonly id: string }[],
): void {
  const asked = content?.$case === 'requestInfo' ? content.value.questions.map(({ id }) => id) : []
  const strange = answers.findIndex(({ id }) => !asked.includes(id))
  if (strange >= 0)
    throw unknownHere(`answers[${strange}].id`, `is no question of that request; it has ${asked.join(', ')}`)
}

/** Checks that this organisation sent each of these messages. @throws RexError INVALID_EVENT */
function checkOwn({ thread, counterpart }: Where, messages: readonly string[]): void {
  const { events } = trackOf(thread, counterpart)
  const strange = messages.findIndex((digest) => events.get(digest)?.role !== thread.role)
  if (strange >= 0) throw unknownHere(`messages[${strange}]`, 'is no message of yours to this organisation')
}

function unknownHere(path: string, message: string): RexError {
  return invalidInput({ path, message }, { reason: 'INVALID_EVENT', subject: 'The input' })
}

function unansweredIn(where: Where, type: EventType): TrackEvent | undefined {
  return openEvents(where).find((event) => event.type === type)
}

/** Returns the counterpart's requests for information, recalls and withdrawals of consent that this desk has not answered. */
function openEvents({ thread, counterpart, now }: Where): TrackEvent[] {
  const track = trackOf(thread, counterpart)
  const { openQuestions, unacknowledged } = viewTrack(track, {
    now,
    urgent: false,
    receivedMs: () => undefined,
  })
  const open = [...openQuestions.map(({ request }) => request), ...unacknowledged]
  return open
    .map((digest) => track.events.get(digest))
    .filter((event) => event !== undefined && event.role !== thread.role) as TrackEvent[]
}

/** Counts the counterpart's recalls and withdrawals of consent that this desk has not answered. */
export function openDestructions(where: Where): number {
  return openEvents(where).filter(({ type }) => type !== EventType.REQUEST_INFO).length
}

/** Returns whether a verb has something to act on, such as an open event to answer or a section to disclose. */
export function hasMatter(verb: VerbName, where: Where): boolean {
  if (verb === 'provideInfo') return unansweredIn(where, EventType.REQUEST_INFO) !== undefined
  if (verb === 'attestRecall') return unansweredIn(where, EventType.RECALL) !== undefined
  if (verb === 'acknowledgeConsent') return unansweredIn(where, EventType.CONSENT_CHANGE) !== undefined
  if (verb === 'disclose') return undisclosed(where.thread, where.counterpart).length > 0
  return true
}
