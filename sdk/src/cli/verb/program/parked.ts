// `rex-desk parked`: list items set aside for a person, and decide what to do with them. docs/guide/rex-desk.md, "What is set aside"

import { Command } from 'commander'
import type { ParkedItem } from '../../../client/api/items.ts'
import { RexError } from '../../../core/error.ts'
import { threadJson } from '../../../service/item-json.ts'
import { openDesk } from '../../desk.ts'
import { UsageError } from '../../exit.ts'
import { itemId } from '../../input/parsers.ts'
import { t } from '../../language/language.ts'
import { dim, good, type Line, name } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { type Shell, show, showJson } from '../../shell.ts'
import { shortId } from '../../view/words.ts'

interface ParkedOptions extends Settings {
  readonly putBack?: string
  readonly done?: string
}

export function parked(shell: Shell): Command {
  const command = new Command('parked')
    .summary('list items set aside for a person, put them back, or mark them done')
    .description(
      'Lists items that were set aside for a person, by the program of `receive` or because they failed five times. With --json: one line each.',
    )
    .option(
      '--put-back <item>',
      'give an item to the program of `receive` again: first characters of its id, or `all`',
      itemId,
    )
    .option(
      '--done <item>',
      'mark an item as dealt with, so that it does not come again: first characters of its id, or `all`',
      itemId,
    )
    .addHelpText('after', example('rex-desk parked', 'rex-desk parked --put-back all'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, { putBack, done, ...settings }: ParkedOptions): Promise<void> {
  if (putBack !== undefined && done !== undefined)
    throw new UsageError('An item can be put back or done, not both.', 'Omit --put-back or --done.')
  await using desk = await openDesk(shell, settings)
  const items = await desk.parked()
  const text = putBack ?? done
  const chosen = text === undefined ? items : chosenOf(items, text)
  for (const item of chosen) {
    if (putBack !== undefined) await item.unpark()
    if (done !== undefined) await item.ack()
  }
  if (settings.json === true) for (const item of chosen) showJson(shell, parkedJson(item))
  else if (putBack !== undefined) show(shell, [[good(t`Put back: ${chosen.length}.`)]])
  else if (done !== undefined) show(shell, [[good(t`Done: ${chosen.length}.`)]])
  else show(shell, parkedLines(items))
}

function chosenOf(items: readonly ParkedItem[], text: string): readonly ParkedItem[] {
  if (text === 'all') return items
  const chosen = items.filter(({ id }) => id.startsWith(text.toLowerCase()))
  if (chosen.length === 0)
    throw new RexError('NOT_FOUND', 'No such item is set aside.', {
      hint: '`rex-desk parked` lists the items that are.',
    })
  if (chosen.length > 1)
    throw new UsageError(
      `"${text}" can mean ${chosen.length} items.`,
      `Give more characters of the id: ${chosen
        .slice(0, 5)
        .map(({ id }) => shortId(id))
        .join(', ')}.`,
    )
  return chosen
}

function parkedLines(items: readonly ParkedItem[]): Line[] {
  if (items.length === 0) return [[good(t`Nothing is set aside.`)]]
  return items.map(({ id, kind, ref, thread, reason }) => [
    name(shortId(id)),
    `  ${t`${t(kind)} of ${shortId(thread.id)}`}${ref === undefined ? '' : ` (${ref})`}  `,
    dim(reason),
  ])
}

function parkedJson({ id, kind, thread, reason }: ParkedItem): object {
  return { id, kind, thread: threadJson(thread), reason }
}
