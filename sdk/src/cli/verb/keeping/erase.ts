// `rex-desk erase`: erase a referral here. docs/guide/rex-desk.md, "Erasing"

import { Command, Option } from 'commander'
import { ERASE_REASONS, type EraseReason } from '../../../client/api/erasure.ts'
import { findThread, openDesk, sendOut } from '../../desk.ts'
import { safety, t } from '../../language/language.ts'
import { good } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { shortId } from '../../view/words.ts'
import { sure, yesOption } from '../sure.ts'

interface EraseOptions extends Settings {
  readonly reason: EraseReason
  readonly force?: true
  readonly yes?: boolean
}

export function erase(shell: Shell): Command {
  const command = new Command('erase')
    .summary('erase a referral here, for ever')
    .description(
      'Erases a referral here: its key is destroyed, and nobody can read it at this desk any more. A desk that is restored with the list desk.db.erased erases it again. ' +
        'Its id, the digests of its messages, the time and the reason stay. Copies in your programs and backups and at partners have to be erased there. ' +
        'With the reason recall or consent, the other side is told that it is destroyed.',
    )
    .argument('<thread>', 'first characters of its id, or your own reference')
    .addOption(
      new Option('--reason <reason>', 'why; it stays on record')
        .choices([...ERASE_REASONS])
        .makeOptionMandatory(),
    )
    .option('--force', 'even if a step is open or it is under legal hold')
    .addHelpText('after', example('rex-desk erase 7f3a91c2 --reason recall'))
    .action((id: string) => run(shell, id, command.optsWithGlobals()))
  return yesOption(command)
}

async function run(shell: Shell, id: string, options: EraseOptions): Promise<void> {
  await using desk = await openDesk(shell, options)
  const thread = await findThread(desk, id)
  if (thread.erased === undefined) {
    await sure(shell, options, safety`Erase it? Nothing brings it back.`)
    await thread.erase({ reason: options.reason, force: options.force === true })
    await sendOut(shell, desk)
  }
  answer(shell, options, {
    value: { id: thread.id, ...thread.erased },
    lines: [[good(t`Erased.`), ' ', t`${shortId(thread.id)} cannot be read here any more.`]],
  })
}
