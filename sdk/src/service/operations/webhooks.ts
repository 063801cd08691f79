// The operations of webhooks and of alerts by mail: show their state, list the messages that were given up, and send
// them again. docs/guide/service.md, "Webhooks"
import { object } from '../../core/referral/schema/node.ts'
import { string } from '../answers/nodes.ts'
import * as A from './change-answers.ts'
import { changes, type Operation, reads } from './operation.ts'

const AT = '/webhooks/:webhook'
const MAIL = '/alerts/:recipient'

export const WEBHOOK_OPERATIONS = {
  webhooks: reads('/webhooks', {
    summary: 'The webhooks of `webhooks.json`, with how many changes wait and how many were given up.',
    answer: A.WEBHOOKS,
    run: async ({ webhooks }) => ({ webhooks: webhooks.list() }),
  }),
  deadLetters: reads(`${AT}/dead`, {
    summary: 'The changes that were given up because the receiver did not accept them, oldest first.',
    answer: A.DEAD_LETTERS,
    run: async ({ webhooks, path }) => ({ letters: webhooks.dead(path.webhook ?? '') }),
  }),
  resendDead: changes(`${AT}/resend`, {
    summary: 'Posts the changes that were given up again. Returns their number.',
    scope: 'admin',
    answer: A.RESENT,
    run: async ({ webhooks, path }) => ({ count: await webhooks.resend(path.webhook ?? '') }),
  }),
} as const satisfies Readonly<Record<string, Operation>>

interface Tested {
  readonly recipient?: string
}
const TEST = object<Tested>('AlertTest', { recipient: string })

export const ALERT_OPERATIONS = {
  alerts: reads('/alerts', {
    summary: 'The recipients of `alerts.json`, with how many alerts wait and how many were given up.',
    answer: A.RECIPIENTS,
    run: async ({ alerts }) => ({ recipients: alerts.list() }),
  }),
  testAlerts: changes<Tested>('/alerts/test', {
    summary: 'Sends a marked test mail to a recipient, or to all. Answers with what the mail server said.',
    scope: 'admin',
    input: TEST,
    answer: A.TESTED,
    run: async ({ alerts, signal }, { recipient }) => ({ recipients: await alerts.test(recipient, signal) }),
  }),
  deadAlerts: reads(`${MAIL}/dead`, {
    summary: 'The alerts that were given up because the mail server did not take them, oldest first.',
    answer: A.DEAD_LETTERS,
    run: async ({ alerts, path }) => ({ letters: alerts.dead(path.recipient ?? '') }),
  }),
  resendAlerts: changes(`${MAIL}/resend`, {
    summary: 'Mails the alerts that were given up again. Answers with how many.',
    scope: 'admin',
    answer: A.RESENT,
    run: async ({ alerts, path }) => ({ count: await alerts.resend(path.recipient ?? '') }),
  }),
} as const satisfies Readonly<Record<string, Operation>>
