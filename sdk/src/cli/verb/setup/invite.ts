// `rex-desk invite`: write the file that another organisation needs to pair with yours. docs/guide/rex-desk.md, "Pairing"

import { Command } from 'commander'
import { openDesk } from '../../desk.ts'
import { UsageError } from '../../exit.ts'
import { safety, t } from '../../language/language.ts'
import { bold, type Line } from '../../output/lines.ts'
import { saveNew } from '../../output/save.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { wordPieces } from '../../view/peers.ts'

export function invite(shell: Shell): Command {
  const command = new Command('invite')
    .summary('make the file with which another organisation pairs with yours')
    .description(
      'Makes an invite: the file with which another organisation pairs with yours. It is valid for 30 days.',
    )
    .option('--out <file>', 'save it here instead of printing it')
    .addHelpText('after', example('rex-desk invite --out ours.rexinvite'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, { out, ...settings }: Settings & { out?: string }): Promise<void> {
  if (out === undefined && shell.stdout.isTTY && settings.json !== true)
    throw new UsageError(
      'An invite is a long file that is not meant to be read.',
      'Add --out ours.rexinvite.',
    )
  await using desk = await openDesk(shell, settings)
  const { invite: jwt, words } = await desk.invite()
  if (out !== undefined) await saveNew(out, `${jwt}\n`)
  const lines = [...(out === undefined ? [] : [t`Saved as ${out}.`]), ...wordLines(words)]
  if (out === undefined && settings.json !== true) say(shell, lines)
  answer(shell, settings, {
    value: { organisation: desk.organisation, invite: jwt, words, ...(out !== undefined && { out }) },
    lines: out === undefined ? [jwt] : lines,
  })
}

function wordLines(words: readonly string[]): Line[] {
  return [
    [t`Your six words: `, ...wordPieces(words)],
    [
      bold(safety`Send them the file, then read the words to them by telephone.`),
      ' ',
      safety`They should see the same.`,
    ],
  ]
}
