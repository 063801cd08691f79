// The single table of the verbs of a thread: their inputs and transitions. docs/guide/desk.md, "Threads"

import { readEntityId } from '../../core/identifier.ts'
import { invalidReferral } from '../../core/referral/messages/problem.ts'
import {
  code,
  flag,
  integer,
  list,
  type ObjectNode,
  object,
  required,
  text,
} from '../../core/referral/schema/node.ts'
import { PARTIAL_REFERRAL } from '../../core/referral/schema/schema.ts'
import { check } from '../../core/referral/validate/check.ts'
import {
  anything,
  checkInput,
  digest,
  hex,
  invalidInput,
  label,
  listOrNone,
  organisation,
  time,
} from '../../core/shape.ts'
import type { Transition } from '../../core/thread/transitions.ts'
import type * as I from './verb-inputs.ts'

/** Form of an idempotency key: at most 255 characters. */
export const KEY = label(255)
/** Form of a list with the ids of confirmed findings. */
export const CONFIRM = listOrNone(hex(16, 'the id of a finding'), 1024)
/** Highest position in a queue. */
export const MAX_POSITION = 1_000_000
const TEXT = text('prose', 20_000)
/** Form of the id of a person or an item in a referral. */
const ID = text('local-id', 64)
const SECTION = code('section-type')
const MANY = 10_000

const keyed = { key: KEY, keyContent: KEY }
const worded = { ...keyed, text: TEXT }
const OUTCOME = object<I.ItemOutcomeInput>('ItemOutcome', {
  item: required(ID),
  code: required(code('item-outcome')),
  timeMs: time,
})
const withOutcomes = { ...worded, itemOutcomes: listOrNone(OUTCOME, MANY) }

interface Verb {
  readonly input: ObjectNode
  /** The transitions that this verb can make. */
  readonly transitions: readonly Transition[]
}

/** Forms of the verbs' inputs. A new member must be added here, in `verb-inputs.ts` and where the verb is composed. */
export const VERBS: Readonly<Record<I.VerbName, Verb>> = {
  accept: {
    transitions: ['accept'],
    input: object<I.AcceptInput>('accept', {
      ...worded,
      except: listOrNone(
        object<{ readonly id: string; readonly code: string }>('Except', {
          id: required(ID),
          code: required(code('decline')),
        }),
        MANY,
      ),
      reference: label(200),
    }),
  },
  decline: {
    transitions: ['decline'],
    input: object<I.DeclineInput>('decline', {
      ...worded,
      code: required(code('decline')),
      alternative: organisation,
      retryAfterMs: time,
    }),
  },
  requestInfo: {
    transitions: ['request-info'],
    input: object<I.RequestInfoInput>('requestInfo', {
      ...keyed,
      questions: required(
        list(
          object<{ readonly text: string; readonly path?: string }>('AskedQuestion', {
            text: required(TEXT),
            path: text('line', 1000),
          }),
          64,
        ),
      ),
      neededByMs: time,
    }),
  },
  provideInfo: {
    transitions: ['provide-info'],
    input: object<I.ProvideInfoInput>('provideInfo', {
      ...keyed,
      answers: required(
        listOrNone(
          object<I.ProvideInfoInput['answers'][number]>(
            'Answer',
            { id: required(text('line', 64)), text: TEXT, absence: code('absence') },
            { exactlyOne: ['text', 'absence'] },
          ),
          MANY,
        ),
      ),
      referral: anything(),
      request: digest,
    }),
  },
  waitlist: {
    transitions: ['waitlist'],
    input: object<I.WaitlistInput>('waitlist', {
      ...worded,
      expectedMs: time,
      position: integer(1, MAX_POSITION),
    }),
  },
  disclose: {
    transitions: ['disclose'],
    input: object<I.DiscloseInput>('disclose', { ...keyed, sections: list(SECTION, 64) }),
  },
  progress: {
    transitions: ['progress'],
    input: object<I.ProgressInput>('progress', {
      ...withOutcomes,
      code: required(code('progress')),
      timeMs: time,
    }),
  },
  complete: {
    transitions: ['complete', 'complete-partly'],
    input: object<I.CompleteInput>('complete', {
      ...withOutcomes,
      outcome: required(code('outcome')),
      partly: flag(),
    }),
  },
  fail: {
    transitions: ['fail'],
    input: object<I.FailInput>('fail', {
      ...withOutcomes,
      code: required(code('decline')),
      alternative: organisation,
    }),
  },
  withdraw: {
    transitions: ['withdraw'],
    input: object<I.WithdrawInput>('withdraw', { ...worded, code: required(code('withdrawal')) }),
  },
  recall: {
    transitions: ['recall', 'recall-thread'],
    input: object<I.RecallInput>('recall', {
      ...worded,
      code: required(code('withdrawal')),
      messages: list(digest, MANY),
    }),
  },
  attestRecall: {
    transitions: ['recall-attestation'],
    input: object<I.AttestRecallInput>('attestRecall', {
      ...worded,
      code: required(code('recall-outcome')),
      recall: digest,
    }),
  },
  changeConsent: {
    transitions: ['consent-change', 'consent-withdrawn'],
    input: object<I.ChangeConsentInput>('changeConsent', {
      ...worded,
      code: required(code('consent-change')),
      people: list(ID, MANY),
      sections: list(SECTION, 64),
    }),
  },
  acknowledgeConsent: {
    transitions: ['consent-acknowledgement'],
    input: object<I.AcknowledgeConsentInput>('acknowledgeConsent', {
      ...worded,
      code: required(code('recall-outcome')),
      change: digest,
    }),
  },
  correct: {
    transitions: ['correct'],
    input: object<I.CorrectInput>('correct', {
      ...worded,
      referral: required(anything()),
      confirm: CONFIRM,
    }),
  },
  note: {
    transitions: ['note'],
    input: object<I.NoteInput>('note', { ...keyed, text: required(TEXT), language: text('language', 35) }),
  },
  feedback: {
    transitions: ['feedback'],
    input: object<I.FeedbackInput>('feedback', { ...withOutcomes, code: required(code('feedback')) }),
  },
  enterInError: { transitions: ['entered-in-error'], input: object<I.Worded>('enterInError', worded) },
}

