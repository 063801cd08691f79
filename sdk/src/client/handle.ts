// The thread handle: what a caseworker can do with a thread, and how it stands. docs/guide/desk.md, "Threads"
import { EnvelopeContext, Jws } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { DeskReceipt, DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { encode, fromHex, toHex } from '../core/encoding.ts'
import { envelopeDigest } from '../core/envelope/digest.ts'
import { parseRouting } from '../core/envelope/parse.ts'
import { type ErrorReason, RexError } from '../core/error.ts'
import { readEntityId } from '../core/identifier.ts'
import { LIMITS } from '../core/limits.ts'
import { checkHandling } from '../core/policy/handling.ts'
import { encodeEvidence } from '../core/receipt/evidence.ts'
import { eventName } from '../core/thread/event.ts'
import { allowedMoves, type Track } from '../core/thread/track.ts'
import { type TrackView, viewTrack } from '../core/thread/view.ts'
import type { CurrentReferral, Thread, ThreadView, Undelivered } from './api/api.ts'
import { checkOptions } from './api/options.ts'
import type { VerbInputs, VerbName } from './api/verb-inputs.ts'
import { checkKeyed, checkResolve, checkVerb, VERB_NAMES, verbsFor } from './api/verbs.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { OpenIntake } from './receive/intake.ts'
import type { Idempotency } from './send/idempotency.ts'
import { trackOf, type Voice } from './send/speak.ts'
import type { DeliveryRecord, DeskStore } from './store/store.ts'
import {
  type Book,
  counterpartsOf,
  headOf,
  heldFrom,
  isHeldRefer,
  type OpenThread,
  type ThreadMessage,
} from './thread/book.ts'
import { describeThread } from './thread/describe.ts'
import { eventOf } from './thread/events.ts'
import { hasMatter, SAID, type Where } from './thread/said.ts'
import { heldBack, stagedFor, standing, strange } from './thread/sections.ts'
import { FAILED, UNANSWERED } from './thread/states.ts'

/** What handles stand on. */
export interface HandleOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly book: Book
  readonly voice: Voice
  readonly outbox: Outbox
  readonly idempotency: Idempotency
  readonly resolve: OpenIntake['resolve']
  readonly now: () => number
  /** Entity configurations (JWT) that evidence of these organisations needs. */
  readonly configurations: (organisations: readonly string[]) => Promise<string[]>
  readonly nameOf: (organisation: string) => string
}

