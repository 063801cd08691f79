// `rex-desk codes`: show the closed lists of codes. docs/guide/rex-desk.md, "Codes"
import { Command } from 'commander'
import type { ListName } from '../../../core/referral/index.ts'
import { type CodeList, LISTS } from '../../../core/referral/lists.ts'
import { closest } from '../../../core/referral/messages/closest.ts'
import { UsageError } from '../../exit.ts'
import { block, bold, columns, dim, type Line, name } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'

export function codes(shell: Shell): Command {
  const command = new Command('codes')
    .summary('list the codes that fields and decisions use')
    .description('Lists the codes of a list with their meaning; without a list: the lists.')
    .argument('[list]', 'name of a list, such as decline')
    .addHelpText('after', example('rex-desk codes decline'))
    .action((list: string | undefined) => run(shell, list, command.optsWithGlobals()))
  return command
}

function run(shell: Shell, list: string | undefined, settings: Settings): void {
  if (list === undefined)
    answer(shell, settings, { value: Object.values(LISTS).map(brief), lines: overview() })
  else answer(shell, settings, { value: found(list), lines: listLines(found(list)) })
}

function found(list: string): CodeList {
  const names = Object.keys(LISTS) as ListName[]
  const known = names.find((candidate) => candidate === list)
  if (known !== undefined) return LISTS[known]
  const near = closest(list, names)
  throw new UsageError(
    `There is no list "${list}".`,
    `${near === undefined ? '' : `Did you mean ${near}? `}\`rex-desk codes\` lists the lists.`,
  )
}

function brief({ name: list, version, title }: CodeList): object {
  return { name: list, version, title }
}

function overview(): Line[] {
  return columns(Object.values(LISTS).map(({ name: list, title }) => [name(list), title]))
}

function listLines({ name: list, title, version, source, entries }: CodeList): Line[] {
  return [
    [bold(title), dim(`  ${list}, version ${version}; ${source}`)],
    '',
    ...entries.flatMap(({ code, label, definition }) => [
      [name(code), `  ${label}`],
      ...block(definition, { indent: 4 }),
    ]),
  ]
}
