// `rex-desk export`: write the evidence of a thread to one file. docs/guide/rex-desk.md, "Evidence"

import { Command } from 'commander'
import { threadJson } from '../../../service/item-json.ts'
import { findThread, openDesk } from '../../desk.ts'
import { organisation } from '../../input/parsers.ts'
import { safety, t } from '../../language/language.ts'
import { good, type Line, warn } from '../../output/lines.ts'
import { saveNew } from '../../output/save.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { size } from '../../view/words.ts'

interface ExportOptions extends Settings {
  readonly out: string
  readonly sections?: boolean
  readonly with?: string
}

export function exportThread(shell: Shell): Command {
  const command = new Command('export')
    .summary('save the evidence of a referral: one file that anybody can verify offline')
    .description(
      'Saves the evidence of a referral: who said what to whom and when, in one file that can be verified offline.',
    )
    .argument('<thread>', 'first characters of its id, or your own reference')
    .requiredOption('--out <file>', 'where to save it')
    .option(
      '--sections',
      'include the content of the referral, people included; default: only the proof of the exchange',
    )
    .option('--with <organisation>', 'only the part with this recipient', organisation)
    .addHelpText('after', example('rex-desk export 7f3a91c2 --out 7f3a91c2.rexevidence'))
    .action((id: string) => run(shell, id, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, id: string, options: ExportOptions): Promise<void> {
  await using desk = await openDesk(shell, options)
  const thread = await findThread(desk, id, options.with)
  const bytes = await thread.export(given({ sections: options.sections }))
  await saveNew(options.out, bytes)
  const lines: Line[] = [
    [
      good(t`Saved as ${options.out}.`),
      ' ',
      t`rex-desk verify ${options.out} shows what it proves. ${size(bytes.length)}.`,
    ],
    ...(options.sections === true
      ? [[warn(safety`It contains the case.`), ' ', safety`Protect it like the case itself.`]]
      : []),
  ]
  answer(shell, options, {
    value: { thread: threadJson(thread), out: options.out, bytes: bytes.length },
    lines,
  })
}
