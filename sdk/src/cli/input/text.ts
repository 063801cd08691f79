// Reads free texts from standard input, an editor or the keyboard, but never from arguments (T-119). docs/guide/rex-desk.md, "Texts"

import { createInterface } from 'node:readline'
import { JSON_BYTES } from '../../core/input/json.ts'
import { decodeText } from '../../core/input/text.ts'
import { readBounded } from '../../process/read-file.ts'
import { interrupted, UsageError } from '../exit.ts'
import { t } from '../language/language.ts'
import { dim, type Line } from '../output/lines.ts'
import { type Shell, say } from '../shell.ts'
import { chosenEditor, type EditableText, edit } from './editor.ts'

/** Size limit of files and standard input. */
export const INPUT = { path: 'The input', limit: JSON_BYTES }

/** Reads a required text. @throws UsageError if the text is empty */
export async function readText(shell: Shell, given: EditableText): Promise<string> {
  const text = await readWhole(shell, given)
  if (text === '')
    throw new UsageError(
      'The text is empty; nothing was sent.',
      'Write the text, or give it on standard input.',
    )
  return text
}

async function readWhole(shell: Shell, given: EditableText): Promise<string> {
  if (!shell.stdin.isTTY) return (await readInput(shell, 'the text')).trim()
  const editor = chosenEditor(shell.environment)
  return editor === undefined ? await typed(shell, given) : await edit(editor, given, shell.environment)
}

const takenFor = new WeakMap<object, string>()

/**
 * Reads all of standard input as text. `purpose` names the reader, such as `--passphrase-stdin`.
 * @throws UsageError if another option has already read it; RexError LIMIT_EXCEEDED beyond 8 MiB, MALFORMED if it is not UTF-8
 */
export async function readInput(shell: Shell, purpose: string): Promise<string> {
  return inputText(await readInputBytes(shell, purpose))
}

/** Does the same as `readInput`, but returns bytes. */
export async function readInputBytes({ stdin }: Shell, purpose: string): Promise<Uint8Array> {
  const before = takenFor.get(stdin)
  if (before !== undefined)
    throw new UsageError(`${before} and ${purpose} both read standard input.`, 'Give one of them in a file.')
  takenFor.set(stdin, purpose)
  return await readBounded(stdin, INPUT)
}

/** Decodes UTF-8 bytes from a file or standard input. @throws RexError LIMIT_EXCEEDED beyond 8 MiB, MALFORMED */
export function inputText(bytes: Uint8Array, bounds = INPUT): string {
  return decodeText(bytes, bounds)
}

async function typed(shell: Shell, { text = '', help }: EditableText): Promise<string> {
  const lines = createInterface({ input: shell.stdin, output: shell.stderr, terminal: true, historySize: 0 })
  const end = new AbortController()
  lines.on('SIGINT', () => {
    end.abort()
    lines.close()
  })
  say(shell, [
    ...help.map((line): Line => [dim(line)]),
    [dim(t`Type the text; Ctrl-D on an empty line ends it.`)],
  ])
  if (text !== '') lines.write(text)
  const typedLines: string[] = []
  for await (const line of lines) typedLines.push(line)
  if (end.signal.aborted) throw interrupted()
  return typedLines.join('\n').trim()
}
