// Prints output for people: text, tables, and errors that say what to do. docs/guide/gateway.md
import { styleText } from 'node:util'
import { describeSystemError, isSystemError, RexError, remedyOf } from '@rex/sdk/core'
import { CommanderError } from 'commander'

/** Prints a line on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Prints one JSON object as a line. */
export function printJson(value: object): void {
  print(JSON.stringify(value))
}

/** Prints rows in columns under a heading, or `nothing` if there are no rows. */
export function printTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  nothing: string,
): void {
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  print(rows.length === 0 ? nothing : strong(line(heading)))
  for (const row of rows) print(line(row))
}

/** Returns text emphasised on a terminal, unchanged elsewhere. */
export function strong(text: string): string {
  return styleText('bold', text, { stream: process.stdout })
}

/** Formats a time with its zone; `never` for 0. */
export function time(ms: number): string {
  return ms === 0 ? 'never' : `${cell(ms)} UTC`
}

/** Formats a time for a column whose heading states the zone, UTC; `never` for 0. */
export function cell(ms: number): string {
  return ms === 0 ? 'never' : new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
}

/** An error of the command line, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string

  constructor({ message, hint }: RexError) {
    super(message)
    this.hint = hint
  }
}

/** Exit codes other than 0 and those of `status`. */
export const EXIT = { failed: 1, usage: 2 } as const

/** Prints the error and what to do about it, for programs as one JSON object. Returns the exit code. */
export function fail(error: unknown, { json = false }: { readonly json?: boolean | undefined } = {}): number {
  const explained = explain(error)
  const isUsage = error instanceof CommanderError || error instanceof UsageError
  const exitCode = isUsage ? EXIT.usage : EXIT.failed
  if (json)
    process.stderr.write(`${JSON.stringify({ error: { ...explained, exitCode } })}
`)
  // Print nothing for an error of commander, which has already printed it.
  else if (!(error instanceof CommanderError))
    process.stderr.write(`rex-gateway: ${explained.message}\n${explained.hint}\n`)
  return exitCode
}

/** Removes terminal control characters, except line breaks, from text that repeats user input (T-122). */
export function printable(text: string): string {
  return text.replace(
    /(?!\n)[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}

/** Describes an error for people. */
export function explain(error: unknown): { reason: string; message: string; hint: string; path?: string } {
  const { message, hint, ...rest } = described(error)
  return { ...rest, message: printable(message), hint: printable(hint) }
}

function described(error: unknown): { reason: string; message: string; hint: string; path?: string } {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '')
    return { reason: 'USAGE', message, hint: 'Try `rex-gateway --help`.' }
  }
  if (error instanceof UsageError) return { reason: 'USAGE', message: error.message, hint: error.hint }
  if (isSystemError(error))
    return { reason: 'CONFIG_INVALID', message: describeSystemError(error), hint: remedyOf(error) }
  const { reason, message, hint, path, cause } = RexError.from(error)
  const origin = reason === 'INTERNAL' && cause instanceof Error ? ` (${cause.message})` : ''
  return { reason, message: `${message}${origin}`, hint, ...(path !== undefined && { path }) }
}
