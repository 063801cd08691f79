// The answers of the operations, as descriptions that the compiler compares with the types of the SDK. docs/guide/service.md
import type { DeskHealth, Peer, ThreadSummary } from '../../client/api/desk.ts'
import {
  ERASE_REASONS,
  type ErasedThread,
  type Erasure,
  type RetainedThread,
} from '../../client/api/erasure.ts'
import type { ThreadEvent } from '../../client/api/events.ts'
import type { ParkedItem } from '../../client/api/items.ts'
import {
  REVOKE_REASONS,
  type RevokedKey,
  type RotatedEntity,
  type SigningKey,
} from '../../client/api/keys.ts'
import type { DeskProblem } from '../../client/api/problems.ts'
import type { Preview } from '../../client/api/sending.ts'
import type { DeliveryState, ThreadView, Undelivered } from '../../client/api/thread.ts'
import { VERB_NAMES } from '../../client/api/verbs.ts'
import { REASONS } from '../../core/error.ts'
import { SUITES } from '../../core/jose/suite.ts'
import { choice, object, required } from '../../core/referral/schema/node.ts'
import { anything, listOrNone } from '../../core/shape.ts'
import { SCOPES } from '../access/caller.ts'
import type { TokenInfo } from '../access/tokens.ts'
import { EVENT, ITEM, RAW_SECTIONS, SECTIONS } from '../answers/item.ts'
import { at, many, one, said, string, strings, whole, yes } from '../answers/nodes.ts'

const REASON = choice(...(Object.keys(REASONS) as (keyof typeof REASONS)[]))
const ROLE = required(choice('referrer', 'recipient'))

const UNDELIVERED = object<Undelivered>('Undelivered', {
  outcome: required(choice('refused', 'expired')),
  reason: required(REASON),
})
const NEXT_STEP = object<NonNullable<ThreadView['nextStep']>>('NextStep', {
  who: said,
  what: said,
  byMs: whole,
  overdue: yes,
})
const ERASURE = {
  erasedMs: at,
  reason: required(choice(...ERASE_REASONS)),
  forced: yes,
}

/** A thread without its content, as a handle for further calls. */
export interface ThreadHandle {
  readonly id: string
  readonly ref?: string
  readonly test: boolean
  readonly role: 'referrer' | 'recipient'
  readonly counterparts: readonly string[]
  readonly erased?: Erasure
}
export const THREAD = object<ThreadHandle>('Thread', {
  id: said,
  ref: string,
  test: yes,
  role: ROLE,
  counterparts: strings,
  erased: object<Erasure>('Erasure', ERASURE),
})
export const THREADS = object<{ readonly threads: readonly ThreadHandle[] }>('Threads', {
  threads: many(THREAD),
})
export const SUMMARY = object<ThreadSummary>('ThreadSummary', {
  id: said,
  cursor: said,
  ref: string,
  test: yes,
  role: ROLE,
  counterpart: said,
  kind: said,
  state: said,
  responsible: said,
  urgent: yes,
  updatedMs: at,
  undelivered: UNDELIVERED,
  unreceived: yes,
  nextStep: NEXT_STEP,
})
export const SUMMARIES = object<{ readonly threads: readonly ThreadSummary[] }>('ThreadSummaries', {
  threads: many(SUMMARY),
})
export const DELIVERY_STATES = [
  'intended',
  'submitted',
  'stored',
  'received',
  'seen',
  'held',
  'refused',
  'expired',
] as const
export const VIEW = object<ThreadView>('ThreadView', {
  state: said,
  responsible: said,
  nextStep: NEXT_STEP,
  openQuestions: many(
    object<ThreadView['openQuestions'][number]>('OpenQuestion', {
      request: said,
      id: said,
      text: said,
      path: string,
    }),
  ),
  itemOutcomes: required(
    one<ThreadView['itemOutcomes']>({
      type: 'object',
      description: 'By id of the item: `code` of the list item-outcome, and `timeMs`.',
      additionalProperties: { type: 'object' },
    }),
  ),
  undelivered: UNDELIVERED,
  unreceived: yes,
  legalHold: object<NonNullable<ThreadView['legalHold']>>('LegalHold', { sinceMs: at, note: string }),
  frozen: choice('fork', 'held'),
  held: many(object<ThreadView['held'][number]>('HeldMessage', { digest: said, type: said, code: said })),
  allowed: required(listOrNone(choice(...VERB_NAMES, 'resolve'), 64)),
  delivery: many(
    object<ThreadView['delivery'][number]>('Delivery', {
      type: said,
      recipient: said,
      state: required(choice<DeliveryState>(...DELIVERY_STATES)),
      reason: REASON,
      messageId: said,
    }),
  ),
})

export const CURRENT = object<object>('CurrentReferral', {
  referral: required(anything(SECTIONS)),
  origins: required(
    anything({
      type: 'object',
      description: 'By section type: its version, message, author and time.',
      additionalProperties: { type: 'object' },
    }),
  ),
  unknownSections: required(RAW_SECTIONS),
  staged: strings,
} as never)
export const CHANGES = object<{ readonly cursor: number; readonly events: readonly ThreadEvent[] }>(
  'Changes',
  {
    cursor: at,
    events: many(EVENT),
  },
)
export const DESCRIPTION = object<{ readonly text: string }>('Description', { text: said })
export const DONE = object<{ readonly done: boolean }>('Done', { done: yes })

