// `rex-desk peers`: list the organisations you are paired with. docs/guide/rex-desk.md, "Pairing"
import { Command } from 'commander'
import { openDesk } from '../../desk.ts'
import { example, type Settings } from '../../settings.ts'
import { type Shell, show, showJson } from '../../shell.ts'
import { peersLines } from '../../view/peers.ts'

export function peers(shell: Shell): Command {
  const command = new Command('peers')
    .summary('list the organisations you are paired with')
    .description('Lists the organisations you are paired with. With --json: one line each.')
    .addHelpText('after', example('rex-desk peers'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, settings: Settings): Promise<void> {
  await using desk = await openDesk(shell, settings)
  const known = await desk.peers()
  if (settings.json !== true)
    show(shell, peersLines(known, { organisation: desk.organisation, now: shell.now() }))
  else for (const peer of known) showJson(shell, peer)
}