/** The handle of a thread; `counterpart` chooses a track where there are several. */
export function threadHandle(thread: OpenThread, options: HandleOptions, counterpart?: string): Thread {
  const { organisation, voice, now } = options
  const counterparts = thread.role === 'recipient' ? [thread.summary.referrer] : thread.summary.recipients
  const { ref } = thread.summary

  const other = (): string => {
    if (counterpart !== undefined) return counterpart
    if (counterparts.length === 1) return counterparts[0] as string
    throw new RexError('NOT_FOUND', 'The thread has several recipients; say which one you mean.', {
      hint: `One of: ${counterparts.join(', ')}.`,
    })
  }
  const where = (): Where => ({ thread, counterpart: other(), now: now() })
  const verb =
    <Name extends VerbName>(name: Name) =>
    async (input = {} as VerbInputs[Name]): Promise<void> => {
      checkVerb(name, input)
      const { key, ...content } = input
      await options.idempotency.once({
        key,
        contents: [[name, thread.id, other(), content]],
        again: () => {},
        work: (keep) =>
          voice.say(thread, other(), {
            ...SAID[name](input, where()),
            also: (write) => keep(write, [thread.id]),
          }),
      })
    }
  const verbs = Object.fromEntries(VERB_NAMES.map((name) => [name, verb(name)])) as Pick<Thread, VerbName>

  return {
    id: thread.id,
    ...(ref !== undefined && { ref }),
    test: thread.test,
    role: thread.role,
    counterparts,
    with(named) {
      const wanted = readEntityId(named, 'with')
      if (!counterparts.includes(wanted))
        throw new RexError('NOT_FOUND', `${wanted} has no part in this thread.`)
      return threadHandle(thread, options, wanted)
    },
    view: async () => viewOf(thread, other(), options),
    current: async () => currentOf(thread, other()),
    changes: async (since = 0) => {
      checkOptions('changes', { since })
      const events = thread.messages.filter(
        ({ sequence, manifest, evidence }) =>
          sequence > since &&
          (counterpart === undefined ||
            counterpartsOf(thread, manifest, { evidence, organisation }).includes(counterpart)),
      )
      return {
        cursor: Math.max(since, ...events.map(({ sequence }) => sequence)),
        events: events.map((message) => eventOf(thread, message, organisation)),
      }
    },
    describe: async (locale = 'en') => {
      const tracks = counterparts
        .filter((one) => counterpart === undefined || one === counterpart)
        .map((one) => ({ counterpart: one, view: viewOf(thread, one, options) }))
      return describeThread(tracks, { organisation, nameOf: options.nameOf, test: thread.test, locale })
    },
    ...verbs,
    async resolve(message, decision, keyed = {}) {
      checkResolve(message, decision, keyed)
      options.outbox.check()
      await options.idempotency.once({
        key: keyed.key,
        contents: [['resolve', thread.id, message, decision]],
        again: () => {},
        work: (keep) =>
          options.resolve(thread, message, { decision, also: (write) => keep(write, [thread.id]) }),
      })
    },
    async markSeen(keyed = {}) {
      checkKeyed('markSeen', keyed)
      await markSeen(thread, counterpart === undefined ? counterparts : [counterpart], options)
    },
    async export(how = {}) {
      checkOptions('export', how)
      return exportEvidence(thread, options, how.sections ?? false)
    },
  }
}

