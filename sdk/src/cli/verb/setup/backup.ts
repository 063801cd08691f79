// `rex-desk backup`: make or check an encrypted backup of the desk. docs/guide/rex-desk.md, "Backup and restore"

import { Command } from 'commander'
import type { DeskBackup } from '../../../client/backup/verify.ts'
import { AlreadyReported } from '../../exit.ts'
import { type CredentialOptions, credentialFrom, kitInput } from '../../input/kit/credential.ts'
import { unlockFrom } from '../../input/passphrase.ts'
import { t } from '../../language/language.ts'
import { bad, good, type Line, name } from '../../output/lines.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'

type BackupOptions = Settings &
  CredentialOptions & { readonly overwrite?: boolean; readonly verify?: boolean }

export function backup(shell: Shell): Command {
  const command = new Command('backup')
    .summary('make an encrypted backup of the desk, or check one')
    .description(
      'Makes one encrypted file with everything that a lost desk needs to be restored, even while `receive`, `watch` or a program has the desk open. ' +
        'It opens with the current passphrase of the desk, and also with its current recovery kit. The file is either complete or absent. ' +
        'With --verify it makes nothing: it reads a backup to its end, checks every message in it, and says what it holds.',
    )
    .argument('<file>', 'the backup')
    .option('--verify', 'check this backup instead of making it')
    .option('--overwrite', 'replace the file if it exists')
    .addHelpText(
      'after',
      example(
        'rex-desk backup /media/stick/desk.rexbackup',
        'rex-desk backup --verify /media/stick/desk.rexbackup',
      ),
    )
    .action((file: string) => run(shell, file, command.optsWithGlobals()))
  return kitInput(command, 'with --verify: ')
}

async function run(shell: Shell, file: string, options: BackupOptions): Promise<void> {
  if (options.verify === true) return await verify(shell, file, options)
  const { backupDesk } = await import('../../../client/index.ts')
  const passphrase = await unlockFrom(shell, options)()
  const { dir: directory, overwrite } = options
  const made = await backupDesk({
    directory,
    passphrase,
    file,
    signal: shell.signal,
    ...given({ overwrite }),
  })
  answer(shell, options, {
    value: { file, ...made },
    lines: [
      [good(t`Backed up.`), ' ', t`Saved as ${file}.`],
      t`Keep it on another computer or a stick, and check it there: `,
      ['  ', name(`rex-desk backup --verify ${file}`)],
    ],
  })
}

async function verify(shell: Shell, file: string, options: BackupOptions): Promise<void> {
  const { verifyBackup } = await import('../../../client/index.ts')
  const found = await verifyBackup({ ...(await credentialFrom(shell, options)), file })
  const isWhole = found.unreadable === 0
  answer(shell, options, { value: { verified: isWhole, file, ...found }, lines: lines(found) })
  if (!isWhole) throw new AlreadyReported()
}

function lines(found: DeskBackup): Line[] {
  const { organisation, createdMs, referrals, messages, erased, unreadable, peers, bytes } = found
  const made = new Date(createdMs).toISOString().replace('T', ' ').slice(0, 16)
  return [
    unreadable === 0
      ? [good(t`Whole.`), ' ', t`Every byte is as it was written, and every message opens.`]
      : [
          bad(t`${unreadable} referrals in it cannot be read: `),
          t`the desk store was damaged when it was made.`,
        ],
    [t`The desk of ${found.name} (${organisation}), backed up ${made} UTC, ${Math.ceil(bytes / 1024)} KiB.`],
    [
      t`Referrals: ${referrals}, with ${messages} messages. Erased: ${erased}. Paired organisations: ${peers}.`,
    ],
    ...(unreadable === 0 ? [] : [[t`Keep this backup, and look for an older one that is intact.`] as Line]),
  ]
}
