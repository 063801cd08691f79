// `rex-desk pair`: pin the keys of another organisation. docs/guide/rex-desk.md, "Pairing"

import { Command } from 'commander'
import { openDesk } from '../../desk.ts'
import { readSource } from '../../input/referral.ts'
import { safety, t } from '../../language/language.ts'
import { bold, good, type Line } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { peerLines, wordPieces } from '../../view/peers.ts'
import { sure, yesOption } from '../sure.ts'

export function pair(shell: Shell): Command {
  const command = new Command('pair')
    .summary('pair with the organisation of an invite, after comparing words')
    .description(
      'Pairs with the organisation of an invite. Compare the six words with them by telephone before you confirm: only the real organisation has the same words.',
    )
    .argument('<file>', 'the invite you received; - is standard input')
    .addHelpText('after', example('rex-desk pair theirs.rexinvite'))
    .action((file: string) => run(shell, file, command.optsWithGlobals()))
  return yesOption(command)
}

async function run(shell: Shell, file: string, settings: Settings & { yes?: boolean }): Promise<void> {
  const theirs = await readSource(shell, file)
  const { verifyInvite } = await import('../../../core/identity/invite.ts')
  const { configuration, words } = await verifyInvite(theirs, shell.now())
  if (settings.yes !== true) say(shell, questionLines(configuration, words))
  await sure(shell, settings, safety`Did they read you these words?`)
  await using desk = await openDesk(shell, settings)
  const peer = await desk.pair(theirs)
  const viewer = { organisation: desk.organisation, now: shell.now() }
  answer(shell, settings, { value: peer, lines: [[good(t`Paired.`)], ...peerLines(peer, viewer)] })
}

function questionLines(
  { name, organisation }: { name: string; organisation: string },
  words: readonly string[],
): Line[] {
  return [
    [bold(name), '  ', organisation],
    [t`Their six words: `, ...wordPieces(words)],
    safety`Call them on a number that you already know, and let them read their words to you.`,
  ]
}
