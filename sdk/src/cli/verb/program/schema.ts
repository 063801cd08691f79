// `rex-desk schema`: print the JSON Schema of what the verbs print for programs. docs/guide/rex-desk.md, "Output for programs"
import { Command } from 'commander'
import { closest } from '../../../core/referral/messages/closest.ts'
import { UsageError } from '../../exit.ts'
import commands from '../../schema/commands.json' with { type: 'json' }
import { ERROR_OUTPUT, EXEC_INPUT, outputOf, schemaFor } from '../../schema/document.ts'
import { OUTPUTS } from '../../schema/outputs.ts'
import { example } from '../../settings.ts'
import { type Shell, showJson } from '../../shell.ts'

const OTHERS = [EXEC_INPUT, ERROR_OUTPUT]

export function schema(shell: Shell): Command {
  return new Command('schema')
    .summary('print the JSON Schema of what a verb prints with --json')
    .description(
      `Prints the JSON Schema of what a verb prints with --json, or of all verbs. ${EXEC_INPUT}: what \`rex-desk receive --exec\` hands to the program; ` +
        `${ERROR_OUTPUT}: what a verb that fails prints on standard error.`,
    )
    .argument('[verb]', `a verb, ${OTHERS.join(' or ')}; default: everything`)
    .addHelpText('after', example('rex-desk schema status'))
    .action((verb: string | undefined) => showJson(shell, verb === undefined ? commands : found(verb)))
}

function found(verb: string): object {
  const known = schemaFor(commands, OTHERS.includes(verb) ? verb : outputOf(verb))
  if (known !== undefined) return known
  const near = closest(verb, [...Object.keys(OUTPUTS), ...OTHERS])
  const meant = near === undefined ? '' : `Did you mean ${near}? `
  throw new UsageError(`There is no verb "${verb}".`, `${meant}\`rex-desk help\` lists the verbs.`)
}
