// The answers of the operations about changes, and about webhooks, which post changes. docs/guide/service.md, "What
// changed"
import { CHANGE_KINDS, type ChangesRead, type DeskChange } from '../../client/api/changes.ts'
import { choice, flag, object, required } from '../../core/referral/schema/node.ts'
import type { RecipientState, TestedRecipient } from '../alerts/alerts.ts'
import { MAIL_FAILURES, type MailFailureCode } from '../alerts/failure.ts'
import { at, many, said, string, yes } from '../answers/nodes.ts'
import { ALERTS } from '../webhooks/alert.ts'
import type { DeadLetter, WebhookState } from '../webhooks/webhooks.ts'

/** A change of any kind. */
type AnyChange = Pick<DeskChange, 'cursor' | 'atMs' | 'kind'> & {
  readonly [Name in
    | 'thread'
    | 'message'
    | 'recipient'
    | 'state'
    | 'item'
    | 'reason'
    | 'problem'
    | 'organisation']?: string
} & { readonly mine?: boolean }
const CHANGE = object<AnyChange>('DeskChange', {
  cursor: said,
  atMs: at,
  kind: required(choice(...CHANGE_KINDS)),
  thread: string,
  message: string,
  mine: flag(),
  recipient: string,
  state: string,
  reason: string,
  item: string,
  problem: string,
  organisation: string,
})
export const CHANGES_READ = object<Omit<ChangesRead, 'changes'> & { readonly changes: readonly AnyChange[] }>(
  'ChangesRead',
  { changes: many(CHANGE), cursor: said },
)
export const CURSOR = object<Pick<ChangesRead, 'cursor'>>('ChangesCursor', { cursor: said })

const HOOK_STATE = { name: said, origin: said, waiting: at, dead: at, failure: string }
export const WEBHOOKS = object<{ readonly webhooks: readonly WebhookState[] }>('WebhookStates', {
  webhooks: many(object<WebhookState>('WebhookState', HOOK_STATE)),
})
const LETTER = {
  kind: required(choice(...CHANGE_KINDS, 'missed')),
  cursor: said,
  thread: string,
  alert: choice(...ALERTS, 'missed'),
  attempts: at,
  failure: said,
}
export const DEAD_LETTERS = object<{ readonly letters: readonly DeadLetter[] }>('DeadLetters', {
  letters: many(object<DeadLetter>('DeadLetter', LETTER)),
})
export const RESENT = object<{ readonly count: number }>('Resent', { count: at })

const FAILURE = choice(...(Object.keys(MAIL_FAILURES) as MailFailureCode[]))
const RECIPIENT = { name: said, waiting: at, dead: at, failure: FAILURE }
export const RECIPIENTS = object<{ readonly recipients: readonly RecipientState[] }>('RecipientStates', {
  recipients: many(object<RecipientState>('RecipientState', RECIPIENT)),
})
const TESTED_RECIPIENT = { name: said, accepted: yes, failure: FAILURE, answer: string }
export const TESTED = object<{ readonly recipients: readonly TestedRecipient[] }>('TestedRecipients', {
  recipients: many(object<TestedRecipient>('TestedRecipient', TESTED_RECIPIENT)),
})
