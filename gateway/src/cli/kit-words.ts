// Reads the 24 words of a recovery kit from a private file, standard input or the terminal, never from an argument. docs/guide/gateway.md, "Backup"
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { RexError } from '@rex/sdk/core'
import { readBounded } from '@rex/sdk/process'
import { readSecret } from '../trust/files.ts'

const BOUNDS = { path: 'The recovery kit', limit: 65_536 }

/** Options of verbs that read a kit. */
export interface KitOptions {
  /** File with the 24 words. */
  readonly kitFile?: string
}

/** Returns the words as they were written. @throws RexError CONFIG_INVALID, LIMIT_EXCEEDED */
export async function readKitWords({ kitFile }: KitOptions): Promise<string> {
  if (kitFile !== undefined) return await readSecret(kitFile)
  if (!process.stdin.isTTY) return (await readBounded(process.stdin, BOUNDS)).toString('utf8')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question('The 24 words of the recovery kit, or the first four letters of each:\n')
  } finally {
    terminal.close()
  }
}

/** Writes the words to a new file that only its owner can read. @throws RexError ALREADY_EXISTS */
export async function saveKitWords(path: string, words: readonly string[]): Promise<void> {
  await using file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause
    throw new RexError('ALREADY_EXISTS', `There is already a file ${path}.`, {
      cause,
      hint: 'Choose another name.',
    })
  })
  await file.writeFile(`${words.join(' ')}\n`)
  await file.sync()
}
