// The operations of the desk as a whole, one for each function of `Desk`. docs/guide/service.md
import { isAbsolute } from 'node:path'
import type { Desk, DeskHealth, ThreadsOptions } from '../../client/api/desk.ts'
import { OPTIONS } from '../../client/api/options.ts'
import { gravestFirst } from '../../core/problem.ts'
import { checked, integer, type ObjectNode, object, required } from '../../core/referral/schema/node.ts'
import { anything, label } from '../../core/shape.ts'
import { threadJson } from '../item-json.ts'
import * as A from './answers.ts'
import { asks, type Call, changes, keyed, type Operation, reads } from './operation.ts'
import { GROUP, type GroupBody, SEND, type SendBody } from './sending.ts'

const LIST = { limit: integer(1, 10_000) }
/** The options of `threads` in the SDK, but with a smaller maximum `limit`. */
const THREADS: ObjectNode & { readonly describes?: ThreadsOptions } = {
  ...OPTIONS.threads,
  name: 'ThreadsQuery',
  fields: { ...OPTIONS.threads.fields, ...LIST },
}
const INVITATION = object<{ readonly invite: string }>('Invitation', {
  invite: required(anything<string>({ type: 'string', description: 'A signed invite.' })),
})
const PATH = label(4096)
/** An absolute path on the computer of the service, because callers cannot see the working directory of the service. */
const ABSOLUTE = checked<string>(
  (value) => PATH.fault(value) ?? (isAbsolute(value as string) ? undefined : 'must be an absolute path'),
  PATH.schema,
)
const FILE = object<{ readonly file: string; readonly overwrite?: boolean }>('BackupFile', {
  file: required(ABSOLUTE),
  overwrite: OPTIONS.backup.fields.overwrite as never,
})

interface ErasedQuery {
  readonly limit?: number
  readonly afterMs?: number
  readonly afterId?: string
}

