// The thread handle: what a caseworker can do with a thread, and how it stands. docs/guide/desk.md, "Threads"
import { Buffer } from 'node:buffer'
import { EnvelopeContext, Jws } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { encode, fromHex, toHex } from '../core/encoding.ts'
import { envelopeDigest } from '../core/envelope/digest.ts'
import { parseRouting } from '../core/envelope/parse.ts'
import { RexError } from '../core/error.ts'
import { checkHandling } from '../core/policy/handling.ts'
import { encodeEvidence } from '../core/receipt/evidence.ts'
import { mergeSections, type Referral, sections as sectionsOf } from '../core/referral/index.ts'
import { decodeSection, encodeSection } from '../core/referral-codec/section.ts'
import type { EventContent } from '../core/thread/event.ts'
import { allowedMoves } from '../core/thread/track.ts'
import { type TrackView, viewTrack } from '../core/thread/view.ts'
import type { CurrentReferral, ItemOutcomeInput, Thread, ThreadView } from './api.ts'
import {
  type Book,
  counterpartsOf,
  headOf,
  isHeldRefer,
  type OpenThread,
  type ThreadMessage,
} from './book.ts'
import { knownSections } from './content.ts'
import { describeThread } from './describe.ts'
import { eventOf } from './events.ts'
import type { Outbox } from './outbox.ts'
import { committedSections, type EventSection, grantedSections, trackOf, type Voice } from './speak.ts'
import type { DeskStore } from './store/store.ts'

