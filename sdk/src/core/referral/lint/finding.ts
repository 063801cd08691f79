// Findings of the lint. docs/spec/referral.md, "Findings"
import { RexError } from '../../input/refusal.ts'
import type { Entry, Severity } from '../messages/entry.ts'
import { filled } from '../messages/filled.ts'
import { CATALOGUE, type CommonCode, type FindingCode, PHRASES } from '../messages/findings.ts'
import type { Referral } from '../types.ts'

/** A finding. */
export interface Finding {
  /** Machine code, the same in all versions and languages (REX-REF-140). */
  readonly code: FindingCode
  /** `error`: the referral cannot be sent. `warning`: the recipient will probably ask. `info`: for information. */
  readonly severity: Severity
  readonly path: string
  /** Description of the problem, for people. */
  readonly message: string
  /** The remedy. */
  readonly fix: string
  /** Values of the placeholders in `message` and `fix`, such as the path of a second field, or a `suggestion` that replaces the field's value. */
  readonly values: Readonly<Record<string, string>>
  /** Number of places with this finding; `path` is the first. */
  readonly count: number
  /** The id by which a person can confirm that the finding does not apply (REX-REF-143). Absent if this finding cannot be confirmed away. */
  readonly id?: string
}

/** A rule of the lint. */
export type Findings = (referral: Referral, now?: number) => Finding[]

/** The rules of `@rex/sdk/referral/warnings`. Empty unless the program imports that entry point. */
let warnings: readonly Findings[] = []

/** Sets the rules that find only warnings and information, for the whole program. This does not change which referrals can be sent. */
export function warnBy(rules: readonly Findings[]): void {
  warnings = rules
}

/** Returns the findings of the rules of `warnBy`. */
export function warningFindings(referral: Referral, now?: number): Finding[] {
  return warnings.flatMap((rule) => rule(referral, now))
}

/** Makes the finding for a code at a path, in English. */
export function finding(code: CommonCode, path: string, values: Finding['values'] = {}): Finding {
  return findingOf(code, CATALOGUE[code], path, values)
}

/** Makes a finding from its severity and texts, in English. */
export function findingOf(
  code: FindingCode,
  [severity, message, fix]: Entry,
  path: string,
  values: Finding['values'],
): Finding {
  const said = (text: string) => filled(text, values, PHRASES)
  return { code, severity, path, message: said(message), fix: said(fix), values, count: 1 }
}

/** Makes a finding if `broken` is true. */
export function when(broken: boolean, code: CommonCode, path: string, values?: Finding['values']): Finding[] {
  return broken ? [finding(code, path, values)] : []
}

/** An object that may give reasons for absence. */
interface Explained {
  readonly absent?: Readonly<Record<string, string | undefined>>
}

/**
 * Returns the finding for a recommended field without a value (REX-REF-091). If the absence reason says that nobody asked, the sender can
 * still ask; if the answer is unknown, the finding prepares the recipient for that. The reasons "declined", "withheld" and "not applicable"
 * count as an answer and give no finding.
 */
export function missing(
  value: object,
  field: string,
  { path, why }: { path: string; why: keyof typeof PHRASES },
): Finding[] {
  if ((value as Readonly<Record<string, unknown>>)[field] !== undefined) return []
  const reason = (value as Explained).absent?.[field]
  const where = path === '' ? field : `${path}.${field}`
  if (reason === undefined) return [finding('field-missing', where, { why })]
  if (reason === 'not-asked') return [finding('field-not-asked', where, { why })]
  return reason === 'unknown' ? [finding('field-unknown', where)] : []
}

/** Rejects a referral that has an error among its findings (REX-REF-090). @throws RexError INVALID_REFERRAL with the path of the first error */
export function refuseBroken({ findings }: { readonly findings: readonly Finding[] }): void {
  const broken = findings.find(({ severity }) => severity === 'error')
  if (broken === undefined) return
  const { path, message, fix } = broken
  throw new RexError('INVALID_REFERRAL', `${path} ${message}.`, { path, hint: fix })
}
