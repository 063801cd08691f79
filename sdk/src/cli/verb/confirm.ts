// The option with which a person confirms that findings do not apply. docs/guide/rex-desk.md
import type { Command } from 'commander'
import { findingIds } from '../input/parsers.ts'

/** Settings of a verb whose findings a person may confirm. */
export interface ConfirmSettings {
  readonly confirm?: readonly string[]
}

/** Adds the option `--confirm`. */
export function confirmOption(command: Command): Command {
  return command.option(
    '--confirm <id>',
    'a finding that does not apply: an ordinary word that is also a name (repeatable; stays here)',
    findingIds,
  )
}
