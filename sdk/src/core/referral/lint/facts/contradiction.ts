// Makes the finding about two parts that contradict each other. docs/spec/referral.md, "Lint"
import { type Finding, when } from '../finding.ts'

/** Returns a warning that two places cannot both be true, if `broken`. */
export function contradiction(path: string, other: string, broken: boolean): Finding[] {
  return when(broken, 'contradiction', path, { other })
}
