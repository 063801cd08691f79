// Errors in the language of the run: the meaning of each reason, and the texts of those errors that are translated. docs/guide/rex-desk.md,
// "Languages"
import type { ErrorReason } from '../../core/error.ts'
import { languageOfRun, later, t } from './language.ts'

/** The meaning of each reason, in one sentence. */
export const MEANINGS: Readonly<Record<ErrorReason, string>> = {
  MALFORMED: later`This does not have the required form.`,
  NOT_CANONICAL: later`This is not encoded in the one permitted form.`,
  LIMIT_EXCEEDED: later`This is larger than permitted.`,
  UNSUPPORTED_VERSION: later`This comes from a version that this program does not support.`,
  UNOPENABLE: later`The envelope cannot be opened.`,
  KEY_EXPIRED: later`The key has expired.`,
  WRONG_RECIPIENT: later`This is addressed to somebody else.`,
  EXPIRED: later`The time for this is over.`,
  CLOCK_SKEW: later`The clocks of the two sides differ too much.`,
  ENVELOPE_CONFLICT: later`Another envelope has the same id.`,
  UNKNOWN_ORGANISATION: later`This organisation is not known here.`,
  PEER_MISMATCH: later`The certificate belongs to another organisation.`,
  UNAUTHENTICATED: later`The other side does not know this desk or this caller.`,
  PERMISSION_DENIED: later`This is not permitted.`,
  QUOTA_EXCEEDED: later`The other side accepts no more for now.`,
  OVERLOADED: later`There is too much to do at the moment.`,
  UNAVAILABLE: later`The other side cannot be reached.`,
  DEADLINE_EXCEEDED: later`It took too long.`,
  CANCELLED: later`It was cancelled.`,
  INTERNAL: later`An error that should not have happened.`,
  STORE_FAILED: later`The data on the disk could not be read or written.`,
  STORE_FULL: later`The disk is full.`,
  STORE_IN_USE: later`Another process uses this directory.`,
  STORE_TOO_NEW: later`A newer version of the program has written this data.`,
  LEASE_LOST: later`Another desk has the mailbox of your organisation.`,
  TOKEN_INVALID: later`The enrolment token is not valid.`,
  CERTIFICATE_INVALID: later`The certificate is not valid.`,
  KEY_INVALID: later`The key is not valid.`,
  KEY_CONFLICT: later`This idempotency key stands for something else.`,
  INVALID_REFERRAL: later`The referral is not valid.`,
  INVALID_EVENT: later`The referral does not allow this now.`,
  UNKNOWN_CODE: later`A code is not known here.`,
  CONTENT_REFUSED: later`This content must not be sent.`,
  HANDLING_REFUSED: later`The handling rules of the referral forbid this.`,
  POLICY_REFUSED: later`The recipient does not accept this.`,
  SUITE_UNAVAILABLE: later`The recipient does not support encryption that is strong enough.`,
  STATEMENT_INVALID: later`The statement of an organisation is not valid.`,
  STATEMENT_ROLLBACK: later`The statement of an organisation is older than the one that is known.`,
  UNLOCK_FAILED: later`The desk cannot be unlocked.`,
  CONFIG_INVALID: later`An option or a setting is not valid.`,
  ADDRESS_IN_USE: later`Another program uses this address.`,
  NOT_FOUND: later`This does not exist here.`,
  ALREADY_EXISTS: later`This exists already.`,
  EVIDENCE_INVALID: later`The evidence is not valid.`,
  FORK: later`Two histories of the same referral exist.`,
  GAP: later`A message is missing in between.`,
  SELF_TEST_FAILED: later`The cryptography of this computer does not work correctly.`,
  ERASED: later`This referral was erased.`,
}

/** The texts about an error, for people. */
interface Explained {
  readonly message: string
  readonly hint: string
}

/**
 * Returns the texts of an error. If its message is not translated, the meaning of its reason comes first, and the English
 * message follows.
 */
export function translateError(reason: ErrorReason | undefined, { message, hint }: Explained): Explained {
  if (languageOfRun() === undefined) return { message, hint }
  const said = translateText(message)
  const advice = translateText(hint) ?? hint
  if (said !== undefined || reason === undefined) return { message: said ?? message, hint: advice }
  return { message: t(MEANINGS[reason]), hint: `${advice}\n${t`In English: ${message}`}` }
}

/**
 * Translates a complete English text, such as the message of an error, by finding the template from which it was made. Returns undefined
 * if no template matches.
 */
export function translateText(english: string): string | undefined {
  const texts = languageOfRun()?.texts ?? {}
  if (Object.hasOwn(texts, english)) return t(english)
  const fitting = Object.keys(texts)
    .filter((key) => key.includes('{0}') && literalOf(key) > 8)
    .sort((a, b) => literalOf(b) - literalOf(a))
  for (const key of fitting) {
    const values = formOf(key).exec(english)
    if (values !== null)
      return t(key, ...values.slice(1).map((value) => (value.endsWith('.') && translateText(value)) || value))
  }
  return undefined
}

/** Returns the number of characters of a template, without its placeholders. */
const literalOf = (key: string): number => key.replaceAll(/\{\d\}/g, '').length

/** Returns an expression that matches every text made from a template. Its groups capture the values, in the order of their numbers. */
function formOf(key: string): RegExp {
  const parts = key.split(/\{\d\}/).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('(.*?)')}$`, 's')
}
