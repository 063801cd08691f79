// What the command has of the world around it: streams, environment, clock and the end that Ctrl-C brings. docs/guide/rex-desk.md
import type { ReadStream, WriteStream } from 'node:tty'
import { coreDumpWarning } from '../process/index.ts'
import { type Line, warn } from './output/lines.ts'
import { printableJson } from './output/printable.ts'
import { render, wantsColour } from './output/screen.ts'

/** The surroundings of one run of the command. */
export interface Shell {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
  /** Names of places and editors; never secrets (T-119). */
  readonly environment: NodeJS.ProcessEnv
  /** Unix milliseconds. */
  readonly now: () => number
  /** Ends the run: Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
  /** The reader of the output has gone, such as `| head`. It ends a verb that only shows; no other notices (T-153). */
  readonly unread: AbortSignal
}

/** Writes lines for people to the output. */
export function show(shell: Shell, lines: readonly Line[]): void {
  shell.stdout.write(render(lines, { colour: wantsColour(shell.stdout, shell.environment) }))
}

/** Writes what is said beside the output: progress, warnings, questions. */
export function say(shell: Shell, lines: readonly Line[]): void {
  shell.stderr.write(render(lines, { colour: wantsColour(shell.stderr, shell.environment) }))
}

/** Warns where the process would dump core (T-151). */
export function sayIfCoreDumps(shell: Shell): void {
  const warning = coreDumpWarning()
  if (warning !== undefined) say(shell, [[warn('! '), warning]])
}

/** Writes one JSON document on one line. */
export function showJson(shell: Shell, value: unknown): void {
  shell.stdout.write(`${printableJson(value)}\n`)
}

/** Writes the answer of a verb in the form that was asked for. */
export function answer(shell: Shell, { json }: { json?: boolean }, { value, lines }: Answer): void {
  if (json === true) showJson(shell, value)
  else show(shell, lines)
}

/** An answer in both forms. Field names of `value` are stable. */
export interface Answer {
  readonly value: unknown
  readonly lines: readonly Line[]
}
