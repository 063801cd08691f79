// Reads an enrolment token from a file, standard input or a prompt, but never from an argument. docs/guide/rex-desk.md, "First steps"
import { t } from '../language/language.ts'
import type { Shell } from '../shell.ts'
import { readPrivate } from './passphrase.ts'
import { askHidden } from './terminal.ts'
import { readInput } from './text.ts'

/** Options of verbs that enrol. */
export interface TokenOptions {
  readonly tokenFile?: string
}

/** Reads the enrolment token from the file named in the options, otherwise from standard input, otherwise from a prompt (T-119). */
export async function readToken(shell: Shell, { tokenFile }: TokenOptions): Promise<string> {
  if (tokenFile !== undefined) return readPrivate(tokenFile)
  if (!shell.stdin.isTTY) return readInput(shell, 'the token')
  return askHidden(shell, t`Enrolment token:`)
}
