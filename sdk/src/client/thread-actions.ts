// The verbs and the state of a thread, as applications use them. docs/guide/desk.md, "Threads"

import { RexError } from '../core/error.ts'
import { readEntityId } from '../core/identifier.ts'
import { checkOptions } from './api/options.ts'
import type { CurrentReferral, Thread } from './api/thread.ts'
import type { VerbInputs, VerbName } from './api/verb-inputs.ts'
import { checkKeyed, checkResolve, checkVerb, checkWasDone, VERB_NAMES } from './api/verbs.ts'
import { checkUsable, type DeskContext } from './context.ts'
import type { Eraser } from './erasure/erase.ts'
import { setHold } from './erasure/hold.ts'
import { resolveHeld } from './receive/held.ts'
import { markSeen } from './receive/seen.ts'
import type { EventComposer } from './send/event.ts'
import type { Idempotency } from './send/idempotency.ts'
import type { DeskWrites } from './store/store.ts'
import { stagedFor, standing, stillStaged, strange } from './thread/content/sections.ts'
import { VERB_CONTENT, type Where } from './thread/content/verb-content.ts'
import { exportEvidence } from './thread/export.ts'
import { counterpartsOf, headOf, type OpenThread } from './thread/repository/open-thread.ts'
import { checkKept } from './thread/repository/repository.ts'
import { describeThread } from './thread/view/describe.ts'
import { eventOf } from './thread/view/events.ts'
import { viewOf } from './thread/view/view.ts'

/** The dependencies of `threadActions`. */
export interface ActionsOptions {
  readonly desk: DeskContext
  readonly composer: EventComposer
  readonly eraser: Eraser
  readonly idempotency: Idempotency
  /** Resolves once the store has an entity configuration of this organisation. */
  readonly introduced: () => Promise<unknown>
}

/** Returns the verbs of a thread; `counterpart` chooses a track if there are several. */
export function threadActions(thread: OpenThread, options: ActionsOptions, counterpart?: string): Thread {
  const { desk } = options
  const { referrer, recipients } = thread.summary
  // In an erased thread in which this desk wrote nothing, the referrer is unknown.
  const counterparts = thread.role === 'referrer' ? recipients : referrer === '' ? [] : [referrer]
  const { ref } = thread.summary

  const other = (): string => {
    if (counterpart !== undefined) return counterpart
    if (counterparts.length === 1) return counterparts[0] as string
    checkKept(thread)
    throw new RexError('NOT_FOUND', 'The thread has several recipients; say which one you mean.', {
      hint: `One of: ${counterparts.join(', ')}.`,
    })
  }

  const kept = (): OpenThread => {
    checkKept(thread)
    return thread
  }

  /** Returns the content that is recorded under an idempotency key. */
  const actOf = (verb: VerbName | 'resolve' | 'markSeen', content: unknown): unknown => {
    if (verb === 'resolve') return [verb, thread.id, content]
    return [verb, thread.id, verb === 'markSeen' ? (counterpart ?? counterparts) : other(), content]
  }

  return {
    id: thread.id,
    ...(ref !== undefined && { ref }),
    test: thread.test,
    get erased() {
      return thread.erased
    },
    role: thread.role,
    counterparts,
    with(named) {
      const wanted = readEntityId(named, 'with')
      if (!counterparts.includes(wanted))
        throw new RexError('NOT_FOUND', `${wanted} has no part in this thread.`)
      return threadActions(thread, options, wanted)
    },
    ...readsOf(thread, options, { kept, other, counterparts, counterpart }),
    ...keepingOf(thread, options),
    ...verbsOf(thread, options, { other, actOf }),
    async wasDone(verb, keyed) {
      const { key, keyContent } = checkWasDone(verb, keyed)
      return options.idempotency.wasDone({ key, contents: [actOf(verb, keyContent)] })
    },
    async resolve(message, decision, keyed = {}) {
      const { key, keyContent = `${decision} ${message}` } = checkResolve(message, decision, keyed)
      checkUsable(desk)
      await options.idempotency.once({
        key,
        contents: [actOf('resolve', keyContent)],
        again: () => {},
        work: (keep) => {
          const also = (write: Parameters<typeof keep>[0]) => keep(write, [thread.id])
          return resolveHeld(desk, kept(), { digest: message, decision, also })
        },
      })
    },
    async markSeen(keyed = {}) {
      const { key, keyContent = '' } = checkKeyed('markSeen', keyed)
      const senders = counterpart === undefined ? counterparts : [counterpart]
      await options.idempotency.once({
        key,
        contents: [actOf('markSeen', keyContent)],
        again: () => {},
        work: async (keep) => markSeen(desk, kept(), { senders, also: (write) => keep(write, [thread.id]) }),
      })
    },
  }
}

