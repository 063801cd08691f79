// The operations of webhooks: their state, changes that were given up, and posting those again. docs/guide/service.md, "Webhooks"
import * as A from './answers.ts'
import { changes, type Operation, reads } from './operation.ts'

const AT = '/webhooks/:webhook'

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
