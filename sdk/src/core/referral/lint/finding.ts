// Findings of the lint. docs/spec/referral.md, "Lint"
import { RexError } from '../../error.ts'
import type { Needs } from '../needs.ts'
import { checked } from '../schema/node.ts'
import type { Referral } from '../types.ts'
import { isPlain } from '../validate/check.ts'

/** One finding. */
export interface Finding {
  /** error: the referral cannot be sent; warning: the recipient will probably ask; info: for information. */
  readonly severity: 'error' | 'warning' | 'info'
  readonly path: string
  /** Description of the problem, for people. */
  readonly message: string
  /** The remedy. */
  readonly fix: string
}

/** A rule of the lint. */
export type Findings = (referral: Referral, now?: number) => Finding[]

/** Published needs of a recipient, and the sections it will get. */
export interface RecipientNeeds {
  /** Its name in messages. Default: "the recipient". */
  readonly organisation?: string
  /** Default: it takes all kinds and needs nothing. */
  readonly needs?: Needs
  /** Section types granted or promised to it. Default: all. */
  readonly sections?: readonly string[]
  /** Versions of the code lists that it supports. Default: those of this version. */
  readonly codeLists?: Readonly<Record<string, number>>
}

/** The needs of one recipient, or of several. */
export const NEEDS_OF_RECIPIENTS = checked<RecipientNeeds | readonly RecipientNeeds[]>((value) =>
  [value].flat().every(isNeedsOfRecipient)
    ? undefined
    : 'must be the needs of a recipient, as it publishes them, or a list of them',
)

function isNeedsOfRecipient(value: unknown): boolean {
  if (!isPlain(value)) return false
  const { organisation, needs, sections, codeLists } = value
  return (
    (organisation === undefined || typeof organisation === 'string') &&
    (needs === undefined || (isPlain(needs) && Object.values(needs).every(isKindNeeds))) &&
    (sections === undefined || isTexts(sections)) &&
    (codeLists === undefined ||
      (isPlain(codeLists) && Object.values(codeLists).every((version) => Number.isSafeInteger(version))))
  )
}

function isKindNeeds(value: unknown): boolean {
  return isPlain(value) && [value.must, value.should].every((paths) => paths === undefined || isTexts(paths))
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

/** A finding if a condition holds. */
export function when(broken: boolean, finding: Finding): Finding[] {
  return broken ? [finding] : []
}

/** A finding that prevents sending. */
export const error = (path: string, message: string, fix: string): Finding => ({
  severity: 'error',
  path,
  message,
  fix,
})

/** A finding that the recipient will probably ask about. */
export const warning = (path: string, message: string, fix: string): Finding => ({
  severity: 'warning',
  path,
  message,
  fix,
})

/** A finding for information. */
export const info = (path: string, message: string, fix: string): Finding => ({
  severity: 'info',
  path,
  message,
  fix,
})

/** An object that may give reasons for absence. */
interface Explained {
  readonly absent?: Readonly<Record<string, string | undefined>>
}

/**
 * The finding for a recommended field without a value (REX-REF-091). Not asked: it can still be asked. Not known: the recipient should
 * expect that. Declined, withheld or not applicable: that is an answer, without a finding.
 */
export function missing(
  value: object,
  field: string,
  { path, why }: { path: string; why: string },
): Finding[] {
  if ((value as Readonly<Record<string, unknown>>)[field] !== undefined) return []
  const reason = (value as Explained).absent?.[field]
  const where = path === '' ? field : `${path}.${field}`
  if (reason === undefined)
    return [warning(where, `is missing; ${why}`, 'Fill it in, or state in "absent" why it has no value.')]
  if (reason === 'not-asked')
    return [warning(where, `was not asked; ${why}`, 'Ask before sending, if that is safe.')]
  return reason === 'unknown'
    ? [info(where, 'is not known', 'Nothing, unless somebody else may know it.')]
    : []
}

/** Refuses a referral with an error among its findings (REX-REF-090). @throws RexError INVALID_REFERRAL with the path of the first */
export function refuseBroken({ findings }: { readonly findings: readonly Finding[] }): void {
  const broken = findings.find(({ severity }) => severity === 'error')
  if (broken === undefined) return
  const { path, message, fix } = broken
  throw new RexError('INVALID_REFERRAL', `${path} ${message}.`, { path, hint: fix })
}
