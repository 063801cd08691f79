// What people read: texts, tables, errors with what to do. docs/guide/gateway.md
import { styleText } from 'node:util'
import { describeSystemError, isSystemError, RexError } from '@rex/sdk/core'

/** Prints a line on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Prints one JSON object on a line. */
export function printJson(value: object): void {
  print(JSON.stringify(value))
}

/** Prints rows in columns under a heading; `nothing` if there are none. */
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

/** Emphasised on a terminal, plain elsewhere. */
export function strong(text: string): string {
  return styleText('bold', text, { stream: process.stdout })
}

/** A time as text; `never` for 0. */
export function time(ms: number): string {
  return ms === 0 ? 'never' : new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
}

/** Tells what went wrong and what to do; returns the exit code. */
export function fail(error: unknown): number {
  const { message, hint } = explain(error)
  process.stderr.write(`rex-gateway: ${message}\n${hint}\n`)
  return 1
}

function explain(error: unknown): { message: string; hint: string } {
  if (isSystemError(error))
    return { message: describeSystemError(error), hint: 'Check the path, its owner and its permissions.' }
  const { reason, message, hint, cause } = RexError.from(error)
  const origin = reason === 'INTERNAL' && cause instanceof Error ? ` (${cause.message})` : ''
  return { message: `${message}${origin}`, hint }
}
