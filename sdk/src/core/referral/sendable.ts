// Checks whether a draft can be sent, as far as that does not depend on its recipients. docs/spec/referral.md, "Validation"

import type { Words } from './lint/leaks/ordinary.ts'
import { CONFIRMED, findingsOf, WORDS } from './lint/lint.ts'
import { mediaFindings } from './lint/media.ts'
import { PROBLEMS_REPORTED, type Problem, problemsOf } from './messages/problem.ts'
import { expandPresets, type Presets } from './presets.ts'
import { checked } from './schema/node.ts'
import type { Referral } from './types.ts'
import { checkArguments, instant } from './validate/argument.ts'
import { plainReferral } from './validate/plain.ts'
import { checkReferral, UNKNOWN_CODES, type ValidateOptions, type Validation } from './validate/validate.ts'

/** Options for validating a draft before sending. */
export interface SendableOptions extends ValidateOptions {
  /** The organisation's presets. Default: only the built-in presets. */
  readonly presets?: Presets
  /** Unix milliseconds, to find expired content. Default: not checked. */
  readonly now?: number
  /** Further ordinary words that are also names (`@rex/sdk/referral/words`). */
  readonly words?: Words
  /** Ids of findings that a person has confirmed (REX-REF-143). */
  readonly confirm?: readonly string[]
}

/**
 * Checks a draft as `send` does (REX-REF-055): fields, preset names, media and lint errors. `send` only adds checks that depend
 * on the recipients and the time. The result's `referral` is the draft with its presets expanded. Use `unknownCodes: 'keep'`
 * for a referral from another organisation. In that case, only the fields are checked, because a receiver must accept a
 * referral with other problems (REX-REF-010).
 * @throws RexError CONFIG_INVALID for the options
 */
export function validate(draft: unknown, options: SendableOptions = {}): Validation {
  checkArguments(
    {
      unknownCodes: UNKNOWN_CODES,
      presets: checked(() => undefined),
      now: instant,
      confirm: CONFIRMED,
      words: WORDS,
    },
    options,
  )
  try {
    return validated(plainReferral(draft), options)
  } catch (error) {
    const problems = problemsOf(error)
    if (problems.length === 0) throw error
    return { ok: false, problems }
  }
}

/** Validates a copy of a draft. @throws RexError INVALID_REFERRAL for an unknown preset */
function validated(
  draft: unknown,
  { unknownCodes = 'refuse', presets, ...how }: SendableOptions,
): Validation {
  if (unknownCodes === 'keep') return checkReferral(draft, { unknownCodes })
  const validation = checkReferral(expandPresets(draft, presets).referral)
  if (!validation.ok) return validation
  const problems = errorsOf(validation.referral, how)
  return problems.length === 0 ? validation : { ok: false, problems: problems.slice(0, PROBLEMS_REPORTED) }
}

function errorsOf(referral: Referral, how: Pick<SendableOptions, 'now' | 'confirm' | 'words'>): Problem[] {
  return [...mediaFindings(referral), ...findingsOf(referral, how)]
    .filter(({ severity }) => severity === 'error')
    .map(({ path, code, message, values }) => ({ path, code, message, values }))
}
