// `rex-desk alerts`: test alerts by mail, and send again the alerts that were given up. docs/guide/alerts.md
import { Argument, Command } from 'commander'
import type { RecipientState, TestedRecipient } from '../../../service/index.ts'
import { AlreadyReported } from '../../exit.ts'
import { bad, dim, good, type Line, name } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { type Shell, show, showJson } from '../../shell.ts'
import { type ChannelVerb, runChannels } from './channels.ts'

const VERB: ChannelVerb<RecipientState> = {
  verb: 'alerts',
  none: 'Nobody gets alerts by mail: there is no `alerts.json` in the desk directory.',
  of: ({ alerts }) => alerts,
  line: ({ name: named, waiting, dead, failure }) => [
    name(named),
    `  ${waiting} waiting, `,
    dead === 0 ? '0 given up' : bad(`${dead} given up`),
    failure === undefined ? '' : bad(`  ${failure}`),
  ],
}

export function alerts(shell: Shell): Command {
  const command = new Command('alerts')
    .summary('list, test and resend alerts by mail')
    .description(
      'Lists the recipients of alerts; sends a marked test mail to one or all of them and says what the mail server answered; ' +
        'lists the alerts that were given up; or sends them again.',
    )
    .addArgument(
      new Argument('[what]', 'what to do').choices(['list', 'test', 'dead', 'resend']).default('list'),
    )
    .argument('[recipient]', 'name of a recipient in `alerts.json`')
    .addHelpText('after', example('rex-desk alerts test', 'rex-desk alerts resend on-call'))
    .action((what: string, named?: string) =>
      what === 'test'
        ? test(shell, named, command.optsWithGlobals())
        : runChannels(shell, { ...VERB, what, named }, command.optsWithGlobals()),
    )
  return command
}

/** Sends the test mails. Ends with exit code 1 if one was refused. */
async function test(shell: Shell, named: string | undefined, settings: Settings): Promise<void> {
  const { channelsAt } = await import('../../../service/index.ts')
  const tested = await (await channelsAt(settings.dir)).alerts.test(named, shell.signal)
  if (settings.json === true) for (const one of tested) showJson(shell, one)
  else show(shell, tested.length === 0 ? [VERB.none] : tested.map(lineOf))
  if (tested.some(({ accepted }) => !accepted)) throw new AlreadyReported()
}

function lineOf({ name: named, accepted, failure, answer = '' }: TestedRecipient): Line {
  const outcome = accepted ? good('accepted') : bad(`${failure}`)
  return [name(named), '  ', outcome, dim(answer === '' ? '' : `  ${answer}`)]
}
