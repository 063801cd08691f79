// The form of the entries in the tables of findings. docs/spec/referral.md, "Findings"

/** `error`: the referral cannot be sent. `warning`: the recipient will probably ask. `info`: for information. */
export type Severity = 'error' | 'warning' | 'info'

/** Severity, message (which follows the path) and remedy. A placeholder `{name}` is replaced by the value called `name`. */
export type Entry = readonly [severity: Severity, message: string, fix: string]

/** The remedy of findings about wrong dates. */
export const CORRECT_DATE = 'Correct the date.'
