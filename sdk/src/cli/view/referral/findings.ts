// Lint findings, the worst first. docs/guide/rex-desk.md
import type { Finding as Known } from '../../../core/referral/index.ts'
import { bad, block, dim, good, type Line, type Piece, warn } from '../../output/lines.ts'
import { counted } from '../words.ts'

/** A lint finding, or a problem of the file. */
type Finding = Pick<Known, 'severity' | 'path' | 'message' | 'fix' | 'id'>

const MARKS: Readonly<Record<Finding['severity'], Piece>> = {
  error: bad('error    '),
  warning: warn('warning  '),
  info: dim('info     '),
}

/** Shows each finding with its path and remedy. */
export function findingLines(findings: readonly Finding[]): Line[] {
  if (findings.length === 0) return [[good('Nothing to improve.')]]
  return [...findings.flatMap(findingLine), '', [summary(findings)]]
}

/** Returns the findings that prevent sending. */
export function errorsOf<T extends Pick<Known, 'severity'>>(findings: readonly T[]): T[] {
  return findings.filter(({ severity }) => severity === 'error')
}

function findingLine({ severity, path, message, fix, id }: Finding): Line[] {
  return [
    [MARKS[severity], `${path} ${message}`],
    ...block(fix, { indent: 9 }),
    ...(id === undefined ? [] : [[dim(`         --confirm ${id}`)]]),
  ]
}

function summary(findings: readonly Finding[]): Piece {
  const errors = errorsOf(findings).length
  const rest = findings.length - errors
  if (errors > 0) return bad(`${counted(errors, 'error')}: this cannot be sent.`)
  return warn(`${counted(rest, 'remark')}: this can be sent, but the recipient may ask.`)
}
