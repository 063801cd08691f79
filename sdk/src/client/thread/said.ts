// What each verb says: the content of its event, and the sections that it carries. docs/spec/thread.md, "Events"
import { Buffer } from 'node:buffer'
import { EventType } from '@rex/proto/core/v1/thread'
import { fromHex } from '../../core/encoding.ts'
import { RexError } from '../../core/error.ts'
import { readEntityId } from '../../core/identifier.ts'
import { checkHandling } from '../../core/policy/handling.ts'
import { type EventContent, eventName } from '../../core/thread/event.ts'
import { viewTrack } from '../../core/thread/view.ts'
import type { ItemOutcomeInput, VerbInputs, VerbName } from '../api/verb-inputs.ts'
import { type OpenThread, trackOf } from './book.ts'
import { type EventSection, heldBack, newerSections, standing, undisclosed } from './sections.ts'

/** Where something is said. */
export interface Where {
  readonly thread: OpenThread
  readonly counterpart: string
  /** Unix milliseconds. */
  readonly now: number
}

/** Content and sections of an event. */
export interface Said {
  readonly content: EventContent
  readonly sections?: readonly EventSection[]
}

/** From the checked input of each verb to what it says. @throws RexError NOT_FOUND, HANDLING_REFUSED, INVALID_REFERRAL */
export const SAID: { readonly [Name in VerbName]: (input: VerbInputs[Name], where: Where) => Said } = {
  accept: ({ except = [], reference = '', text = '' }) => ({
    content: { $case: 'accept', value: { except: [...except], reference, text } },
  }),
  decline: ({ code, alternative, retryAfterMs = 0, text = '' }) => ({
    content: { $case: 'decline', value: { code, alternative: other(alternative), retryAfterMs, text } },
  }),
  requestInfo: ({ questions, neededByMs = 0 }) => {
    const numbered = questions.map(({ text, path = '' }, i) => ({ id: String(i + 1), path, text }))
    return { content: { $case: 'requestInfo', value: { questions: numbered, neededByMs } } }
  },
  provideInfo: ({ answers, referral = {}, request }, where) => {
    const filled = answers.map(({ id, text = '', absence = '' }) => ({ id, text, absence }))
    const asked = fromHex(request ?? unanswered(where, EventType.REQUEST_INFO), 'request')
    return {
      content: { $case: 'provideInfo', value: { request: asked, answers: filled } },
      sections: newerSections(where.thread, referral, where.now),
    }
  },
  waitlist: ({ expectedMs = 0, position = 0, text = '' }) => ({
    content: { $case: 'waitlist', value: { expectedMs, position, text } },
  }),
  disclose: ({ sections }, { thread, counterpart, now }) => {
    const chosen =
      sections === undefined
        ? heldBack(thread, counterpart)
        : undisclosed(thread, counterpart).filter(({ type }) => sections.includes(type))
    if (chosen.length === 0)
      throw new RexError('NOT_FOUND', 'There is nothing left to disclose.', {
        hint: 'Name a section to give one that was not meant for this recipient at first.',
      })
    checkHandling({ referral: standing(thread).referral, action: 'disclose', now })
    const value = { sections: chosen.map(({ index }) => index) }
    return { content: { $case: 'disclose', value }, sections: chosen }
  },
  progress: ({ code, itemOutcomes, timeMs = 0, text = '' }) => ({
    content: { $case: 'progress', value: { code, itemOutcomes: outcomes(itemOutcomes), timeMs, text } },
  }),
  complete: ({ outcome, partly = false, itemOutcomes, text = '' }) => ({
    content: { $case: 'complete', value: { outcome, partly, itemOutcomes: outcomes(itemOutcomes), text } },
  }),
  fail: ({ code, alternative, itemOutcomes, text = '' }) => ({
    content: {
      $case: 'fail',
      value: { code, alternative: other(alternative), itemOutcomes: outcomes(itemOutcomes), text },
    },
  }),
  withdraw: ({ code, text = '' }) => ({ content: { $case: 'withdraw', value: { code, text } } }),
  recall: ({ code, messages = [], text = '' }) => {
    const digests = messages.map((digest) => fromHex(digest, 'messages')).sort(Buffer.compare)
    return { content: { $case: 'recall', value: { code, messages: digests, text } } }
  },
  attestRecall: ({ code, recall, text = '' }, where) => {
    const value = { recall: fromHex(recall ?? unanswered(where, EventType.RECALL), 'recall'), code, text }
    return { content: { $case: 'recallAttestation', value } }
  },
  changeConsent: ({ code, people = [], sections = [], text = '' }) => ({
    content: { $case: 'consentChange', value: { code, people: [...people], sections: [...sections], text } },
  }),
  acknowledgeConsent: ({ code, change, text = '' }, where) => {
    const about = fromHex(change ?? unanswered(where, EventType.CONSENT_CHANGE), 'change')
    return { content: { $case: 'consentAcknowledgement', value: { change: about, code, text } } }
  },
  correct: ({ referral, text = '' }, { thread, now }) => ({
    content: { $case: 'correct', value: { text } },
    sections: newerSections(thread, referral, now),
  }),
  note: ({ text, language = '' }) => ({ content: { $case: 'note', value: { text, language } } }),
  feedback: ({ code, itemOutcomes, text = '' }) => ({
    content: { $case: 'feedback', value: { code, itemOutcomes: outcomes(itemOutcomes), text } },
  }),
  enterInError: ({ text = '' }) => ({ content: { $case: 'enteredInError', value: { text } } }),
}

function other(organisation: string | undefined): string {
  return organisation === undefined ? '' : readEntityId(organisation, 'alternative')
}

function outcomes(list: readonly ItemOutcomeInput[] = []): { item: string; code: string; timeMs: number }[] {
  return list.map(({ item, code, timeMs = 0 }) => ({ item, code, timeMs }))
}

/** The oldest of the other side's events of a type that nobody has answered. @throws RexError NOT_FOUND */
function unanswered(where: Where, type: EventType): string {
  const found = unansweredIn(where, type)
  if (found !== undefined) return found
  throw new RexError('NOT_FOUND', `The thread has no open ${eventName(type)} to answer.`)
}

function unansweredIn({ thread, counterpart, now }: Where, type: EventType): string | undefined {
  const track = trackOf(thread, counterpart)
  const { openQuestions, unacknowledged } = viewTrack(track, {
    now,
    urgent: false,
    receivedMs: () => undefined,
  })
  const open = [...openQuestions.map(({ request }) => request), ...unacknowledged]
  return open.find((digest) => {
    const event = track.events.get(digest)
    return event?.type === type && event.role !== thread.role
  })
}

/** Whether what a verb is about is there: something open to answer, something left to disclose. */
export function hasMatter(verb: VerbName, where: Where): boolean {
  if (verb === 'provideInfo') return unansweredIn(where, EventType.REQUEST_INFO) !== undefined
  if (verb === 'attestRecall') return unansweredIn(where, EventType.RECALL) !== undefined
  if (verb === 'acknowledgeConsent') return unansweredIn(where, EventType.CONSENT_CHANGE) !== undefined
  if (verb === 'disclose') return undisclosed(where.thread, where.counterpart).length > 0
  return true
}