export const PREVIEW = object<Preview>('Preview', {
  findings: many(
    object<Preview['findings'][number]>('Finding', {
      code: required(one({ type: 'string' })),
      severity: required(choice('error', 'warning', 'info')),
      path: said,
      message: said,
      fix: said,
      values: required(one({ type: 'object', additionalProperties: { type: 'string' } })),
      count: at,
      id: string,
    }),
  ),
  presets: many(
    object<Preview['presets'][number]>('ExpandedPreset', {
      path: said,
      preset: said,
      content: required(anything()),
    }),
  ),
  notices: many(
    object<Preview['notices'][number]>('Notice', {
      path: said,
      code: required(one({ type: 'string' })),
      message: said,
      values: required(one({ type: 'object', additionalProperties: { type: 'string' } })),
      count: at,
    }),
  ),
  recipients: many(
    object<Preview['recipients'][number]>('PreviewedRecipient', {
      organisation: said,
      suite: required(choice(...SUITES)),
      sections: strings,
      staged: strings,
      bytes: at,
    }),
  ),
})

export const KIND = required(choice('referral', 'event', 'failure', 'alarm', 'erased'))
export const LEASED = object<object>('Leased', {
  lease: object<object>('Lease', { id: said, untilMs: at } as never),
  item: ITEM,
} as never)
export const RENEWED = object<{ readonly untilMs: number }>('Renewed', { untilMs: at })
type Parked = Pick<ParkedItem, 'id' | 'kind' | 'reason'> & { readonly thread: ThreadHandle }
export const PARKED = object<{ readonly items: readonly Parked[] }>('ParkedItems', {
  items: many(
    object<Parked>('ParkedItem', {
      id: said,
      kind: KIND,
      reason: { ...string, required: true },
      thread: required(THREAD),
    }),
  ),
})

export const PEER = object<Peer>('Peer', {
  organisation: said,
  name: said,
  words: strings,
  pairedMs: at,
  expiresMs: at,
  suites: required(listOrNone(choice(...SUITES), SUITES.length)),
})
export const PEERS = object<{ readonly peers: readonly Peer[] }>('Peers', { peers: many(PEER) })
export const INVITE = object<{ readonly invite: string; readonly words: readonly string[] }>('Invite', {
  invite: said,
  words: strings,
})
export const STATEMENTS = object<{ readonly statements: readonly string[] }>('Statements', {
  statements: strings,
})

export const HEALTH = object<DeskHealth>('DeskHealth', {
  timeMs: at,
  certificateExpiresMs: at,
  credential: said,
  gateway: said,
  referrals: at,
  keysSinceMs: at,
  keysWait: yes,
  problems: many(
    object<DeskProblem>('DeskProblem', {
      code: required(one({ type: 'string' })),
      severity: required(choice('warning', 'critical')),
      message: said,
      organisation: string,
    }),
  ),
})
export const ERASED = object<{ readonly threads: readonly ErasedThread[] }>('ErasedThreads', {
  threads: many(object<ErasedThread>('ErasedThread', { id: said, ...ERASURE })),
})
export const RETAINED = object<{ readonly threads: readonly RetainedThread[] }>('RetainedThreads', {
  threads: many(
    object<RetainedThread>('RetainedThread', {
      id: said,
      ref: string,
      kind: said,
      state: said,
      endedMs: at,
      keepUntilMs: at,
      eraseMs: at,
      keptBy: string,
    }),
  ),
})

const KEY_REASON = required(choice(...REVOKE_REASONS))
export const KEYS = object<{ readonly keys: readonly SigningKey[] }>('SigningKeys', {
  keys: many(
    object<SigningKey>('SigningKey', {
      key: said,
      sinceMs: at,
      revoked: object<NonNullable<SigningKey['revoked']>>('KeyRevocation', { reason: KEY_REASON, atMs: at }),
    }),
  ),
})
export const REVOKED = object<RevokedKey>('RevokedKey', {
  key: said,
  reason: KEY_REASON,
  atMs: at,
  current: said,
  signedAgain: at,
})
export const ROTATED = object<RotatedEntity>('RotatedEntity', { words: strings, earlier: strings })

export const TOKENS = object<{ readonly tokens: readonly TokenInfo[] }>('TokensAnswer', {
  tokens: many(
    object<TokenInfo>('TokenInfo', {
      name: said,
      scopes: many(choice(...SCOPES)),
      createdMs: at,
      expiresMs: at,
    }),
  ),
})
export const NEW_TOKEN = object<{ readonly token: string }>('MadeToken', { token: said })

/** The service and its desk. */
export interface ServiceInfo {
  readonly organisation: string
  /** Process id of the service. */
  readonly pid: number
  /** When the service began. Unix milliseconds. */
  readonly sinceMs: number
}
export const SERVICE = object<ServiceInfo>('Service', { organisation: said, pid: at, sinceMs: at })
