// The output of each verb with --json, and the document that `receive` passes to a program. docs/guide/rex-desk.md,
// "Output for programs"
import {
  choice,
  type ListNode,
  type Node,
  type ObjectNode,
  required,
} from '../../core/referral/schema/node.ts'
import { anything, listOrNone } from '../../core/shape.ts'
import { at, many, one, said, string, strings, whole, yes } from '../../service/answers/nodes.ts'
import * as A from '../../service/operations/answers.ts'
import * as C from '../../service/operations/change-answers.ts'
import { closed } from './closed.ts'
import { NEWS, SHOWN, SHOWN_MASKED } from './reading.ts'

/**
 * The output of a verb: one document, which has one of the forms in `of`. With `each`, the verb prints any number of such
 * documents, one per line.
 */
export interface Output {
  readonly of: readonly Node[]
  readonly each?: boolean
}

/** Returns the description of an entry of the list in a field of an answer. */
const entry = (answer: ObjectNode, field: string) => (answer.fields[field] as ListNode).of as ObjectNode
const yesOnly = required(one({ const: true }))
const thread = required(A.THREAD)
const LIST = { name: said, version: at, title: said }
const CODE = {
  code: said,
  label: said,
  definition: said,
  translations: required(one({ type: 'object', additionalProperties: { type: 'string' } })),
  crosswalk: one({ type: 'object' }),
  pattern: string,
}
const KIT = { kitPage: string, kitFile: string }
const SENT = closed('Sent', {
  thread,
  recipients: many(closed('SentTo', { counterpart: said, state: required(choice(...A.DELIVERY_STATES)) })),
})
const STATUS_OF_THREAD: Output = { of: [closed('ThreadStatus', { thread, ...A.VIEW.fields })] }
const ONE_THREAD: Readonly<Record<string, Output>> = Object.fromEntries(
  [
    'accept',
    'attest-recall',
    'complete',
    'consent',
    'correct',
    'decline',
    'disclose',
    'enter-in-error',
    'fail',
    'feedback',
    'note',
    'progress',
    'provide-info',
    'recall',
    'request-info',
    'resolve',
    'seen',
    'waitlist',
    'withdraw',
  ].map((verb) => [verb, STATUS_OF_THREAD]),
)
const PROVEN = {
  digest: said,
  thread: said,
  sender: said,
  type: said,
  createdMs: at,
  test: yes,
  sections: strings,
  deliveries: many(
    closed('ProvenDelivery', {
      recipient: said,
      storedMs: whole,
      receipts: many(closed('ProvenReceipt', { status: said, timeMs: at, code: said })),
    }),
  ),
}
/** A referral as a person writes it. In place of a part, it may contain the name of a preset. */
const DRAFT = anything({ type: 'object' })
const KIND_NEEDS = {
  type: 'object',
  properties: Object.fromEntries(
    ['must', 'should'].map((name) => [name, { type: 'array', items: { type: 'string' } }]),
  ),
  additionalProperties: false,
}
const COMPROMISE = { kid: said, sinceMs: at, saidMs: at }
const REFUTED = {
  ...COMPROMISE,
  path: said,
  organisation: said,
  what: required(choice('message', 'stored receipt', 'desk receipt')),
  type: string,
  createdMs: whole,
}
const BACKUP = { organisation: said, name: said, createdMs: at, bytes: at, referrals: at, messages: at }
const AUDIT = {
  what: required(choice('look', 'begin', 'end', 'refused', 'start', 'stop')),
  operation: string,
  actor: string,
  door: string,
  on: one({ type: 'object', additionalProperties: { type: 'string' } }),
  of: whole,
  outcome: string,
  seq: at,
  atMs: at,
}

const LETTER = entry(C.DEAD_LETTERS, 'letters')
const RESENT = closed('SentAgain', { name: said, count: at })

