// Computes the state of a thread with one organisation, as people see it. docs/spec/thread.md, "Views"
import { EventType } from '@rex/proto/core/v1/thread'
import { toHex } from '../../../core/encoding/encoding.ts'
import type { ErrorReason } from '../../../core/error.ts'
import { LIMITS } from '../../../core/limits.ts'
import { eventName } from '../../../core/thread/event.ts'
import { allowedTransitions, type Track } from '../../../core/thread/track.ts'
import { type TrackView, viewTrack } from '../../../core/thread/view.ts'
import type { ThreadView, Undelivered } from '../../api/thread.ts'
import { verbsFor } from '../../api/verbs.ts'
import type { Clock } from '../../clock/clock.ts'
import type { DeliveryRecord, DeskStore } from '../../store/store.ts'
import { hasMatter, type Where } from '../content/verb-content.ts'
import {
  counterpartsOf,
  heldFrom,
  isHeldRefer,
  type OpenThread,
  type ThreadMessage,
  trackOf,
} from '../repository/open-thread.ts'
import { FAILED, UNANSWERED } from '../states.ts'
import { eventOf } from './events.ts'

/** The dependencies of `viewOf`. */
interface ViewOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly clock: Pick<Clock, 'now'>
}

/** Returns the view of the track with an organisation. */
export function viewOf(thread: OpenThread, counterpart: string, options: ViewOptions): ThreadView {
  const { organisation, store, clock } = options
  const now = clock.now()
  const track = trackOf(thread, counterpart)
  const deliveries = store.read.deliveries(thread.id).filter(({ recipient }) => recipient === counterpart)
  const received = new Map(
    deliveries.flatMap(({ message, receivedMs }) => (receivedMs > 0 ? [[message, receivedMs] as const] : [])),
  )
  const receivedMs = (digest: string) => received.get(digest) ?? theirs(thread, digest, organisation)
  const undelivered = undeliveredOf(track, deliveries)
  const view = viewTrack(track, {
    now,
    urgent: thread.summary.urgent,
    receivedMs,
    ...(undelivered && {
      undelivered: isFollowedUp(thread, counterpart, organisation) ? 'followed-up' : 'open',
    }),
  })
  const party = partyNames(thread, counterpart, organisation)
  const held = heldFrom(thread, counterpart).filter(
    (message) => !isHeldRefer(message) || view.state === 'requested',
  )
  return {
    state: view.state,
    responsible: party[view.responsible],
    ...(view.nextStep !== undefined && { nextStep: { ...view.nextStep, who: party[view.nextStep.who] } }),
    openQuestions: questions(view),
    itemOutcomes: Object.fromEntries(view.items),
    ...(undelivered !== undefined && { undelivered }),
    ...(thread.summary.hold !== undefined && { legalHold: thread.summary.hold }),
    unreceived: deliveries.some((delivery) => isUnreceived(delivery, now)),
    ...(view.frozen !== undefined ? { frozen: view.frozen } : held.length > 0 && { frozen: 'held' as const }),
    held: held.map(({ digest, manifest }) => ({
      digest,
      type: eventName(manifest.type),
      code: store.read.verdict(manifest.sender, toHex(manifest.messageId))?.code ?? '',
    })),
    allowed: allowedVerbs({ thread, counterpart, now }, { track, held }),
    delivery: deliveries.map(({ message, recipient, state, reason }) => ({
      type: typeOf(thread, message, organisation),
      recipient,
      state,
      ...(FAILED.has(state) && { reason: reason as ErrorReason }),
      messageId: messageIdOf(thread, message),
    })),
  }
}

/** Returns the verbs that can be called now. While a message is held, a person must decide on it first (REX-THR-062). */
function allowedVerbs(
  where: Where,
  { track, held }: { track: Track; held: readonly ThreadMessage[] },
): ThreadView['allowed'] {
  if (track.forks.length > 0) return []
  const resolve = held.length > 0 ? (['resolve'] as const) : []
  if (!held.every(isHeldRefer)) return resolve
  const verbs = verbsFor(allowedTransitions(track, where.thread.role)).filter((name) =>
    hasMatter(name, where),
  )
  return [...verbs, ...resolve]
}

/** Returns whether an urgent message has no answer from any desk when its alarm is due (REX-THR-052). */
function isUnreceived({ urgent, state, sentMs }: DeliveryRecord, now: number): boolean {
  return urgent && UNANSWERED.has(state) && now >= sentMs + LIMITS.urgentAlarm
}

/** Returns how the referral failed to arrive, or undefined if it has not failed (REX-THR-051). */
function undeliveredOf({ placed }: Track, deliveries: readonly DeliveryRecord[]): Undelivered | undefined {
  const refer = deliveries.find(({ message }) => message === placed[0]?.event.digest)
  return refer?.state === 'refused' || refer?.state === 'expired'
    ? { outcome: refer.state, reason: refer.reason as ErrorReason }
    : undefined
}

/** Returns whether an undelivered referral was referred again or withdrawn, even if that message does not arrive either. */
function isFollowedUp(thread: OpenThread, counterpart: string, organisation: string): boolean {
  return (
    thread.summary.followedBy !== undefined ||
    thread.messages.some(
      ({ manifest, evidence }) =>
        (manifest.type === EventType.WITHDRAW || manifest.type === EventType.ENTERED_IN_ERROR) &&
        counterpartsOf(thread, manifest, { evidence, organisation }).includes(counterpart),
    )
  )
}

function partyNames(thread: OpenThread, counterpart: string, organisation: string) {
  return thread.role === 'referrer'
    ? { referrer: organisation, recipient: counterpart }
    : { referrer: counterpart, recipient: organisation }
}

/** Returns when a counterpart's message was made. Of all signed times, this is the closest to the message's arrival at this desk. */
function theirs(thread: OpenThread, digest: string, organisation: string): number | undefined {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  return message === undefined || message.manifest.sender === organisation
    ? undefined
    : message.manifest.createdMs
}

function questions({ openQuestions }: TrackView): ThreadView['openQuestions'] {
  return openQuestions.map(({ request, question: { id, text, path } }) => ({
    request,
    id,
    text,
    ...(path !== '' && { path }),
  }))
}

function messageIdOf(thread: OpenThread, digest: string): string {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  return message === undefined ? '' : toHex(message.manifest.messageId)
}

function typeOf(thread: OpenThread, digest: string, organisation: string): string {
  const message = thread.messages.find((candidate) => candidate.digest === digest)
  return message === undefined ? '' : eventOf(thread, message, organisation).type
}
