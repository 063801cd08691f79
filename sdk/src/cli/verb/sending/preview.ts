// `rex-desk preview`: show what a send would do, without sending. docs/guide/rex-desk.md
import { Command } from 'commander'
import { openDesk } from '../../desk.ts'
import { readReferral } from '../../input/referral.ts'
import { example } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { previewLines } from '../../view/referral/preview.ts'
import { inLanguage } from './finding-language.ts'
import { type SendSettings, sendOptions, toOptions } from './send-options.ts'

export function preview(shell: Shell): Command {
  const command = new Command('preview')
    .summary('show who would get what, without sending')
    .description('Shows who would get which sections, and the findings of the lint. Sends nothing.')
    .argument('<file>', 'the referral; - is standard input')
    .addHelpText('after', example('rex-desk preview referral.json --to https://ngo.example'))
    .action((file: string) => run(shell, file, command.optsWithGlobals()))
  return sendOptions(command)
}

async function run(shell: Shell, file: string, options: SendSettings): Promise<void> {
  const { referral, explained: presets, notices } = await readReferral(shell, file, options.dir)
  await using desk = await openDesk(shell, options)
  const shown = await desk.preview(referral, toOptions(options))
  const found = {
    ...shown,
    findings: inLanguage(shown.findings, options),
    presets,
    notices: inLanguage(notices, options),
  }
  answer(shell, options, { value: found, lines: previewLines(referral, found) })
}
