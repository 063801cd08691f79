// `rex-desk changes`: print what changed at the desk, for programs. docs/guide/rex-desk.md, "Connect a program"
import { Command } from 'commander'
import type { DeskChange } from '../../../client/api/changes.ts'
import { openDesk } from '../../desk.ts'
import { dim, type Line, name } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { example, given, type Settings } from '../../settings.ts'
import { type Shell, show, showJson } from '../../shell.ts'
import { shortId } from '../../view/words.ts'

interface ChangesOptions extends Settings {
  readonly after?: string
  readonly follow?: boolean
}

export function changes(shell: Shell): Command {
  const command = new Command('changes')
    .summary('print what changed, for programs and for a look back')
    .description(
      'Prints the changes that the desk still has, in order: ids and states, never case content. With --json: one per line, as in `GET /v1/events`. ' +
        'With --follow, it goes on until Ctrl-C. If the changes after a cursor are gone, it fails with EXPIRED: read your lists anew.',
    )
    .option('--after <cursor>', 'only what follows this `cursor`; `last`: only what happens from now on')
    .option('--follow', 'wait for more changes')
    .addHelpText(
      'after',
      example('rex-desk changes --json --after 1523', 'rex-desk changes --follow --after last'),
    )
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, { after, follow = false, ...settings }: ChangesOptions): Promise<void> {
  await using desk = await openDesk(shell, settings)
  const signal = AbortSignal.any([shell.signal, shell.unread])
  const tell = (change: DeskChange) => {
    if (settings.json === true) showJson(shell, change)
    else show(shell, [lineOf(change)])
  }
  const from = after === 'last' ? await desk.lastChange() : after
  if (follow) {
    for await (const change of desk.changes({ ...given({ after: from }), signal })) tell(change)
    return
  }
  for (let place = from; !signal.aborted; ) {
    const page = await desk.readChanges(given({ after: place }))
    for (const change of page.changes) tell(change)
    if (page.changes.length === 0) return
    place = page.cursor
  }
}

function lineOf(change: DeskChange): Line {
  const { cursor, atMs, kind } = change
  const facts = [
    'thread' in change && shortId(change.thread),
    change.kind === 'health' && change.problem,
    'state' in change && change.state,
    'reason' in change && change.reason,
    'recipient' in change && change.recipient,
    change.kind === 'health' && change.organisation,
  ]
  return [name(cursor), `  ${localTime(atMs)}  ${kind}  `, dim(facts.filter(Boolean).join('  '))]
}
