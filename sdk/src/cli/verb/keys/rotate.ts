// `rex-desk rotate entity`: replace the entity key as planned. docs/guide/rex-desk.md, "A new entity key"

import { Argument, Command } from 'commander'
import { RexError } from '../../../core/error.ts'
import { openDesk, sendOut } from '../../desk.ts'
import { safety, t } from '../../language/language.ts'
import { good, type Line } from '../../output/lines.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { sure, yesOption } from '../sure.ts'

interface RotateOptions extends Settings {
  readonly backup: string
  readonly overwrite?: boolean
  readonly yes?: boolean
}

export function rotate(shell: Shell): Command {
  const command = new Command('rotate')
    .summary('replace the entity key, by which partners know you')
    .description(
      'Replaces the entity key as planned: the old key signs that a new one takes over, your gateway publishes that, and partners follow, even those that are offline for months. ' +
        'First makes a backup with the new key, because from then on no earlier backup can be restored. ' +
        'Do not use it if others may know the old key: they could name a successor too. See the guide, "A new entity key".',
    )
    .addArgument(new Argument('<key>', 'the key to replace').choices(['entity']))
    .requiredOption('--backup <file>', 'the backup to make, as `rex-desk backup` does')
    .option('--overwrite', 'replace the backup file if it exists')
    .addHelpText('after', example('rex-desk rotate entity --backup /media/stick/desk.rexbackup'))
    .action(() => run(shell, command.optsWithGlobals()))
  return yesOption(command)
}

async function run(shell: Shell, options: RotateOptions): Promise<void> {
  await using desk = await openDesk(shell, options)
  if (!desk.reachable)
    throw new RexError(
      'UNAVAILABLE',
      'Nothing was replaced: your gateway has to publish it, and does not answer.',
    )
  const { backup: file, overwrite } = options
  say(shell, consequences())
  await sure(shell, options, safety`Replace the entity key?`)
  const rotated = await desk.rotateEntity({ backup: { file, ...given({ overwrite }) } })
  await sendOut(shell, desk)
  answer(shell, options, {
    value: { rotated: 'entity', backup: file, ...rotated },
    lines: [
      [good(t`Replaced.`), ' ', t`Your six words are now: ${rotated.words.join(' ')}.`],
      t`Until now they were: ${rotated.earlier.join(' ')}.`,
      t`The backup is ${file}. Keep it on another computer or a stick; no earlier one can be restored.`,
      t`Your gateway has the new statement and passes it on. Make new invites for organisations that have not answered yours.`,
    ],
  })
}

const consequences = (): Line[] => [
  t`The old entity key signs that a new one takes over.`,
  t`Partners: their desks follow automatically, and nobody has to do anything. Your six words change, at their desks too.`,
  t`Evidence: what was signed until now stays proven.`,
  safety`Backups: earlier ones cannot be restored any more, so a new one is made first.`,
]