export const DESK_OPERATIONS = {
  send: changes<SendBody>('/threads', {
    summary: 'Sends a referral. Answers when it is durable; delivery continues.',
    scope: 'send',
    input: SEND,
    refusal: 'INVALID_REFERRAL',
    answer: A.THREAD,
    run: async (call, { referral, ...options }) =>
      threadJson(await call.desk.send(referral, keyed(call, options))),
  }),
  sendGroup: changes<GroupBody>('/groups', {
    summary: 'Sends referrals that belong together, such as siblings: all or none.',
    scope: 'send',
    input: GROUP,
    refusal: 'INVALID_REFERRAL',
    answer: A.THREADS,
    run: async (call, { siblings, ...options }) => ({
      threads: (await call.desk.sendGroup(siblings, keyed(call, options))).map(threadJson),
    }),
  }),
  preview: asks<SendBody>('/preview', {
    summary: 'The effect of a send, with the findings of the lint. Sends nothing.',
    scope: 'read',
    input: SEND,
    refusal: 'INVALID_REFERRAL',
    answer: A.PREVIEW,
    run: ({ desk }, { referral, ...options }) => desk.preview(referral, options),
  }),
  wasSent: asks<SendBody>('/was-sent', {
    summary: 'Whether a referral was sent under this idempotency key with the same content.',
    scope: 'read',
    input: SEND,
    refusal: 'INVALID_REFERRAL',
    answer: A.DONE,
    run: async (call, { referral, ...options }) => ({
      done: await call.desk.wasSent(referral, keyed(call, options)),
    }),
  }),
  groupWasSent: asks<GroupBody>('/groups/was-sent', {
    summary: 'The same for a group.',
    scope: 'read',
    input: GROUP,
    refusal: 'INVALID_REFERRAL',
    answer: A.DONE,
    run: async (call, { siblings, ...options }) => ({
      done: await call.desk.wasSent(siblings, keyed(call, options)),
    }),
  }),
  threads: reads<ThreadsOptions>('/threads', {
    summary: 'Threads, with a summary for each track. `after` is the `cursor` of the last one that you have.',
    input: THREADS,
    answer: A.SUMMARIES,
    run: async ({ desk }, query) => ({ threads: await desk.threads(query) }),
  }),
  erased: reads<ErasedQuery>('/erased', {
    summary: 'Erased threads, the oldest erasure first; after the one with this time and id.',
    input: object<ErasedQuery>('ErasedQuery', {
      ...LIST,
      afterMs: integer(0, Number.MAX_SAFE_INTEGER),
      afterId: label(32),
    }),
    answer: A.ERASED,
    run: async ({ desk }, query) => ({ threads: await desk.erased(afterErasure(query)) }),
  }),
  retention: reads<{ readonly limit?: number }>('/retention', {
    summary: 'The threads that the retention rules will erase within 30 days.',
    input: { ...OPTIONS.retention, name: 'RetentionQuery' },
    answer: A.RETAINED,
    run: async ({ desk }, query) => ({ threads: await desk.retention(query) }),
  }),
  peers: reads('/peers', {
    summary: 'The paired organisations.',
    answer: A.PEERS,
    run: async ({ desk }) => ({ peers: await desk.peers() }),
  }),
  invite: changes('/invites', {
    summary: 'A signed invite for another organisation, valid for 30 days, with the words to compare.',
    scope: 'admin',
    answer: A.INVITE,
    run: ({ desk }) => desk.invite(),
  }),
  pair: changes('/peers', {
    summary: 'Pairs with the organisation of an invite. A repeat changes nothing.',
    scope: 'admin',
    input: INVITATION,
    answer: A.PEER,
    run: ({ desk }, { invite }) => desk.pair(invite),
  }),
  unpair: changes<{ readonly organisation: string }>('/peers/unpair', {
    summary: 'Ends the pairing with an organisation. A repeat changes nothing.',
    scope: 'admin',
    input: { ...OPTIONS.unpair, name: 'Unpairing' },
    names: ({ organisation }) => ({ organisation }),
    run: ({ desk }, { organisation }) => desk.unpair(organisation),
  }),
  statements: asks<{ readonly organisations: readonly string[] }>('/statements', {
    summary: 'The statements of these organisations that the desk keeps, for verifying evidence.',
    scope: 'read',
    input: { ...OPTIONS.statements, name: 'StatementsOf' },
    answer: A.STATEMENTS,
    run: async ({ desk }, { organisations }) => ({ statements: await desk.statements(organisations) }),
  }),
  messageKeys: reads('/keys/message', {
    summary: 'The message keys of the organisation, the one in use first.',
    answer: A.KEYS,
    run: async ({ desk }) => ({ keys: await desk.messageKeys() }),
  }),
  receiptKeys: reads('/keys/receipt', {
    summary: "The receipt keys of the desk's gateway, the one in use first.",
    answer: A.KEYS,
    run: async ({ desk }) => ({ keys: await desk.receiptKeys() }),
  }),
  revoke: changes<Parameters<Desk['revoke']>[0]>('/keys/revoke', {
    summary: 'Revokes a message key, or a receipt key as compromised. A repeat revokes the next key.',
    scope: 'admin',
    input: OPTIONS.revoke,
    names: ({ reason, key, receiptKey }) => ({
      reason,
      ...(key && { key }),
      ...(receiptKey && { receiptKey }),
    }),
    answer: A.REVOKED,
    run: ({ desk }, input) => desk.revoke(input),
  }),
  rotateEntity: changes('/keys/rotate-entity', {
    summary:
      'Replaces the entity key as planned, after a backup into this file. A repeat replaces the next key.',
    scope: 'owner',
    input: FILE,
    answer: A.ROTATED,
    run: ({ desk }, backup) => desk.rotateEntity({ backup }),
  }),
  backup: changes('/backups', {
    summary:
      'Makes an encrypted backup file on the computer of the service. If the call ends, the backup is cancelled.',
    scope: 'owner',
    input: FILE,
    run: ({ desk, signal }, file) => desk.backup({ ...file, signal }),
  }),
  health: reads('/desk/health', {
    summary: 'Health of the desk, with the problems that need a person.',
    unrecorded: true,
    answer: A.HEALTH,
    run: health,
  }),
  caughtUp: asks('/desk/caught-up', {
    summary: 'Answers when all messages that were in the mailbox when the service began have been processed.',
    scope: 'read',
    run: ({ desk, signal }) => desk.caughtUp({ signal }),
  }),
  drain: asks('/desk/drain', {
    summary: 'Answers when every send is submitted and every receipt is sent.',
    scope: 'read',
    run: ({ desk, signal }) => desk.drain({ signal }),
  }),
} as const satisfies Readonly<Record<string, Operation>>

/** Converts the last entry that the caller has already read to a position in the list of erased threads. */
function afterErasure({ afterMs, afterId, ...page }: ErasedQuery): Parameters<Desk['erased']>[0] {
  if (afterMs === undefined || afterId === undefined) return page
  return { ...page, after: { erasedMs: afterMs, id: afterId, reason: 'retention', forced: false } }
}

/** Returns the health of the desk, with the problems that only the service knows. */
async function health({ desk, problems }: Call): Promise<DeskHealth> {
  const found = await desk.health()
  return { ...found, problems: gravestFirst([...found.problems, ...problems()]) }
}
