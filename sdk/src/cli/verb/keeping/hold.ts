// `rex-desk hold`: keep a referral, whatever the retention rules say. docs/guide/rex-desk.md, "Erasing"

import { Command } from 'commander'
import { findThread, openDesk } from '../../desk.ts'
import { readText } from '../../input/text.ts'
import { t } from '../../language/language.ts'
import { good } from '../../output/lines.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'

interface HoldOptions extends Settings {
  readonly release?: true
  readonly text?: true
}

export function hold(shell: Shell): Command {
  const command = new Command('hold')
    .summary('put a referral under legal hold, or end that')
    .description('Puts a referral under legal hold: it is not erased, whatever the retention rules say.')
    .argument('<thread>', 'first characters of its id, or your own reference')
    .option('--release', 'end the legal hold')
    .option('--text', 'say who ordered it: from standard input, or written in your editor')
    .addHelpText('after', example('rex-desk hold 7f3a91c2', 'rex-desk hold 7f3a91c2 --release'))
    .action((id: string) => run(shell, id, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, id: string, options: HoldOptions): Promise<void> {
  await using desk = await openDesk(shell, options)
  const thread = await findThread(desk, id)
  const isHeld = options.release !== true
  if (isHeld) {
    const note =
      options.text === true
        ? await readText(shell, { help: [t`Who ordered it, under which number?`] })
        : undefined
    await thread.hold(given({ note }))
  } else await thread.release()
  answer(shell, options, {
    value: { id: thread.id, legalHold: isHeld },
    lines: [[good(isHeld ? t`It is kept until you release it.` : t`The legal hold has ended.`)]],
  })
}
