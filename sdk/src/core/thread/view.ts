// Computes what a track currently means: who is responsible, which steps are due when, and which questions are open. Time raises alarms; it
// never changes the state. docs/spec/thread.md, "Views"
import type { Event, Question } from '@rex/proto/core/v1/thread'
import { toHex } from '../encoding/encoding.ts'
import { LIMITS } from '../limits.ts'
import type { EventContent } from './event.ts'
import type { Placed, Track, TrackEvent } from './track.ts'
import { type Role, STATES, type State } from './transitions.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Default time allowed for a step, from the start of its clock, in milliseconds (REX-THR-050). */
export const DEADLINES = {
  decide: { urgent: 4 * HOUR, routine: 3 * DAY },
  'provide-info': { urgent: 4 * HOUR, routine: 3 * DAY },
  start: { urgent: DAY, routine: 7 * DAY },
  report: { urgent: 3 * DAY, routine: 30 * DAY },
  'acknowledge-consent': { urgent: DAY, routine: 2 * DAY },
  'attest-recall': { urgent: DAY, routine: 2 * DAY },
  'await-arrival': { urgent: LIMITS.urgentAlarm, routine: DAY },
} as const

/** Maximum time from the event that sets the due time of a decision to this due time, in milliseconds. */
const DECIDE_WITHIN = 366 * DAY

/** Events with which a recipient completes a step, so that the clock of the next step starts. */
const RECIPIENT_STEPS: ReadonlySet<EventContent['$case']> = new Set(['accept', 'progress', 'waitlist'])

/** A step that an organisation may owe, with a default due time. */
export type Owed = keyof typeof DEADLINES
const SHORTEST = {
  urgent: Math.min(...Object.values(DEADLINES).map(({ urgent }) => urgent)),
  routine: Math.min(...Object.values(DEADLINES).map(({ routine }) => routine)),
}

/** Returns the earliest due time of any step whose clock starts with this event or its arrival. */
export function dueFrom(
  { content }: Partial<Event>,
  { startMs, urgent }: { startMs: number; urgent: boolean },
): number {
  const soonest = startMs + SHORTEST[urgent ? 'urgent' : 'routine']
  const asked = askedFor(content)
  return asked === 0 ? soonest : Math.min(soonest, asked)
}

/** Returns the due time that an event sets, or 0 if it sets none. */
function askedFor(content: EventContent | undefined): number {
  if (content?.$case === 'refer') return content.value.decideByMs
  return content?.$case === 'waitlist' ? content.value.expectedMs : 0
}

/** Inputs of the view in addition to the track. */
export interface ViewContext {
  readonly now: number
  readonly urgent: boolean
  /** Returns the time at which the other side's desk received a message (by manifest digest), or undefined if it has not yet received the message. */
  readonly receivedMs: (digest: string) => number | undefined
  /** Set if the refer was refused or expired (REX-THR-051). `followed-up`: the referrer has referred again or withdrawn the referral. */
  readonly undelivered?: 'open' | 'followed-up'
}

/** An unanswered question. */
export interface OpenQuestion {
  /** Manifest digest of the request. */
  readonly request: string
  readonly question: Question
}

/** Outcome of a content item, according to the last event that states an outcome. */
interface ItemState {
  readonly code: string
  readonly timeMs: number
}

/** The step owed, who owes it, and its due time. */
interface NextStep {
  readonly who: Role
  readonly what: string
  readonly byMs?: number
  readonly overdue: boolean
}

/** The view of a track: its state, who is responsible, the next step, and what is unanswered. */
export interface TrackView {
  readonly state: State
  readonly responsible: Role
  readonly nextStep?: NextStep
  readonly openQuestions: readonly OpenQuestion[]
  readonly items: ReadonlyMap<string, ItemState>
  /** Indexes of the refer's sections that have been disclosed. */
  readonly disclosed: ReadonlySet<number>
  /** Digests of consent changes without an acknowledgement and of recalls without an attestation. */
  readonly unacknowledged: readonly string[]
  readonly frozen?: 'fork'
}

/** Computes the view of a track (REX-THR-040 to 050). */
export function viewTrack(track: Track, context: ViewContext): TrackView {
  const openQuestions = questionsOf(track)
  const unacknowledged = unacknowledgedOf(track)
  const nextStep = nextStepOf(track, context, { openQuestions, unacknowledged })
  return {
    state: track.state,
    responsible: STATES[track.state].responsible,
    ...(nextStep !== undefined && { nextStep }),
    openQuestions,
    items: itemsOf(track),
    disclosed: disclosedOf(track),
    unacknowledged,
    ...(track.forks.length > 0 && { frozen: 'fork' as const }),
  }
}

function effective(track: Track): Placed[] {
  return track.placed.filter((placed) => placed.effective)
}

function contentOf({ event }: Placed): EventContent {
  return event.event.content as EventContent
}

function questionsOf(track: Track): OpenQuestion[] {
  const open = new Map<string, OpenQuestion>()
  for (const placed of effective(track)) {
    const content = contentOf(placed)
    if (content.$case === 'requestInfo') {
      for (const question of content.value.questions)
        open.set(`${placed.event.digest}/${question.id}`, { request: placed.event.digest, question })
    }
    if (content.$case === 'provideInfo') {
      const request = toHex(content.value.request)
      for (const { id } of content.value.answers) open.delete(`${request}/${id}`)
    }
  }
  return [...open.values()]
}

