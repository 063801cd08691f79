// `rex-desk restore`: begin a new chain with a desk restored from a backup. docs/guide/rex-desk.md, "Backup and restore"

import { Command } from 'commander'
import { type CredentialOptions, credentialFrom, isByKit, kitInput } from '../../input/kit/credential.ts'
import { readToken, type TokenOptions } from '../../input/token.ts'
import { safety, t } from '../../language/language.ts'
import { good } from '../../output/lines.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { sure, yesOption } from '../sure.ts'

type RestoreOptions = Settings &
  TokenOptions &
  CredentialOptions & { readonly yes?: boolean; readonly erased?: string }

export function restore(shell: Shell): Command {
  const command = new Command('restore')
    .summary('restore a desk from a backup')
    .description(
      'Restores the desk of a backup into a new directory, and begins a new chain; if that fails, nothing is left, and you can repeat it. The next command takes the mailbox ' +
        'from the previous desk and informs the other side of every referral, which resends the messages that this desk does not know. ' +
        'A backup has no certificate, so this command asks for an enrolment token of your gateway, or reads it from --token-file or standard input. ' +
        'Without a file, it does the same for a directory whose files were put back, or whose machine was set back.',
    )
    .argument('[file]', 'the backup, as `rex-desk backup` made it')
    .option('--token-file <file>', 'read the token from a file that only you can read')
    .option('--erased <file>', 'the desk.db.erased of the lost desk, if you have a newer one than the backup')
    .addHelpText('after', example('rex-desk restore --dir desk desk.rexbackup'))
    .action((file: string | undefined) => run(shell, file, command.optsWithGlobals()))
  return kitInput(yesOption(command))
}

async function run(shell: Shell, backup: string | undefined, options: RestoreOptions): Promise<void> {
  const { hasRotatingKeys } = await import('../../../client/keys/rotating-keys.ts')
  const { restoreDesk } = await import('../../../client/index.ts')
  const { dir: directory, tokenFile, erased } = options
  const credential = await credentialFrom(shell, options)
  await sure(shell, options, safety`Is the previous desk permanently gone? It will be shut out.`)
  const token =
    backup === undefined && tokenFile === undefined && (await hasRotatingKeys(directory))
      ? undefined
      : await readToken(shell, options)
  const restored = await restoreDesk({ ...credential, directory, ...given({ token, backup, erased }) })
  answer(shell, options, {
    value: { restored: true, ...restored },
    lines: [[good(t`Restored as a new chain of ${restored.organisation}.`)]],
  })
  say(shell, [
    t`The next command, such as rex-desk inbox, informs the others. Then look through recent referrals.`,
    ...(!isByKit(options) ? [] : [t`Set a new passphrase: rex-desk recover.`]),
  ])
}
