// Translates the help of commands to the language of the run. docs/guide/rex-desk.md, "Languages"
import type { Command } from 'commander'
import { t } from './language.ts'

/** Translates the summary and the description of a command, and the descriptions of its options and arguments. */
export function translateHelp(command: Command): Command {
  const isSummary = command.description() === sentence(command.summary())
  command.summary(t(command.summary()))
  command.description(isSummary ? sentence(command.summary()) : t(command.description()))
  for (const option of command.options) option.description = t(option.description)
  for (const argument of command.registeredArguments) argument.description = t(argument.description)
  return command
}

/** Turns a summary into a sentence. */
export const sentence = (summary: string): string =>
  summary === '' ? '' : `${summary[0]?.toUpperCase()}${summary.slice(1)}.`