/** How the track with an organisation stands. */
export function viewOf(
  thread: OpenThread,
  counterpart: string,
  options: Pick<HandleOptions, 'organisation' | 'store' | 'now'>,
): ThreadView {
  const { organisation, store, now } = options
  const track = trackOf(thread, counterpart)
  const deliveries = store.read.deliveries(thread.id).filter(({ recipient }) => recipient === counterpart)
  const received = new Map(
    deliveries.flatMap(({ message, receivedMs }) => (receivedMs > 0 ? [[message, receivedMs] as const] : [])),
  )
  const receivedMs = (digest: string) => received.get(digest) ?? theirs(thread, digest, organisation)
  const undelivered = undeliveredOf(track, deliveries)
  const view = viewTrack(track, {
    now: now(),
    urgent: thread.summary.urgent,
    receivedMs,
    ...(undelivered && { undelivered: isSettled(thread, counterpart, organisation) ? 'settled' : 'open' }),
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
    unreceived: deliveries.some((delivery) => isUnreceived(delivery, now())),
    ...(view.frozen !== undefined ? { frozen: view.frozen } : held.length > 0 && { frozen: 'held' as const }),
    held: held.map(({ digest, manifest }) => ({
      digest,
      type: eventName(manifest.type),
      code: store.read.verdict(manifest.sender, toHex(manifest.messageId))?.code ?? '',
    })),
    allowed: allowedVerbs({ thread, counterpart, now: now() }, { track, held }),
    delivery: deliveries.map(({ message, recipient, state, reason }) => ({
      type: typeOf(thread, message, organisation),
      recipient,
      state,
      ...(FAILED.has(state) && { reason: reason as ErrorReason }),
      messageId: messageIdOf(thread, message),
    })),
  }
}

/** Verbs of the thread that can be called now. While something is held, a person decides first (REX-THR-062). */
function allowedVerbs(
  where: Where,
  { track, held }: { track: Track; held: readonly ThreadMessage[] },
): ThreadView['allowed'] {
  if (track.forks.length > 0) return []
  const resolve = held.length > 0 ? (['resolve'] as const) : []
  if (!held.every(isHeldRefer)) return resolve
  const verbs = verbsFor(allowedMoves(track, where.thread.role)).filter((name) => hasMatter(name, where))
  return [...verbs, ...resolve]
}

/** REX-THR-052 */
function isUnreceived({ urgent, state, sentMs }: DeliveryRecord, now: number): boolean {
  return urgent && UNANSWERED.has(state) && now >= sentMs + LIMITS.urgentAlarm
}

/** REX-THR-051 */
function undeliveredOf({ placed }: Track, deliveries: readonly DeliveryRecord[]): Undelivered | undefined {
  const refer = deliveries.find(({ message }) => message === placed[0]?.event.digest)
  return refer?.state === 'refused' || refer?.state === 'expired'
    ? { outcome: refer.state, reason: refer.reason as ErrorReason }
    : undefined
}

/** Whether an undelivered referral was referred anew or taken back, even if word of that arrives as little as the refer did. */
function isSettled(thread: OpenThread, counterpart: string, organisation: string): boolean {
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

/** A message of the other side reached this desk when it was made known here; its own time is the nearest that is signed. */
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

function currentOf(thread: OpenThread, counterpart: string): CurrentReferral {
  const { referral, origins } = standing(thread)
  return {
    referral: { ...headOf(thread), ...referral },
    origins,
    unknownSections: strange(thread),
    staged:
      thread.role === 'referrer' ? heldBack(thread, counterpart).map(({ type }) => type) : stagedFor(thread),
  }
}

/** Receipts that a person has seen what these organisations sent: once, and only for what was answered received (REX-RCP-017). */
async function markSeen(
  thread: OpenThread,
  senders: readonly string[],
  { store, outbox, now }: HandleOptions,
): Promise<void> {
  outbox.check()
  const received = thread.messages.filter(({ manifest }) => senders.includes(manifest.sender))
  await store.commit((write) => {
    for (const { digest, manifest, evidence } of received) {
      const envelope = evidence.deliveries[0]
      const messageId = toHex(manifest.messageId)
      const verdict = store.read.verdict(manifest.sender, messageId)
      if (envelope === undefined || verdict?.status !== DeskReceiptStatus.RECEIVED) continue
      write.changeVerdict(manifest.sender, messageId, { ...verdict, status: DeskReceiptStatus.SEEN })
      const { envelopeId } = parseRouting(EnvelopeContext.decode(envelope.context).routing)
      const receipt = {
        status: DeskReceiptStatus.SEEN,
        envelopeId,
        envelopeDigest: envelopeDigest(envelope.context, envelope.grant),
        message: fromHex(digest, 'digest'),
        timeMs: now(),
        code: '',
      }
      write.addReceipt(manifest.sender, encode(DeskReceipt, receipt))
    }
  })
  outbox.wake()
}

/** One file that proves the exchange; contents only if they are asked for, and the handling allows it. */
async function exportEvidence(
  thread: OpenThread,
  options: HandleOptions,
  withSections: boolean,
): Promise<Uint8Array> {
  const { organisation, store, now } = options
  if (withSections && thread.role === 'recipient')
    checkHandling({ referral: standing(thread).referral, action: 'export', now: now() })
  const envelopes = new Map(
    store.read.deliveries(thread.id).flatMap((key) => {
      return store.read.envelopes(key).map((envelope) => [envelope.digest, envelope] as const)
    }),
  )
  const kept = [...thread.messages, ...thread.conflicts]
  const messages = kept.map(({ evidence, manifest }): EvidenceMessage => {
    const sections = withSections ? evidence.sections : []
    if (manifest.sender !== organisation) return { ...evidence, sections }
    const deliveries = evidence.deliveries.map((delivery) => {
      const envelope = envelopes.get(toHex(envelopeDigest(delivery.context, delivery.grant)))
      const batches = envelope === undefined ? [] : store.read.receiptBatches(envelope.id)
      const stored = envelope?.stored === undefined ? undefined : Jws.decode(envelope.stored)
      return { ...delivery, stored, receipts: batches.map((batch) => ({ manifest: Jws.decode(batch) })) }
    })
    return { ...evidence, sections, deliveries }
  })
  const parties = thread.role === 'recipient' ? [thread.summary.referrer] : [...thread.summary.recipients]
  return encodeEvidence({
    entityConfigurations: await options.configurations([organisation, ...parties]),
    messages,
  })
}
