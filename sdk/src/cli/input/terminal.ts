// Asks the user questions on the terminal, even when standard input is used for data. docs/guide/rex-desk.md

import { openSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { ReadStream } from 'node:tty'
import { interrupted, UsageError } from '../exit.ts'
import { directed } from '../language/isolate.ts'
import { t } from '../language/language.ts'
import { printable } from '../output/printable.ts'
import type { Shell } from '../shell.ts'
import { type HiddenLine, typeHidden } from './hidden.ts'

/** Asks for one line, trimmed. @throws AbortError on Ctrl-C; UsageError without a terminal */
export async function ask(shell: Shell, question: string): Promise<string> {
  await using terminal = openTerminal(shell)
  const lines = createInterface({
    input: terminal.input,
    output: shell.stderr,
    terminal: true,
    historySize: 0,
  })
  const controller = new AbortController()
  lines.on('SIGINT', () => controller.abort())
  lines.on('close', () => controller.abort())
  try {
    return (await lines.question(`${directed(printable(question))} `, { signal: controller.signal })).trim()
  } finally {
    lines.close()
  }
}

/** Asks a yes-or-no question. Any answer but yes means no. */
export async function confirm(shell: Shell, question: string): Promise<boolean> {
  const said = (await ask(shell, `${question} ${t`[y/N]`}`)).toLowerCase()
  return ['y', 'yes', ...t`y yes`.split(' ')].includes(said)
}

/** Asks for a line without echo, such as a passphrase (T-119). @throws AbortError on Ctrl-C */
export async function askHidden(shell: Shell, question: string): Promise<string> {
  await using terminal = openTerminal(shell)
  terminal.input.setRawMode(true).setEncoding('utf8')
  try {
    shell.stderr.write(`${directed(printable(question))} `)
    return await hiddenLine(terminal.input)
  } finally {
    terminal.input.setRawMode(false)
    shell.stderr.write('\n')
  }
}

function hiddenLine(input: ReadStream): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let line: HiddenLine = { text: '', state: 'open' }
  const onData = (typed: string) => {
    line = typeHidden(line.text, typed)
    if (line.state === 'done') resolve(line.text)
    if (line.state === 'interrupted') reject(interrupted())
  }
  const onEnd = () => reject(interrupted())
  input.on('data', onData).on('end', onEnd).resume()
  return promise.finally(() => input.off('data', onData).off('end', onEnd))
}

/** Whether there is a terminal on which to ask. */
export function hasTerminal(shell: Shell): boolean {
  try {
    void openTerminal(shell)[Symbol.asyncDispose]()
    return true
  } catch {
    return false
  }
}

interface Terminal extends AsyncDisposable {
  readonly input: ReadStream
}

function openTerminal({ stdin }: Shell): Terminal {
  if (stdin.isTTY) return { input: stdin, [Symbol.asyncDispose]: async () => void stdin.pause() }
  try {
    const input = new ReadStream(openSync(process.platform === 'win32' ? '\\\\.\\CONIN$' : '/dev/tty', 'r'))
    return { input, [Symbol.asyncDispose]: async () => void input.destroy() }
  } catch {
    throw new UsageError(
      'There is no terminal to ask for input.',
      'Give the input in a file or by an option; see --help.',
    )
  }
}
