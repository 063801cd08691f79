// `rex-desk status`: how the desk is, with one sentence for each problem. docs/guide/rex-desk.md
import { Command } from 'commander'
import { openDesk } from '../desk.ts'
import { AlreadyTold } from '../exit.ts'
import { example, type Settings } from '../settings.ts'
import { answer, type Shell } from '../shell.ts'
import { readStatus, statusLines } from '../view/status.ts'

export function status(shell: Shell): Command {
  const command = new Command('status')
    .summary('tell how the desk is; exit code 0: well, 1: look soon, 2: referrals wait now')
    .description(
      'Tells how the desk is, with one sentence for each problem. The exit code is 1 if something needs a person in the next days, and 2 if referrals wait now.',
    )
    .addHelpText('after', example('rex-desk status'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, settings: Settings): Promise<void> {
  await using desk = await openDesk(shell, settings)
  const viewer = { organisation: desk.organisation, now: shell.now() }
  const [threads, parked, peers, health] = await Promise.all([
    desk.threads({ open: true, limit: 100_000 }),
    desk.parked(),
    desk.peers(),
    desk.health(),
  ])
  const state = readStatus({ threads, parked, peers, health }, viewer)
  answer(shell, settings, { value: state, lines: statusLines(state) })
  if (state.problems.length > 0) throw new AlreadyTold()
}
