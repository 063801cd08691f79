// Lint findings, the worst first. docs/guide/rex-desk.md

import type { Finding as Known } from '../../../core/referral/index.ts'
import { later, t } from '../../language/language.ts'
import { bad, block, dim, good, type Line, type Piece, warn } from '../../output/lines.ts'
import { counted } from '../words.ts'

/** A lint finding, or a problem of the file. */
type Finding = Pick<Known, 'severity' | 'path' | 'message' | 'fix' | 'id'>

const MARKS: Readonly<Record<Finding['severity'], () => Piece>> = {
  error: () => bad(t`error    `),
  warning: () => warn(t`warning  `),
  info: () => dim(t`info     `),
}

/** Shows each finding with its path and remedy. */
export function findingLines(findings: readonly Finding[]): Line[] {
  if (findings.length === 0) return [[good(t`Nothing to improve.`)]]
  return [...findings.flatMap(findingLine), '', [summary(findings)]]
}

/** Returns the findings that prevent sending. */
export function errorsOf<T extends Pick<Known, 'severity'>>(findings: readonly T[]): T[] {
  return findings.filter(({ severity }) => severity === 'error')
}

function findingLine({ severity, path, message, fix, id }: Finding): Line[] {
  return [
    [MARKS[severity](), `${path} ${message}`],
    ...block(fix, { indent: 9 }),
    ...(id === undefined ? [] : [[dim(`         --confirm ${id}`)]]),
  ]
}

function summary(findings: readonly Finding[]): Piece {
  const errors = errorsOf(findings).length
  const rest = findings.length - errors
  if (errors > 0)
    return bad(
      counted(errors, later`{0} error: this cannot be sent.`, later`{0} errors: this cannot be sent.`),
    )
  return warn(
    counted(
      rest,
      later`{0} remark: this can be sent, but the recipient may ask.`,
      later`{0} remarks: this can be sent, but the recipient may ask.`,
    ),
  )
}
