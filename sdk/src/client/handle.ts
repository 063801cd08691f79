// The thread handle: what a caseworker can do with a thread, and how it stands. docs/guide/desk.md, "Threads"

import { RexError } from '../core/error.ts'
import { readEntityId } from '../core/identifier.ts'
import type { CurrentReferral, Thread } from './api/api.ts'
import { checkOptions } from './api/options.ts'
import type { VerbInputs, VerbName } from './api/verb-inputs.ts'
import { checkKeyed, checkResolve, checkVerb, VERB_NAMES } from './api/verbs.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { OpenIntake } from './receive/intake.ts'
import { markSeen } from './receive/seen.ts'
import type { Idempotency } from './send/idempotency.ts'
import type { Voice } from './send/speak.ts'
import { type Book, counterpartsOf, headOf, type OpenThread } from './thread/book.ts'
import { describeThread } from './thread/describe.ts'
import { eventOf } from './thread/events.ts'
import { type ExportOptions, exportEvidence } from './thread/export.ts'
import { SAID, type Where } from './thread/said.ts'
import { heldBack, stagedFor, standing, strange } from './thread/sections.ts'
import { viewOf } from './thread/view.ts'

/** Dependencies of thread handles. */
export interface HandleOptions extends ExportOptions {
  readonly book: Book
  readonly voice: Voice
  readonly outbox: Outbox
  readonly idempotency: Idempotency
  readonly resolve: OpenIntake['resolve']
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
    async (given = {} as VerbInputs[Name]): Promise<void> => {
      const input = checkVerb(name, given)
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
      const { key } = checkResolve(message, decision, keyed)
      options.outbox.check()
      await options.idempotency.once({
        key,
        contents: [['resolve', thread.id, message, decision]],
        again: () => {},
        work: (keep) =>
          options.resolve(thread, message, { decision, also: (write) => keep(write, [thread.id]) }),
      })
    },
    async markSeen(keyed = {}) {
      const { key } = checkKeyed('markSeen', keyed)
      const senders = counterpart === undefined ? counterparts : [counterpart]
      await options.idempotency.once({
        key,
        contents: [['markSeen', thread.id, senders]],
        again: () => {},
        work: (keep) => markSeen(thread, senders, { ...options, also: (write) => keep(write, [thread.id]) }),
      })
    },
    async export(how = {}) {
      const { sections = false } = checkOptions('export', how)
      return exportEvidence(thread, options, sections)
    },
  }
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
