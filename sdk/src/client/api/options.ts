// The single table of the options of all public functions, checked before anything is stored. docs/guide/desk.md

import { readEntityId } from '../../core/identifier.ts'
import { wordsOf } from '../../core/input/words.ts'
import { SUITES } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Draft } from '../../core/referral/index.ts'
import { deskProblem, invalidReferral, type Problem, problem } from '../../core/referral/messages/problem.ts'
import { namesPreset } from '../../core/referral/presets.ts'
import {
  checked,
  choice,
  code,
  flag,
  integer,
  list,
  object,
  required,
} from '../../core/referral/schema/node.ts'
import { PARTIAL_REFERRAL } from '../../core/referral/schema/schema.ts'
import { check, isPlain } from '../../core/referral/validate/check.ts'
import { plainReferral } from '../../core/referral/validate/plain.ts'
import {
  anything,
  callback,
  checkInput,
  hex,
  label,
  listOrNone,
  matching,
  organisation,
  signal,
  time,
} from '../../core/shape.ts'
import { STATES, type State } from '../../core/thread/transitions.ts'
import type { ChangesOptions, ReadChangesOptions } from './changes.ts'
import type { BackupOptions, ConnectOptions, ThreadsOptions } from './desk.ts'
import { ERASE_REASONS, type ErasedThread, type EraseInput } from './erasure.ts'
import { REVOKE_REASONS, type RevokeInput } from './keys.ts'
import type { GroupOptions, SendOptions, To } from './sending.ts'
import { CONFIRM, KEY } from './verbs.ts'

const HOUR = 3_600_000
const MOST_LISTED = 1_000_000
const TYPES = list(code('section-type'), LIMITS.sections)

/** A recipient with its sections. */
export const TO = object<To>('To', {
  organisation: required(organisation),
  sections: { ...TYPES, mayBeEmpty: true },
  staged: { ...TYPES, mayBeEmpty: true },
})

export const SEND_FIELDS = {
  to: required(anything<SendOptions['to']>()),
  key: KEY,
  ref: label(255),
  minimumSuite: choice(...SUITES),
  // The minimum catches a lifetime given in seconds by mistake.
  lifetimeMs: integer(HOUR, LIMITS.maxLifetime),
  follows: hex(32, 'the id of a thread'),
  confirm: CONFIRM,
}
const SEND = object<SendOptions>('SendOptions', SEND_FIELDS)
const GROUP = object<GroupOptions>('GroupOptions', {
  ...SEND_FIELDS,
  shared: anything<Partial<Draft>>(),
})

/**
 * Checks the options of a send, including the sections of each recipient.
 * @throws RexError INVALID_REFERRAL with the path of the first problem
 */
export function checkSend<Options extends SendOptions>(
  given: Options,
  node = SEND,
): Options & { readonly to: readonly To[] } {
  const options = plainReferral(given)
  const problems = check(node, options, '', 'refuse')
  const { to } = Object(options) as Partial<SendOptions>
  if (to !== undefined) problems.push(...toProblems(to))
  if (problems.length > 0) throw invalidReferral(problems)
  return { ...options, to: addressees(options.to) }
}

/** Checks that a draft is an object. `parseReferral` checks its fields later, once presets are expanded. @throws RexError INVALID_REFERRAL */
export function checkDraft<T extends Partial<Draft>>(given: T): T {
  const draft = plainReferral(given)
  if (!isPlain(draft)) throw invalidReferral([problem('', 'object')])
  return draft
}

/** Checks the options of a group, as `checkSend` does, and its siblings. @throws RexError INVALID_REFERRAL */
export function checkGroup(given: readonly Partial<Draft>[], options: GroupOptions) {
  const checkedOptions = checkSend(options, GROUP)
  const problems = sharedProblems(checkedOptions.shared)
  if (problems.length > 0) throw invalidReferral(problems)
  const siblings = plainReferral(given)
  if (!Array.isArray(siblings)) throw invalidReferral([problem('siblings', 'list')])
  const strange = siblings.findIndex((one) => !isPlain(one))
  if (strange >= 0) throw invalidReferral([problem(`siblings[${strange}]`, 'object')])
  return { siblings, options: checkedOptions }
}