function itemsOf(track: Track): Map<string, ItemState> {
  const items = new Map<string, ItemState>()
  for (const placed of effective(track)) {
    const value = contentOf(placed).value as {
      itemOutcomes?: readonly { item: string; code: string; timeMs: number }[]
    }
    for (const { item, code, timeMs } of value.itemOutcomes ?? [])
      items.set(item, { code, timeMs: timeMs || placed.event.createdMs })
  }
  return items
}

function disclosedOf(track: Track): Set<number> {
  const contents = effective(track).map(contentOf)
  return new Set(contents.flatMap((content) => (content.$case === 'disclose' ? content.value.sections : [])))
}

function unacknowledgedOf(track: Track): string[] {
  const open = new Set<string>()
  for (const placed of effective(track)) {
    const content = contentOf(placed)
    if (content.$case === 'consentChange' || content.$case === 'recall') open.add(placed.event.digest)
    if (content.$case === 'consentAcknowledgement') open.delete(toHex(content.value.change))
    if (content.$case === 'recallAttestation') open.delete(toHex(content.value.recall))
  }
  return [...open]
}

function nextStepOf(
  track: Track,
  context: ViewContext,
  { openQuestions, unacknowledged }: Pick<TrackView, 'openQuestions' | 'unacknowledged'>,
): NextStep | undefined {
  if (context.undelivered !== undefined) return referAgain(context.undelivered)
  const [first] = unacknowledged
  if (first !== undefined) return acknowledgementStep(track, first, context)
  const owes = STATES[track.state].owes
  const [question] = openQuestions
  if (question !== undefined && owes !== undefined)
    return stepAfter(track.events.get(question.request), 'provide-info', context)
  if (owes === undefined) return undefined
  const asked = owes.what === 'decide' ? decideBy(track) : undefined
  const cause = effective(track).findLast(({ event }) => event.role !== owes.who)?.event
  const startMs = clockOf(track, owes.who, cause && context.receivedMs(cause.digest))
  if (startMs === undefined) return awaitReceipt(cause, context)
  const found = step(owes.who, owes.what, startMs, context)
  return asked === undefined ? found : { ...found, byMs: asked, overdue: context.now > asked }
}

/**
 * Returns when the clock of a step starts: on receipt of the other side's last event, or with the owing organisation's own last completed
 * step if that is later.
 */
function clockOf(track: Track, who: Role, received: number | undefined): number | undefined {
  const moved = lastStep(track, who)?.event.createdMs
  return moved === undefined ? received : Math.max(moved, received ?? 0)
}

/** Finds the last event with which the recipient completed an owed step. (The referrer owes only answers, which are tracked separately.) */
function lastStep(track: Track, who: Role): Placed | undefined {
  return effective(track).findLast(
    (placed) => placed.event.role === who && RECIPIENT_STEPS.has(contentOf(placed).$case),
  )
}

/**
 * Returns the step `refer-again`. It is overdue immediately: the child waits for the step, although no other organisation does.
 */
function referAgain(undelivered: 'open' | 'followed-up'): NextStep | undefined {
  return undelivered === 'open' ? { who: 'referrer', what: 'refer-again', overdue: true } : undefined
}

function acknowledgementStep(track: Track, digest: string, context: ViewContext): NextStep | undefined {
  const cause = track.events.get(digest)
  const what = cause?.event.content?.$case === 'recall' ? 'attest-recall' : 'acknowledge-consent'
  return stepAfter(cause, what, context)
}

/** Returns the step that the other side owes after an event. The clock starts when the other side receives the event. */
function stepAfter(cause: TrackEvent | undefined, what: Owed, context: ViewContext): NextStep | undefined {
  const receivedMs = cause && context.receivedMs(cause.digest)
  if (cause === undefined || receivedMs === undefined) return awaitReceipt(cause, context)
  return step(cause.role === 'referrer' ? 'recipient' : 'referrer', what, receivedMs, context)
}

/** Returns the sender's step of ensuring delivery. Until the event has arrived, its recipient owes no step (REX-THR-044). */
function awaitReceipt(cause: TrackEvent | undefined, context: ViewContext): NextStep | undefined {
  return cause && step(cause.role, 'await-arrival', cause.createdMs, context)
}

/**
 * Returns the time at which the recipient expects to start, if the referral is on its waiting list; otherwise the time by which the
 * referral asks for a decision.
 */
function decideBy(track: Track): number | undefined {
  const last = lastStep(track, 'recipient')
  const { event } =
    last !== undefined && contentOf(last).$case === 'waitlist' ? last : (track.placed[0] as Placed)
  const asked = askedFor(event.event.content)
  return asked === 0 ? undefined : Math.min(asked, event.createdMs + DECIDE_WITHIN)
}

function step(who: Role, what: string, startMs: number, { now, urgent }: ViewContext): NextStep {
  const byMs = startMs + DEADLINES[what as Owed][urgent ? 'urgent' : 'routine']
  return { who, what, byMs, overdue: now > byMs }
}
