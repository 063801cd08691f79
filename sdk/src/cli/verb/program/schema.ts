// `rex-desk schema`: print the JSON Schema of the verbs' output for programs. docs/guide/rex-desk.md, "Output for programs"
import { Command } from 'commander'
import { closest } from '../../../core/referral/messages/closest.ts'
import { UsageError } from '../../exit.ts'
import { ERROR_OUTPUT, EXEC_INPUT, outputOf } from '../../schema/names.ts'
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
    .action(async (verb: string | undefined) => showJson(shell, await documentFor(verb)))
}

/** Returns the whole document, or the part for one verb. Only this verb loads the document. */
async function documentFor(verb: string | undefined): Promise<object> {
  const { default: commands } = await import('../../schema/commands.json', { with: { type: 'json' } })
  if (verb === undefined) return commands
  const { schemaFor } = await import('../../schema/document.ts')
  const known = schemaFor(commands, OTHERS.includes(verb) ? verb : outputOf(verb))
  if (known !== undefined) return known
  const { OUTPUTS } = await import('../../schema/outputs.ts')
  const near = closest(verb, [...Object.keys(OUTPUTS), ...OTHERS])
  const meant = near === undefined ? '' : `Did you mean ${near}? `
  throw new UsageError(`There is no verb "${verb}".`, `${meant}\`rex-desk help\` lists the verbs.`)
}