/** Checks the shared sections separately, because no other check sees a shared section that every sibling replaces. */
function sharedProblems(shared: unknown): Problem[] {
  if (shared === undefined) return []
  // A text in place of a section is the name of a preset, so there is no section to check.
  const fields = isPlain(shared)
    ? Object.entries(shared).filter(([name, value]) => !namesPreset(name, value))
    : []
  return check(PARTIAL_REFERRAL, isPlain(shared) ? Object.fromEntries(fields) : shared, 'shared', 'refuse')
}

function toProblems(to: unknown): Problem[] {
  if (!Array.isArray(to)) return oneTo(to, 'to')
  if (to.length === 0) return [deskProblem('to', 'no-recipient')]
  if (to.length > LIMITS.recipients) return [problem('to', 'entries', { max: `${LIMITS.recipients}` })]
  const problems = to.flatMap((one, i) => oneTo(one, `to[${i}]`))
  if (problems.length > 0) return problems
  const named = addressees(to).map((one) => one.organisation)
  return new Set(named).size < named.length ? [deskProblem('to', 'recipient-twice')] : []
}

function oneTo(to: unknown, path: string): Problem[] {
  const problems = check(typeof to === 'string' ? organisation : TO, to, '', 'refuse')
  return problems.map((one) => ({ ...one, path: one.path === '' ? path : `${path}.${one.path}` }))
}

function addressees(to: SendOptions['to']): To[] {
  const all = (Array.isArray(to) ? to : [to]) as readonly (string | To)[]
  return all.map((one) => {
    const named = typeof one === 'string' ? { organisation: one } : one
    return { ...named, organisation: readEntityId(named.organisation, 'to') }
  })
}

const PATH = label(4096)
/** A command-line argument: any text without NUL. */
const PARAMETER = checked<string>((value) =>
  typeof value === 'string' && !value.includes('\0') ? undefined : 'must be text without NUL',
)

const CONNECT = object<ConnectOptions>('ConnectOptions', {
  directory: required(PATH),
  unlock: required(callback<ConnectOptions['unlock']>()),
  takeOver: checked<string>((value) =>
    typeof value === 'string' && /^([0-9a-f]{8,64}|none)$/.test(value)
      ? undefined
      : 'must be the credential of the desk that is shut out, as LEASE_LOST names it',
  ),
  log: callback<NonNullable<ConnectOptions['log']>>(),
  signal,
})
const RECEIVE = object<{ readonly concurrency?: number; readonly signal?: AbortSignal }>('ReceiveOptions', {
  concurrency: integer(1, 1_000_000),
  signal,
})
const WAIT = object<{ readonly signal?: AbortSignal }>('WaitOptions', { signal })
const LINE = label(200)
/** A text to search for. Without a letter or digit it would match everything. */
const SEARCHED = checked<string>(
  (value) =>
    LINE.fault(value) ?? (wordsOf(value as string).length > 0 ? undefined : 'must have a letter or a digit'),
  LINE.schema,
)
const STATE_NAMES = Object.keys(STATES) as State[]
const LISTED = object<ThreadsOptions>('ThreadsOptions', {
  open: flag(),
  mine: flag(),
  limit: integer(1, MOST_LISTED),
  after: label(64),
  ref: label(255),
  idPrefix: checked<string>((value) =>
    typeof value === 'string' && /^[0-9a-f]{1,32}$/.test(value)
      ? undefined
      : 'must be 1 to 32 lower-case hexadecimal digits',
  ),
  counterpart: organisation,
  kind: code('referral-kind'),
  state: choice(...STATE_NAMES, 'unreadable'),
  responsible: organisation,
  due: time,
  text: SEARCHED,
  group: hex(32, 'the id of a group'),
})
const CHANGES = object<{ readonly since?: number }>('Changes', {
  since: integer(0, Number.MAX_SAFE_INTEGER),
})
const STREAM = { after: label(16), signal }
const READ = { ...STREAM, limit: integer(1, 1000), waitMs: integer(0, 60_000) }
const EXPORT = object<{ readonly sections?: boolean }>('ExportOptions', { sections: flag() })
const NAK = object<{ readonly delayMs?: number }>('Nak', { delayMs: integer(0, LIMITS.maxLifetime * 26) })
const PARK = object<{ readonly reason: string }>('Park', { reason: required(label(1000)) })
const ERASE = object<EraseInput>('EraseInput', {
  reason: required(choice(...ERASE_REASONS)),
  force: flag(),
})
const HOLD = object<{ readonly note?: string }>('HoldOptions', { note: label(1000) })
const ID = object<{ readonly id: string }>('Id', { id: required(label(255)) })
// Passphrases, kits, names and tokens are checked where they are read, with better error messages.
const AT = { directory: required(PATH) }
const MADE = object<object>('InitDesk', {
  ...AT,
  token: anything(),
  name: anything(),
  passphrase: anything(),
} as never)
const RETURNING = object<object>('EnrolDesk', { ...AT, passphrase: anything(), token: anything() } as never)
const OPENED = { passphrase: anything(), kit: anything() }
const RESTORED = object<object>('RestoreDesk', {
  ...AT,
  ...OPENED,
  token: anything(),
  backup: PATH,
  erased: PATH,
} as never)
const BACKED_UP = object<object>('BackupDesk', {
  ...AT,
  passphrase: anything(),
  file: required(PATH),
  overwrite: flag(),
  signal,
} as never)
const BACKUP = object<BackupOptions>('BackupOptions', { file: required(PATH), overwrite: flag(), signal })
const VERIFIED = object<object>('VerifyBackup', { ...OPENED, file: required(PATH) } as never)
const CHANGED = object<object>('ChangePassphrase', { from: anything(), to: anything() } as never)