/** Returns the read operations of a thread that is not erased. */
function readsOf(
  thread: OpenThread,
  { desk, introduced }: ActionsOptions,
  {
    kept,
    other,
    counterparts,
    counterpart,
  }: {
    readonly kept: () => OpenThread
    readonly other: () => string
    readonly counterparts: readonly string[]
    readonly counterpart: string | undefined
  },
): Pick<Thread, 'view' | 'current' | 'changes' | 'describe' | 'export'> {
  return {
    view: async () => viewOf(kept(), other(), desk),
    current: async () => currentOf(kept(), other()),
    changes: async (since = 0) => changesOf(desk, kept(), { since, counterpart }),
    describe: async (locale = 'en') => {
      kept()
      const tracks = counterparts
        .filter((one) => counterpart === undefined || one === counterpart)
        .map((one) => ({ counterpart: one, view: viewOf(thread, one, desk) }))
      const said = { organisation: desk.organisation, test: thread.test, locale }
      return describeThread(tracks, { ...said, nameOf: (id) => desk.peers.nameOf(id) })
    },
    async export(how = {}) {
      const { sections = false } = checkOptions('export', how)
      return exportEvidence(kept(), { ...desk, introduced }, sections)
    },
  }
}

/** Returns the operations that decide how long a thread is kept: erasure and legal hold. */
function keepingOf(
  thread: OpenThread,
  { desk, composer, eraser }: ActionsOptions,
): Pick<Thread, 'erase' | 'hold' | 'release'> {
  return {
    erase: async (input) => eraser.erase(thread, checkOptions('erase', input)),
    hold: async (given = {}) => setHold(desk, composer, { thread, hold: checkOptions('hold', given) }),
    release: () => setHold(desk, composer, { thread, hold: undefined }),
  }
}

/** Returns the verbs that make events of a track. Each verb is checked, composed once per key, and durable when it resolves. */
function verbsOf(
  thread: OpenThread,
  { desk, composer, idempotency }: ActionsOptions,
  { other, actOf }: { other: () => string; actOf: (verb: VerbName, content: unknown) => unknown },
): Pick<Thread, VerbName> {
  const where = (): Where => ({ thread, counterpart: other(), now: desk.clock.now() })
  const verb =
    <Name extends VerbName>(name: Name) =>
    async (given = {} as VerbInputs[Name]): Promise<void> => {
      const input = checkVerb(name, given)
      const { key, keyContent, ...content } = input
      await idempotency.once({
        key,
        contents: [actOf(name, keyContent ?? content)],
        again: () => {},
        work: async (keep) => {
          checkKept(thread)
          const { confirm = [], ...composed } = VERB_CONTENT[name](input, where())
          await composer.compose(thread, other(), {
            ...composed,
            also: (write) => {
              if (confirm.length > 0) noteConfirmed(write, thread, confirm, desk)
              keep(write, [thread.id])
            },
          })
        },
      })
    }
  return Object.fromEntries(VERB_NAMES.map((name) => [name, verb(name)])) as Pick<Thread, VerbName>
}

/** Records the ids of findings that a person has confirmed, so that later corrections do not raise them again (REX-REF-143). */
function noteConfirmed(
  write: DeskWrites,
  thread: OpenThread,
  ids: readonly string[],
  { threads, time }: DeskContext,
): void {
  const confirmed = [...new Set([...(thread.summary.confirmed ?? []), ...ids])]
  thread.summary = { ...thread.summary, confirmed }
  write.putThread(threads.record(thread, time.messageTime()))
}

function changesOf(
  { organisation }: DeskContext,
  thread: OpenThread,
  { since, counterpart }: { since: number; counterpart: string | undefined },
): Awaited<ReturnType<Thread['changes']>> {
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
}

function currentOf(thread: OpenThread, counterpart: string): CurrentReferral {
  const { referral, origins } = standing(thread)
  return {
    referral: { ...headOf(thread), ...referral },
    origins,
    unknownSections: strange(thread),
    staged:
      thread.role === 'referrer'
        ? stillStaged(thread, counterpart).map(({ type }) => type)
        : stagedFor(thread),
  }
}
