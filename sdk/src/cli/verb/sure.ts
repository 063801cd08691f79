// Asks before an irreversible action. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { AlreadyReported, UsageError } from '../exit.ts'
import { confirm, hasTerminal } from '../input/terminal.ts'
import { t } from '../language/language.ts'
import { type Shell, say } from '../shell.ts'

/** Adds the option `--yes`. */
export function yesOption(command: Command): Command {
  return command.option('--yes', 'do not ask')
}

/** Continues only if the user says yes or gave `--yes`. @throws AlreadyReported, or UsageError if there is no terminal */
export async function sure(shell: Shell, { yes }: { yes?: boolean }, question: string): Promise<void> {
  if (yes === true) return
  if (!hasTerminal(shell)) throw new UsageError('There is nobody to ask for confirmation.', 'Add --yes.')
  if (await confirm(shell, question)) return
  say(shell, [t`Nothing was done.`])
  throw new AlreadyReported()
}
