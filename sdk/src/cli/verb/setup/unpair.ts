// `rex-desk unpair`: forget an organisation's keys. docs/guide/rex-desk.md, "Pairing"

import { Command } from 'commander'
import { openDesk } from '../../desk.ts'
import { organisation as readOrganisation } from '../../input/parsers.ts'
import { safety, t } from '../../language/language.ts'
import { good } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { sure, yesOption } from '../sure.ts'

export function unpair(shell: Shell): Command {
  const command = new Command('unpair')
    .summary('end the pairing with an organisation')
    .description(
      'Ends the pairing with an organisation: nothing is sent to it or accepted from it until you pair again.',
    )
    .argument('<organisation>', 'entity identifier, such as https://ngo.example', readOrganisation)
    .addHelpText('after', example('rex-desk unpair https://ngo.example'))
    .action((organisation: string) => run(shell, organisation, command.optsWithGlobals()))
  return yesOption(command)
}

async function run(
  shell: Shell,
  organisation: string,
  settings: Settings & { yes?: boolean },
): Promise<void> {
  await using desk = await openDesk(shell, settings)
  await sure(shell, settings, safety`End the pairing with ${organisation}?`)
  await desk.unpair(organisation)
  answer(shell, settings, {
    value: { unpaired: organisation },
    lines: [[good(t`Unpaired from ${organisation}.`)]],
  })
}
