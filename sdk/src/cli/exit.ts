// How a run ends: the exit code, and the output for an error. docs/guide/rex-desk.md, "Exit codes"

import { CommanderError } from 'commander'
import { RexError } from '../core/error.ts'
import { problemsOf } from '../core/referral/index.ts'
import { describeSystemError, isSystemError, remedyOf } from '../core/system-error.ts'
import { translateError } from './language/errors.ts'
import { t } from './language/language.ts'
import { bad, block, dim, type Line } from './output/lines.ts'

const MOST_PROBLEMS = 10

/** Exit codes of the command: 75 is EX_TEMPFAIL of sysexits(3), 130 is 128 + SIGINT. */
export const EXIT = { ok: 0, refused: 1, usage: 2, tryAgain: 75, interrupted: 130 } as const

/** Error for invalid usage of the command line. `hint` says what to type. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** Error of a run that has already reported the failure to the user. */
export class AlreadyReported extends Error {
  override readonly name = 'AlreadyReported'
  readonly exitCode: number

  constructor(exitCode: number = EXIT.refused) {
    super()
    this.exitCode = exitCode
  }
}

/** Wraps an error, and sets the exit code of the run. */
export class Graver extends Error {
  override readonly name = 'Graver'
  override readonly cause: unknown
  readonly exitCode: number

  constructor(cause: unknown, exitCode: number) {
    super()
    this.cause = cause
    this.exitCode = exitCode
  }
}

/** Returns the error that Ctrl-C at a prompt throws. */
export function interrupted(): DOMException {
  return new DOMException('Interrupted.', 'AbortError')
}

/** Returns the exit code for an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof UsageError) return EXIT.usage
  if (error instanceof AlreadyReported || error instanceof Graver) return error.exitCode
  if (isInterruption(error)) return EXIT.interrupted
  // A damaged or unreadable store needs a person, although a gateway with such a store asks its partners to try again.
  if (!RexError.is(error) || error.reason === 'STORE_FAILED') return EXIT.refused
  return error.retryable ? EXIT.tryAgain : EXIT.refused
}

/** Returns the error output for people: one sentence for the problem, one for the remedy, and the path of the field if there is one. */
export function errorLines(thrown: unknown): Line[] {
  const error = withoutGraver(thrown)
  if (isHelp(error) || isInterruption(error) || error instanceof AlreadyReported) return []
  const { message: english, hint: advice, path } = explain(error)
  const reason = RexError.is(error) ? error.reason : undefined
  const { message, hint } = translateError(reason, { message: english, hint: advice })
  return [
    [bad('rex-desk: '), message],
    ...(path === undefined || english.includes(path) ? [] : [[dim(`  ${t`at`} `), path]]),
    ...problemLines(error),
    ...block(hint),
  ]
}

/** Lists all problems of a referral, if the message of the error does not name all of them. */
function problemLines(error: unknown): Line[] {
  const problems = problemsOf(error)
  if (problems.length < 2) return []
  return problems.slice(1, MOST_PROBLEMS).map(({ path, message }) => `  ${path} ${message}`)
}

/** Returns the error output for programs. */
export function errorJson(thrown: unknown): unknown {
  const error = withoutGraver(thrown)
  const { message, hint, path } = explain(error)
  const reason =
    error instanceof UsageError || error instanceof CommanderError ? 'USAGE' : RexError.from(error).reason
  return {
    error: {
      reason,
      message,
      hint,
      ...(path !== undefined && { path }),
      ...(problemsOf(error).length > 0 && { problems: problemsOf(error) }),
      exitCode: exitCodeOf(thrown),
    },
  }
}

function withoutGraver(error: unknown): unknown {
  return error instanceof Graver ? error.cause : error
}

function explain(error: unknown): { message: string; hint: string; path?: string | undefined } {
  if (error instanceof UsageError) return error
  if (error instanceof CommanderError) return misuse(error)
  if (isSystemError(error)) return { message: describeSystemError(error), hint: remedyOf(error) }
  if (!RexError.is(error))
    return {
      message: 'This should not have happened.',
      hint: 'Run the command again with REX_DESK_TRACE=1, and report the output.',
    }
  return error
}

/** Converts Commander's two lines, such as `error: unknown command 'acept'` and `(Did you mean accept?)`, to a message and a hint. */
function misuse({ message }: CommanderError): { message: string; hint: string } {
  const [first = '', second] = message.replace(/^error: /, '').split('\n')
  const sentence = `${first[0]?.toUpperCase()}${first.slice(1)}`
  return {
    message: sentence.endsWith('.') ? sentence : `${sentence}.`,
    hint: second?.replace(/^\((.*)\)$/, '$1') ?? 'Add --help to see its usage.',
  }
}

function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && /^commander\.(help|helpDisplayed|version)$/.test(error.code)
}

function isInterruption(error: unknown): boolean {
  return (error instanceof Error && error.name === 'AbortError') || RexError.is(error, 'CANCELLED')
}
