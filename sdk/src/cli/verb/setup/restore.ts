// `rex-desk restore`: begin a new chain with a desk restored from a backup. docs/guide/rex-desk.md, "Backup and restore"
import { Command } from 'commander'
import { unlockFrom } from '../../input/passphrase.ts'
import { readToken, type TokenOptions } from '../../input/token.ts'
import { good } from '../../output/lines.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { sure, yesOption } from '../sure.ts'

type RestoreOptions = Settings & TokenOptions & { readonly yes?: boolean }

export function restore(shell: Shell): Command {
  const command = new Command('restore')
    .summary('start a desk that came from a backup')
    .description(
      'Begins a new chain for a desk that came from a backup, or whose machine was set back. The next command takes the mailbox ' +
        'from the previous desk and informs the other side of every referral, which resends the messages that this desk does not know. ' +
        'A backup has no certificate, so this command asks for an enrolment token of your gateway, or reads it from --token-file or standard input.',
    )
    .option('--token-file <file>', 'read the token from a file that only you can read')
    .addHelpText('after', example('rex-desk restore --dir desk'))
    .action(() => run(shell, command.optsWithGlobals()))
  return yesOption(command)
}

async function run(shell: Shell, options: RestoreOptions): Promise<void> {
  const { hasRotatingKeys } = await import('../../../client/keys/rotating-keys.ts')
  const { restoreDesk } = await import('../../../client/index.ts')
  const { dir: directory, tokenFile } = options
  const passphrase = await unlockFrom(shell, options)()
  await sure(shell, options, 'Is the previous desk permanently gone? It will be shut out.')
  const token =
    tokenFile === undefined && (await hasRotatingKeys(directory))
      ? undefined
      : await readToken(shell, options)
  const restored = await restoreDesk({ directory, passphrase, ...given({ token }) })
  answer(shell, options, {
    value: { restored: true, ...restored },
    lines: [[good('Restored'), ` as a new chain of ${restored.organisation}.`]],
  })
  say(shell, [
    'The next command, such as `rex-desk inbox`, informs the others. Then look through recent referrals.',
  ])
}