const RECOVERED = object<object>('RecoverDesk', { ...AT, kit: anything(), passphrase: anything() } as never)
const RENEWED = object<object>('ReplaceKit', {
  ...AT,
  passphrase: anything(),
  keep: required(callback()),
} as never)

/** Options of the desk's public functions, by name. */
export const OPTIONS = {
  connect: CONNECT,
  receive: RECEIVE,
  caughtUp: WAIT,
  drain: WAIT,
  threads: LISTED,
  changes: CHANGES,
  deskChanges: object<ChangesOptions>('ChangesOptions', STREAM),
  readChanges: object<ReadChangesOptions>('ReadChangesOptions', READ),
  export: EXPORT,
  nak: NAK,
  erase: ERASE,
  hold: HOLD,
  retention: object<{ readonly limit?: number }>('RetentionOptions', { limit: integer(1, MOST_LISTED) }),
  erased: object<{ readonly limit?: number; readonly after?: ErasedThread }>('ErasedOptions', {
    limit: integer(1, MOST_LISTED),
    after: anything<ErasedThread>(),
  }),
  park: PARK,
  thread: ID,
  initDesk: MADE,
  restoreDesk: RESTORED,
  backup: BACKUP,
  backupDesk: BACKED_UP,
  verifyBackup: VERIFIED,
  enrolDesk: RETURNING,
  changePassphrase: CHANGED,
  recoverDesk: RECOVERED,
  replaceKit: RENEWED,
  keystore: object<{ readonly directory: string }>('Keystore', AT),
  fileUnlock: object<{ readonly path: string }>('FileUnlock', { path: required(PATH) }),
  credentialUnlock: object<{ readonly name: string }>('CredentialUnlock', {
    name: required(
      checked((value) =>
        typeof value === 'string' && /^(?!\.\.?$)[^/\p{Cc}]{1,255}$/u.test(value)
          ? undefined
          : 'must be the name of a credential',
      ),
    ),
  }),
  commandUnlock: object<{ readonly command: string; readonly args: readonly string[] }>('CommandUnlock', {
    command: required(PATH),
    args: required(listOrNone(PARAMETER, 1000)),
  }),
  revoke: object<RevokeInput>('RevokeInput', {
    reason: required(choice(...REVOKE_REASONS)),
    sinceMs: time,
    key: matching(/^[A-Za-z0-9_-]{43}$/, 'the name of a message key: 43 characters'),
    receiptKey: matching(/^[A-Za-z0-9_-]{43}$/, 'the name of a receipt key: 43 characters'),
  }),
  rotateEntity: object<{ readonly backup: BackupOptions }>('RotateEntity', { backup: required(BACKUP) }),
  promptUnlock: object<{ readonly question: string }>('PromptUnlock', { question: required(label(1000)) }),
  statements: object<{ readonly organisations: readonly string[] }>('Statements', {
    organisations: required(listOrNone(organisation, 1000)),
  }),
  unpair: object<{ readonly organisation: string }>('Unpair', { organisation: required(organisation) }),
} as const

/** Checks the options of a public function. @throws RexError CONFIG_INVALID with the path of the first problem */
export function checkOptions<T>(name: keyof typeof OPTIONS, options: T): T {
  return checkInput(OPTIONS[name], options, { reason: 'CONFIG_INVALID', subject: `The options of ${name}` })
}
