// `rex-desk recover`: set a new passphrase with the recovery kit. docs/guide/rex-desk.md, "Recovery kit"

import { Command } from 'commander'
import { type KitInput, readKitFrom } from '../../input/kit/words.ts'
import { newPassphrase } from '../../input/passphrase.ts'
import { safety, t } from '../../language/language.ts'
import { good } from '../../output/lines.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'

interface RecoverOptions extends Settings, KitInput {
  readonly newPassphraseFile?: string
}

export function recover(shell: Shell): Command {
  const command = new Command('recover')
    .summary('set a new passphrase with the recovery kit')
    .description(
      'Sets a new passphrase with the 24 words of the recovery kit, when the passphrase is lost. Keys, referrals and the kit stay the same. ' +
        'It asks for the words, or reads them from --kit-file or standard input: case, spaces and numbers do not matter, and four letters of a word suffice.',
    )
    .option('--kit-file <file>', 'read the 24 words from a file that only you can read')
    .option('--new-passphrase-file <file>', 'read the new passphrase from a file that only you can read')
    .addHelpText('after', example('rex-desk recover'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, options: RecoverOptions): Promise<void> {
  const { readKeystore, unlockKeystore } = await import('../../../client/keys/keystore.ts')
  const { recoverDesk } = await import('../../../client/index.ts')
  const { dir: directory, newPassphraseFile } = options
  const keystore = await readKeystore(directory)
  const kit = await readKitFrom(shell, options)
  // Check the kit before asking for a new passphrase.
  await unlockKeystore(keystore, { kit })
  const passphrase = await newPassphrase(shell, {
    dir: directory,
    ...given({ passphraseFile: newPassphraseFile }),
  })
  const recovered = await recoverDesk({ directory, kit, passphrase })
  answer(shell, options, {
    value: { recovered: true, ...recovered },
    lines: [[good(t`The new passphrase opens the desk.`), ' ', t`The recovery kit stays the same.`]],
  })
  say(shell, [
    safety`Put the kit back into a sealed envelope, and clear this window if you typed the words here.`,
    safety`If somebody else may have read them, make a new kit: rex-desk kit --new.`,
  ])
}
