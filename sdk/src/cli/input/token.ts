// Sources of an enrolment token: a file, standard input or a prompt; never an argument. docs/guide/rex-desk.md, "First steps"
import type { Shell } from '../shell.ts'
import { readPrivate } from './passphrase.ts'
import { askHidden } from './terminal.ts'
import { readInput } from './text.ts'

/** Options of verbs that enrol. */
export interface TokenOptions {
  readonly tokenFile?: string
}

/** The enrolment token from the source named by the options, else from standard input, else from a prompt (T-119). */
export async function readToken(shell: Shell, { tokenFile }: TokenOptions): Promise<string> {
  if (tokenFile !== undefined) return readPrivate(tokenFile)
  if (!shell.stdin.isTTY) return readInput(shell, 'the token')
  return askHidden(shell, 'Enrolment token:')
}
