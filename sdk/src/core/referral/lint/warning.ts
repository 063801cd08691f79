// Findings that only the rules of @rex/sdk/referral/warnings make. docs/spec/referral.md, "Lint"
import { WARNINGS } from '../messages/warnings.ts'
import { type Finding, findingOf } from './finding.ts'

/** Makes a finding if `broken` is true. */
export function warnWhen(
  broken: boolean,
  code: keyof typeof WARNINGS,
  path: string,
  values: Finding['values'] = {},
): Finding[] {
  return broken ? [findingOf(code, WARNINGS[code], path, values)] : []
}
