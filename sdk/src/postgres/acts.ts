// The acts that rows of rex_outbox can request from a desk. The SDK's own functions check them before the desk carries them out.
// docs/guide/postgres.md, "Rows"
import type { Desk } from '../client/api/desk.ts'
import type { SendOptions } from '../client/api/sending.ts'
import type { VerbInputs, VerbName } from '../client/api/verb-inputs.ts'
import { checkKeyed, checkVerb, VERB_NAMES } from '../client/api/verbs.ts'
import { codeOf } from '../core/code.ts'
import { RexError } from '../core/error.ts'
import type { Draft } from '../core/referral/index.ts'

/** A verb that a row can carry out. */
export type RowVerb = VerbName | 'markSeen'

/** The input of a `send` in a row: the body of `POST /v1/threads`. */
export interface SendInput extends Omit<SendOptions, 'key'> {
  readonly referral: Draft
}

/** The request of a row. */
export interface Act {
  /** Row id, which is the idempotency key. */
  readonly id: string
  /** `send`, or the name of a verb as in the paths of the service, such as `request-info`. */
  readonly act: string
  readonly thread: string | null
  readonly counterpart: string | null
  readonly input: object
}

const VERBS = new Map<string, RowVerb>(
  [...VERB_NAMES, 'markSeen' as const].map((name) => [codeOf(name), name]),
)

/** The names of all acts that a row can request. */
export const ACTS: readonly string[] = ['send', ...VERBS.keys()]

/** Returns the verb that the act of a row names. @throws RexError INVALID_EVENT */
export function verbOf(act: string): RowVerb {
  const verb = VERBS.get(act)
  if (verb === undefined)
    throw new RexError('INVALID_EVENT', 'There is no such act.', {
      path: 'act',
      hint: `Acts: ${ACTS.join(', ')}.`,
    })
  return verb
}

/** Checks that rows can carry out this verb. @throws RexError INVALID_EVENT */
export function checkVerbName(verb: string): void {
  if (VERB_NAMES.includes(verb as VerbName) || verb === 'markSeen') return
  throw new RexError('INVALID_EVENT', 'There is no such verb.', {
    path: 'verb',
    hint: `Verbs: ${[...VERBS.values()].join(', ')}. A referral is an object, not JSON text.`,
  })
}

/** Checks that an input has no idempotency key, because the id of the row is the key. @throws RexError MALFORMED */
export function checkNoKey(input: object): void {
  if (Object.hasOwn(input, 'key'))
    throw new RexError('MALFORMED', 'A row has no member `key`: its id is the key.', {
      path: 'key',
      hint: 'Leave `key` out. To choose the key, set the `id` of the row, a UUID.',
    })
}

/** Checks the input of a verb as the thread does. @throws RexError INVALID_EVENT, INVALID_REFERRAL with the path */
export function checkVerbRow<Verb extends RowVerb>(verb: Verb, input: object): void {
  checkVerbName(verb)
  if (verb === 'markSeen') checkKeyed(verb, input)
  else checkVerb(verb as VerbName, input as VerbInputs[VerbName])
}

/** Carries out the act of a row, only once for each row id. Returns the id of the thread. @throws RexError of the desk */
export async function carryOut(desk: Desk, row: Act): Promise<string> {
  checkNoKey(row.input)
  if (row.act === 'send') {
    const { referral, ...options } = row.input as SendInput
    return (await desk.send(referral, { ...options, key: row.id })).id
  }
  const verb = verbOf(row.act)
  const thread = await desk.thread(row.thread ?? '')
  const track = row.counterpart === null ? thread : thread.with(row.counterpart)
  await (track[verb] as (input: object) => Promise<void>)({ ...row.input, key: row.id })
  return thread.id
}