/** The names of the verbs, in the order of the table. */
export const VERB_NAMES = Object.keys(VERBS) as readonly I.VerbName[]

/**
 * Checks the whole input of a verb before anything is stored or sent.
 * @throws RexError INVALID_EVENT, or INVALID_REFERRAL for sections, with the path of the first problem
 */
export function checkVerb<Name extends I.VerbName>(
  name: Name,
  given: I.VerbInputs[Name],
): I.VerbInputs[Name] {
  const refusal = { reason: 'INVALID_EVENT', subject: `The input of ${name}` } as const
  const input = checkInput(VERBS[name].input, given, refusal)
  const { code: reason, text: said, referral, alternative } = input as Members
  if ((name === 'decline' || name === 'fail') && reason === 'other' && !/\S/.test(String(said ?? '')))
    throw invalidInput({ path: 'text', message: 'is required with the code other' }, refusal)
  const problems = referral === undefined ? [] : check(PARTIAL_REFERRAL, referral, '', 'keep')
  if (problems.length > 0) throw invalidReferral(problems)
  return alternative === undefined ? input : { ...input, alternative: readEntityId(alternative) }
}

/** Members that several inputs have. */
type Members = { readonly [Name in 'code' | 'text' | 'referral' | 'alternative']?: unknown }

/** Returns the verbs that can make any of these transitions. */
export function verbsFor(transitions: readonly Transition[]): I.VerbName[] {
  return VERB_NAMES.filter((name) =>
    VERBS[name].transitions.some((transition) => transitions.includes(transition)),
  )
}

/** Checks the arguments of `resolve` and returns its options. @throws RexError INVALID_EVENT with the path */
export function checkResolve(message: unknown, decision: unknown, options: I.Keyed): I.Keyed {
  const node: ObjectNode = {
    kind: 'object',
    name: 'resolve',
    fields: {
      message: { ...digest, required: true },
      decision: { kind: 'choice', values: ['place', 'refuse'], required: true },
    },
  }
  const refusal = { reason: 'INVALID_EVENT', subject: 'The input of resolve' } as const
  checkInput(node, { message, decision }, refusal)
  return checkKeyed('resolve', options)
}

/** Checks the arguments of `wasDone` and returns its options. @throws RexError INVALID_EVENT with the path */
export function checkWasDone(verb: unknown, options: Required<I.Keyed>): Required<I.Keyed> {
  const node: ObjectNode = {
    kind: 'object',
    name: 'wasDone',
    fields: {
      verb: { kind: 'choice', values: [...VERB_NAMES, 'resolve', 'markSeen'], required: true },
      key: { ...KEY, required: true },
      keyContent: { ...KEY, required: true },
    },
  }
  const refusal = { reason: 'INVALID_EVENT', subject: 'The input of wasDone' } as const
  return checkInput(node, { verb, ...Object(options) }, refusal)
}

/** Checks the options of a function that accepts only a key. @throws RexError INVALID_EVENT with the path */
export function checkKeyed(name: string, options: I.Keyed): I.Keyed {
  return checkInput(object<I.Keyed>(name, keyed), options, {
    reason: 'INVALID_EVENT',
    subject: `The options of ${name}`,
  })
}
