// The environment of the command: streams, environment variables, clock, and interruption by Ctrl-C. docs/guide/rex-desk.md
import type { ReadStream, WriteStream } from 'node:tty'
import { coreDumpWarning } from '../process/index.ts'
import { type Line, warn } from './output/lines.ts'
import { printableJson } from './output/printable.ts'
import { columnsOf, render, wantsColour } from './output/screen.ts'

/** The environment of one run. */
export interface Shell {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
  /** Environment variables with names of directories and editors, but never secrets (T-119). */
  readonly environment: NodeJS.ProcessEnv
  /** Returns the current time. Unix milliseconds. */
  readonly now: () => number
  /** Aborted by Ctrl-C or SIGTERM, to end the run. */
  readonly signal: AbortSignal
  /** Aborted when the reader of the output has gone, as with `| head`. This ends verbs that only display something; other verbs ignore it (T-153). */
  readonly unread: AbortSignal
}

/** Writes lines for people to the output. */
export function show(shell: Shell, lines: readonly Line[]): void {
  write(shell.stdout, lines, shell)
}

/** Writes progress, warnings and questions to standard error. */
export function say(shell: Shell, lines: readonly Line[]): void {
  write(shell.stderr, lines, shell)
}

function write(stream: WriteStream, lines: readonly Line[], { environment }: Shell): void {
  stream.write(render(lines, { colour: wantsColour(stream, environment), width: columnsOf(stream) }))
}

/** Warns if the process could dump core (T-151). */
export function sayIfCoreDumps(shell: Shell): void {
  const warning = coreDumpWarning()
  if (warning !== undefined) say(shell, [[warn('! '), warning]])
}

/** Writes one JSON document on one line. */
export function showJson(shell: Shell, value: unknown): void {
  shell.stdout.write(`${printableJson(value)}\n`)
}

/** Writes the answer of a verb in the requested format. */
export function answer(shell: Shell, { json }: { json?: boolean }, { value, lines }: Answer): void {
  if (json === true) showJson(shell, value)
  else show(shell, lines)
}

/** An answer in both formats. The field names of `value` are stable. */
export interface Answer {
  readonly value: unknown
  readonly lines: readonly Line[]
}
