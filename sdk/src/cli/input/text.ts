// Texts of people: from standard input, their editor, or typed; never from arguments (T-119). docs/guide/rex-desk.md, "Texts"
import { createInterface } from 'node:readline'
import { RexError } from '../../core/error.ts'
import { interrupted, UsageError } from '../exit.ts'
import { dim, type Line } from '../output/lines.ts'
import { type Shell, say } from '../shell.ts'
import { chosenEditor, type Draft, edit } from './editor.ts'

const MAX_INPUT = 1024 * 1024

/** A text that must be there. @throws UsageError when it is empty */
export async function readText(shell: Shell, draft: Draft): Promise<string> {
  const text = await readWhole(shell, draft)
  if (text === '')
    throw new UsageError(
      'The text is empty; nothing was sent.',
      'Write a text, or give it on standard input.',
    )
  return text
}

async function readWhole(shell: Shell, draft: Draft): Promise<string> {
  if (!shell.stdin.isTTY) return (await readInput(shell, 'the text')).trim()
  const editor = chosenEditor(shell.environment)
  return editor === undefined ? await typed(shell, draft) : await edit(editor, draft, shell.environment)
}

const takenFor = new WeakMap<object, string>()

/**
 * All of standard input as text; `purpose` is what wants it, such as `--passphrase-stdin`.
 * @throws UsageError when something else took it before; RexError LIMIT_EXCEEDED beyond 1 MiB, MALFORMED when it is not UTF-8
 */
export async function readInput({ stdin }: Shell, purpose: string): Promise<string> {
  const before = takenFor.get(stdin)
  if (before !== undefined)
    throw new UsageError(`${before} and ${purpose} both want standard input.`, 'Give one of them by a file.')
  takenFor.set(stdin, purpose)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin) {
    size += (chunk as Buffer).length
    if (size > MAX_INPUT) throw tooLong()
    chunks.push(chunk as Buffer)
  }
  return decodeText(Buffer.concat(chunks))
}

/** UTF-8 bytes as text, without a byte order mark. @throws RexError LIMIT_EXCEEDED, MALFORMED */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length > MAX_INPUT) throw tooLong()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new RexError('MALFORMED', 'The text is not UTF-8.', {
      cause,
      hint: 'Save it as UTF-8 and try again.',
    })
  }
}

async function typed(shell: Shell, { text = '', help }: Draft): Promise<string> {
  const lines = createInterface({ input: shell.stdin, output: shell.stderr, terminal: true, historySize: 0 })
  const end = new AbortController()
  lines.on('SIGINT', () => {
    end.abort()
    lines.close()
  })
  say(shell, [
    ...help.map((line): Line => [dim(line)]),
    [dim('Type the text; Ctrl-D on an empty line ends it.')],
  ])
  if (text !== '') lines.write(text)
  const typedLines: string[] = []
  for await (const line of lines) typedLines.push(line)
  if (end.signal.aborted) throw interrupted()
  return typedLines.join('\n').trim()
}

function tooLong(): RexError {
  return new RexError('LIMIT_EXCEEDED', 'The input is longer than 1 MiB.', {
    hint: 'Split it; long lists of items go in several referrals.',
  })
}
