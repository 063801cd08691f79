// Findings of the lint. docs/spec/referral.md, "Lint"
import { RexError } from '../../error.ts'
import type { Needs } from '../needs.ts'
import type { Referral } from '../types.ts'

/** One finding. */
export interface Finding {
  /** error: not to be sent like this; warning: the recipient will probably ask; info: good to know. */
  readonly severity: 'error' | 'warning' | 'info'
  readonly path: string
  /** What is wrong, for people. */
  readonly message: string
  /** What to do. */
  readonly fix: string
}

/** A rule of the lint. */
export type Findings = (referral: Referral, now?: number) => Finding[]

/** What a recipient publishes of what it needs, and what it will get. */
export interface RecipientNeeds {
  /** Who it is, in messages. Default: "the recipient". */
  readonly organisation?: string
  /** Default: it takes all kinds and needs nothing. */
  readonly needs?: Needs
  /** Section types that it is given at once or promised. Default: all. */
  readonly sections?: readonly string[]
  /** Versions of the code lists that it understands. Default: those of this version. */
  readonly codeLists?: Readonly<Record<string, number>>
}

/** A finding if a condition holds. */
export function when(broken: boolean, finding: Finding): Finding[] {
  return broken ? [finding] : []
}

/** A finding that forbids to send. */
export const error = (path: string, message: string, fix: string): Finding => ({
  severity: 'error',
  path,
  message,
  fix,
})

/** A finding that the recipient will stumble over. */
export const warning = (path: string, message: string, fix: string): Finding => ({
  severity: 'warning',
  path,
  message,
  fix,
})

/** A finding that is good to know. */
export const info = (path: string, message: string, fix: string): Finding => ({
  severity: 'info',
  path,
  message,
  fix,
})

/** Something that may give reasons for absence. */
interface Explained {
  readonly absent?: Readonly<Record<string, string | undefined>>
}

/**
 * What is said about a wanted field that has no value (REX-REF-091): nobody asked, which can be helped; not known, which the
 * recipient should expect; declined, withheld or not applicable, which is an answer.
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
    return [warning(where, `is missing; ${why}`, 'Fill it in, or say in "absent" why it is not there.')]
  if (reason === 'not-asked')
    return [warning(where, `was not asked; ${why}`, 'Ask before sending, if that is safe.')]
  return reason === 'unknown' ? [info(where, 'is not known', 'Nothing, unless somebody else may know.')] : []
}

/** A referral with an error in its findings is not sent (REX-REF-090). @throws RexError INVALID_REFERRAL with the path of the first */
export function refuseBroken({ findings }: { readonly findings: readonly Finding[] }): void {
  const broken = findings.find(({ severity }) => severity === 'error')
  if (broken === undefined) return
  const { path, message, fix } = broken
  throw new RexError('INVALID_REFERRAL', `${path} ${message}.`, { path, hint: fix })
}
