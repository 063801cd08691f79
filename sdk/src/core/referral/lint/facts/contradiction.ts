// Makes the finding about two parts that contradict each other. docs/spec/referral.md, "Lint"
import { type Finding, when } from '../finding.ts'

/** Returns, if `broken` is true, a warning that the values at two paths cannot both be true. */
export function contradiction(path: string, other: string, broken: boolean): Finding[] {
  return when(broken, 'contradiction', path, { other })
}