/** What handles stand on. */
export interface HandleOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly book: Book
  readonly voice: Voice
  readonly outbox: Outbox
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
  const say = (content: EventContent, sections?: readonly EventSection[]) =>
    voice.say(thread, other(), content, sections)
  const latest = (type: string, theirs: boolean): string => {
    const found = thread.messages.findLast(
      (message) =>
        eventOf(thread, message, organisation).type === type &&
        (message.manifest.sender !== organisation) === theirs,
    )
    if (found === undefined) throw new RexError('NOT_FOUND', `The thread has no ${type} to answer.`)
    return found.digest
  }

  return {
    id: thread.id,
    ...(ref !== undefined && { ref }),
    test: thread.test,
    role: thread.role,
    counterparts,
    with(wanted) {
      if (!counterparts.includes(wanted))
        throw new RexError('NOT_FOUND', `${wanted} has no part in this thread.`)
      return threadHandle(thread, options, wanted)
    },
    view: async () => viewOf(thread, other(), options),
    current: async () => currentOf(thread, other(), options),
    changes: async (since = 0) => {
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
      const views = counterparts
        .filter((one) => counterpart === undefined || one === counterpart)
        .map((one) => viewOf(thread, one, options))
      return describeThread(views, { organisation, nameOf: options.nameOf, test: thread.test, locale })
    },
    accept: ({ except = [], reference = '', text = '' } = {}) =>
      say({ $case: 'accept', value: { except: [...except], reference, text } }),
    decline: ({ code, alternative = '', retryAfterMs = 0, text = '' }) =>
      say({ $case: 'decline', value: { code, alternative, retryAfterMs, text } }),
    requestInfo: ({ questions, neededByMs = 0 }) => {
      const numbered = questions.map(({ text, path = '' }, i) => ({ id: String(i + 1), path, text }))
      return say({ $case: 'requestInfo', value: { questions: numbered, neededByMs } })
    },
    provideInfo: ({ answers, referral = {}, request }) => {
      const filled = answers.map(({ id, text = '', absence = '' }) => ({ id, text, absence }))
      const value = { request: fromHex(request ?? latest('request-info', true), 'request'), answers: filled }
      return say({ $case: 'provideInfo', value }, nextVersions(thread, referral))
    },
    waitlist: ({ expectedMs = 0, position = 0, text = '' } = {}) =>
      say({ $case: 'waitlist', value: { expectedMs, position, text } }),
    disclose: ({ sections } = {}) => {
      const chosen = undisclosed(thread, other(), options).filter(
        ({ type }) => sections?.includes(type) ?? true,
      )
      if (chosen.length === 0) throw new RexError('NOT_FOUND', 'There is nothing left to disclose.')
      checkDisclosure(thread, other(), now())
      return say({ $case: 'disclose', value: { sections: chosen.map(({ index }) => index) } }, chosen)
    },
    progress: ({ code, itemOutcomes, timeMs = 0, text = '' }) =>
      say({ $case: 'progress', value: { code, itemOutcomes: outcomes(itemOutcomes), timeMs, text } }),
    complete: ({ outcome, partly = false, itemOutcomes, text = '' }) =>
      say({ $case: 'complete', value: { outcome, partly, itemOutcomes: outcomes(itemOutcomes), text } }),
    fail: ({ code, alternative = '', itemOutcomes, text = '' }) =>
      say({ $case: 'fail', value: { code, alternative, itemOutcomes: outcomes(itemOutcomes), text } }),
    withdraw: ({ code, text = '' }) => say({ $case: 'withdraw', value: { code, text } }),
    recall: ({ code, messages = [], text = '' }) =>
      say({
        $case: 'recall',
        value: {
          code,
          messages: messages.map((digest) => fromHex(digest, 'messages')).sort(Buffer.compare),
          text,
        },
      }),
    attestRecall: ({ code, recall, text = '' }) =>
      say({
        $case: 'recallAttestation',
        value: { recall: fromHex(recall ?? latest('recall', true), 'recall'), code, text },
      }),
    changeConsent: ({ code, people = [], sections = [], text = '' }) =>
      say({ $case: 'consentChange', value: { code, people: [...people], sections: [...sections], text } }),
    acknowledgeConsent: ({ code, change, text = '' }) =>
      say({
        $case: 'consentAcknowledgement',
        value: { change: fromHex(change ?? latest('consent-change', true), 'change'), code, text },
      }),
    correct: ({ referral, text = '' }) =>
      say({ $case: 'correct', value: { text } }, nextVersions(thread, referral)),
    note: ({ text, language = '' }) => say({ $case: 'note', value: { text, language } }),
    feedback: ({ code, itemOutcomes, text = '' }) =>
      say({ $case: 'feedback', value: { code, itemOutcomes: outcomes(itemOutcomes), text } }),
    enterInError: ({ text = '' } = {}) => say({ $case: 'enteredInError', value: { text } }),
    markSeen: () => markSeen(thread, options),
    export: ({ sections = false } = {}) => exportEvidence(thread, options, sections),
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
  const view = viewTrack(track, { now: now(), urgent: thread.summary.urgent, receivedMs })
  const party = partyNames(thread, counterpart, organisation)
  const held = thread.messages.some(
    (message) => message.status === 'held' && (!isHeldRefer(message) || view.state === 'requested'),
  )
  return {
    state: view.state,
    responsible: party[view.responsible],
    ...(view.nextStep !== undefined && { nextStep: { ...view.nextStep, who: party[view.nextStep.who] } }),
    openQuestions: questions(view),
    itemOutcomes: Object.fromEntries(view.items),
    ...(view.frozen !== undefined ? { frozen: view.frozen } : held && { frozen: 'held' as const }),
    allowed: allowedMoves(track, thread.role),
    delivery: deliveries.map(({ message, recipient, state }) => ({
      type: typeOf(thread, message, organisation),
      recipient,
      state,
      messageId: messageIdOf(thread, message),
    })),
  }
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

function currentOf(thread: OpenThread, counterpart: string, options: HandleOptions): CurrentReferral {
  const shown = thread.messages.filter((message) => message.status === 'counted' || isHeldRefer(message))
  const known = shown.flatMap(sectionsIn)
  const { referral, origins } = mergeSections(known)
  return {
    referral: { ...headOf(thread), ...referral },
    origins,
    staged:
      thread.role === 'referrer'
        ? undisclosed(thread, counterpart, options).map(({ type }) => type)
        : stagedFor(thread),
  }
}

function sectionsIn({ manifest, sections }: ThreadMessage) {
  const origin = { messageId: toHex(manifest.messageId), by: manifest.sender, createdMs: manifest.createdMs }
  return knownSections(sections).map(({ type, content }) => ({
    section: decodeSection(type, content),
    origin,
  }))
}

/** Section types that the referrer committed to and has not given. */
function stagedFor(thread: OpenThread): string[] {
  const refer = thread.messages[0]?.event.content
  const staged = refer?.$case === 'refer' ? refer.value.staged : []
  const here = new Set(thread.messages.flatMap(({ sections }) => sections.map(({ type }) => type)))
  return staged.map(({ type }) => type).filter((type) => !here.has(type))
}

function undisclosed(thread: OpenThread, counterpart: string, { now }: Pick<HandleOptions, 'now'>) {
  if (thread.role !== 'referrer') return []
  const view = viewTrack(trackOf(thread, counterpart), {
    now: now(),
    urgent: false,
    receivedMs: () => undefined,
  })
  const granted = grantedSections(thread, counterpart)
  const disclosed = [...granted, ...view.disclosed]
  return committedSections(thread).filter(({ index }) => !disclosed.includes(index))
}

function checkDisclosure(thread: OpenThread, to: string, now: number): void {
  const known = thread.messages.flatMap(sectionsIn)
  checkHandling({ referral: mergeSections(known).referral, action: 'disclose', now, to })
}

/** Sections of a partial referral, each one version newer than what the thread has. */
function nextVersions(thread: OpenThread, referral: Partial<Referral>): EventSection[] {
  const known = mergeSections(thread.messages.flatMap(sectionsIn)).origins
  const versions = Object.fromEntries(Object.entries(known).map(([id, { version }]) => [id, version + 1]))
  return sectionsOf(referral, versions).map((section) => ({
    type: section.type,
    content: encodeSection(section),
  }))
}

function outcomes(list: readonly ItemOutcomeInput[] = []): { item: string; code: string; timeMs: number }[] {
  return list.map(({ item, code, timeMs = 0 }) => ({ item, code, timeMs }))
}

/** Receipts that a person has seen what the other side sent. */
async function markSeen(
  thread: OpenThread,
  { organisation, store, outbox, now }: HandleOptions,
): Promise<void> {
  const received = thread.messages.filter(({ manifest }) => manifest.sender !== organisation)
  await store.commit((write) => {
    for (const { digest, manifest, evidence } of received) {
      const envelope = evidence.deliveries[0]
      if (envelope === undefined) continue
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
  if (withSections) {
    const known = thread.messages.flatMap(sectionsIn)
    const own = thread.role === 'referrer'
    if (!own) checkHandling({ referral: mergeSections(known).referral, action: 'export', now: now() })
  }
  const records = store.read.deliveries(thread.id)
  const messages = thread.messages.map(({ evidence, digest, manifest }): EvidenceMessage => {
    const sections = withSections ? evidence.sections : []
    if (manifest.sender !== organisation) return { ...evidence, sections }
    const deliveries = evidence.deliveries.map((delivery) => {
      const envelope = toHex(envelopeDigest(delivery.context, delivery.grant))
      const record = records.find(
        (candidate) => candidate.message === digest && candidate.envelopeDigest === envelope,
      )
      const batches = record === undefined ? [] : store.read.receiptBatches(record.envelopeId)
      const stored = record?.stored === undefined ? undefined : Jws.decode(record.stored)
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
