// `rex-desk webhooks`: list webhooks, post again the messages that were given up, and replace a secret.
// docs/guide/service.md, "Webhooks"
import { Argument, Command } from 'commander'
import type { WebhookState } from '../../../service/index.ts'
import { UsageError } from '../../exit.ts'
import { bad, dim, name } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { type ChannelVerb, runChannels } from './channels.ts'

const VERB: ChannelVerb<WebhookState> = {
  verb: 'webhooks',
  none: 'There are no webhooks: there is no `webhooks.json` in the desk directory.',
  of: ({ webhooks }) => webhooks,
  line: ({ name: named, origin, waiting, dead, failure }) => [
    name(named),
    dim(`  ${origin}`),
    `  ${waiting} waiting, `,
    dead === 0 ? '0 given up' : bad(`${dead} given up`),
    failure === undefined ? '' : bad(`  ${failure}`),
  ],
}

interface WebhookOptions extends Settings {
  readonly finish?: boolean
}

export function webhooks(shell: Shell): Command {
  const command = new Command('webhooks')
    .summary('list webhooks, resend what was given up, or replace a secret')
    .description(
      'Lists the webhooks; lists the changes that a receiver did not accept in four days; posts them again; or replaces the secret of a webhook: ' +
        'rotate prints the new secret and signs with both, rotate --finish removes the old one. The service reads `webhooks.json` when it starts.',
    )
    .addArgument(
      new Argument('[what]', 'what to do').choices(['list', 'dead', 'resend', 'rotate']).default('list'),
    )
    .argument('[webhook]', 'name of a webhook in `webhooks.json`')
    .option('--finish', 'with rotate: the receiver knows the new secret')
    .addHelpText('after', example('rex-desk webhooks', 'rex-desk webhooks rotate case-management'))
    .action((what: string, named?: string) =>
      what === 'rotate'
        ? rotate(shell, named, command.optsWithGlobals())
        : runChannels(shell, { ...VERB, what, named }, command.optsWithGlobals()),
    )
  return command
}

async function rotate(
  shell: Shell,
  named: string | undefined,
  { finish = false, ...settings }: WebhookOptions,
): Promise<void> {
  if (named === undefined)
    throw new UsageError('The name is missing.', '`rex-desk webhooks` lists the names.')
  const { rotateSecret } = await import('../../../service/index.ts')
  const secret = await rotateSecret(settings.dir, named, { finish })
  if (settings.json !== true)
    say(shell, [
      finish
        ? 'Only this secret is left. Start the service again.'
        : 'Start the service again, give the receiver this secret, then run this with --finish.',
    ])
  answer(shell, settings, { value: { name: named, secret, finished: finish }, lines: [secret] })
}
