// Reads a code of a closed list, given as an option or chosen by the user. docs/guide/rex-desk.md, "Codes"

import type { Command } from 'commander'
import { codesOf, knownCode, type ListName } from '../../core/referral/index.ts'
import { LISTS } from '../../core/referral/lists.ts'
import { closest } from '../../core/referral/messages/closest.ts'
import { UsageError } from '../exit.ts'
import { label, t } from '../language/language.ts'
import { columns, dim, name } from '../output/lines.ts'
import { type Shell, say } from '../shell.ts'
import { ask, hasTerminal } from './terminal.ts'

/** Adds the option `--code`. */
export function codeOption(command: Command, list: ListName): Command {
  return command.option(
    '--code <code>',
    t`a code of the list ${list}: see rex-desk codes ${list}; default: you choose`,
  )
}

/**
 * Returns the given code after checking it, or lets the user choose from the list.
 * @throws UsageError if the list has no such code, or if no code was given and there is no terminal
 */
export async function codeFor(shell: Shell, list: ListName, code: string | undefined): Promise<string> {
  if (code !== undefined) return checkedCode(list, code)
  if (!hasTerminal(shell))
    throw new UsageError('A code is needed.', `Add --code; \`rex-desk codes ${list}\` lists them.`)
  const { title, entries } = LISTS[list]
  say(
    shell,
    columns(entries.map(({ code }, i) => [dim(String(i + 1).padStart(2)), name(code), label(list, code)])),
  )
  return chosen(list, await ask(shell, t`${title} (number or code):`))
}

/** Checks that the list has exactly this code. @throws UsageError with the nearest code */
export function checkedCode(list: ListName, code: string): string {
  if (knownCode(list, code)) return code
  const near = closest(code, codesOf(list))
  throw new UsageError(
    `There is no code "${code}" in the list ${list}.`,
    `${near === undefined ? '' : `Did you mean ${near}? `}\`rex-desk codes ${list}\` lists them.`,
  )
}

function chosen(list: ListName, answer: string): string {
  const code = /^\d+$/.test(answer) ? codesOf(list)[Number(answer) - 1] : undefined
  return code ?? checkedCode(list, answer)
}