/** The output of each verb. */
export const OUTPUTS: Readonly<Record<string, Output>> = {
  ...ONE_THREAD,
  inbox: { each: true, of: [A.SUMMARY] },
  show: { of: [SHOWN, SHOWN_MASKED] },
  watch: { each: true, of: NEWS },

  example: { of: [listOrNone(string, 100), DRAFT] },
  import: {
    of: [
      closed('Imported', {
        referral: DRAFT,
        out: string,
        losses: many(closed('Loss', { from: said, to: string, code: said, message: said })),
      }),
    ],
  },
  lint: {
    of: [
      closed('Linted', {
        ok: yes,
        findings: many(entry(A.PREVIEW, 'findings')),
        explained: listOrNone(entry(A.PREVIEW, 'presets'), 1000),
        notices: listOrNone(entry(A.PREVIEW, 'notices'), 1000),
      }),
    ],
  },
  preview: { of: [A.PREVIEW] },
  split: { of: [closed('Divided', { parts: many(closed('Part', { file: said, items: at })) })] },
  send: { of: [SENT, closed('SentGroup', { group: many(SENT) })] },
  codes: {
    of: [
      listOrNone(closed('CodeListName', LIST), 1000),
      closed('CodeList', {
        ...LIST,
        decisionBearing: yes,
        source: said,
        unconfirmed: strings,
        entries: many(closed('CodeEntry', CODE)),
      }),
    ],
  },

  erase: { of: [closed('Erased', { id: said, ...(A.THREAD.fields.erased as ObjectNode).fields })] },
  erased: { each: true, of: [entry(A.ERASED, 'threads')] },
  hold: { of: [closed('Held', { id: said, legalHold: yes })] },
  retention: { each: true, of: [entry(A.RETAINED, 'threads')] },

  export: { of: [closed('Exported', { thread, out: said, bytes: at })] },
  verify: {
    of: [
      closed('Evidence', {
        holds: yes,
        organisations: many(closed('JudgedOrganisation', { organisation: said, words: strings })),
        messages: many(closed('ProvenMessage', PROVEN)),
        known: many(
          closed('KnownOrganisation', {
            organisation: said,
            name: said,
            newestMs: at,
            compromised: many(closed('Compromise', COMPROMISE)),
          }),
        ),
        refuted: many(closed('Refuted', REFUTED)),
      }),
    ],
  },

  serve: {
    of: [
      closed('Serving', { organisation: said, socket: said, groupSocket: string, urls: strings, pid: at }),
    ],
  },
  token: {
    each: true,
    of: [
      entry(A.TOKENS, 'tokens'),
      closed('TokenShownOnce', { name: said, scopes: strings, expiresMs: at, token: said }),
      closed('RevokedToken', { revoked: said }),
    ],
  },
  audit: {
    each: true,
    of: [
      closed('AuditRecord', AUDIT),
      closed('AuditCheck', { verified: yes, from: at, last: said, open: many(whole), faults: strings }),
    ],
  },
  receive: {
    each: true,
    of: [
      closed('Received', {
        id: said,
        kind: A.KIND,
        thread,
        settled: required(choice('ack', 'retry', 'park')),
      }),
    ],
  },
  changes: { each: true, of: [entry(C.CHANGES_READ, 'changes')] },
  webhooks: {
    each: true,
    of: [
      entry(C.WEBHOOKS, 'webhooks'),
      LETTER,
      RESENT,
      closed('SecretRotated', { name: said, secret: said, finished: yes }),
    ],
  },
  alerts: {
    each: true,
    of: [entry(C.RECIPIENTS, 'recipients'), LETTER, RESENT, entry(C.TESTED, 'recipients')],
  },
  parked: { each: true, of: [entry(A.PARKED, 'items')] },
  schema: { of: [anything({ type: 'object', description: 'A JSON Schema (2020-12).' })] },

  passphrase: { of: [closed('PassphraseChanged', { changed: yesOnly })] },
  recover: { of: [closed('Recovered', { recovered: yesOnly, organisation: said })] },
  kit: {
    of: [
      closed('KitReplaced', { replaced: yesOnly, ...KIT }),
      closed('KitChecked', { opens: yesOnly, organisation: said }),
    ],
  },

  init: { of: [closed('Made', { organisation: said, name: said, directory: said, words: strings, ...KIT })] },
  invite: { of: [closed('InviteMade', { organisation: said, invite: said, words: strings, out: string })] },
  pair: { of: [A.PEER] },
  peers: { each: true, of: [A.PEER] },
  unpair: { of: [closed('Unpaired', { unpaired: said })] },
  needs: {
    of: [
      closed('NeedsPublished', {
        needs: required(one({ type: ['object', 'null'], additionalProperties: KIND_NEEDS })),
      }),
    ],
  },
  revoke: {
    each: true,
    of: [
      A.REVOKED,
      closed('MessageOrReceiptKey', {
        ...entry(A.KEYS, 'keys').fields,
        of: choice('gateway'),
      }),
    ],
  },
  rotate: {
    of: [
      closed('Rotated', {
        rotated: required(choice('entity')),
        backup: said,
        words: strings,
        earlier: strings,
      }),
    ],
  },
  status: {
    of: [
      closed('Status', {
        organisation: said,
        ...{ threads: at, mine: at, parked: at, peers: at },
        certificateExpiresMs: at,
        credential: said,
        gateway: said,
        keysWait: yes,
        problems: A.HEALTH.fields.problems as Node,
      }),
    ],
  },
  backup: {
    of: [
      closed('BackedUp', { file: said, organisation: said }),
      closed('BackupChecked', {
        verified: yes,
        file: said,
        ...BACKUP,
        erased: at,
        unreadable: at,
        peers: at,
      }),
    ],
  },
  restore: { of: [closed('Restored', { restored: yesOnly, organisation: said })] },
  enrol: { of: [closed('Enrolled', { enrolled: yesOnly, organisation: said })] },
}
