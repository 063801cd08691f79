// `rex-desk passphrase`: change the passphrase of the desk. docs/guide/rex-desk.md, "Passphrase"

import { Command } from 'commander'
import { newPassphrase, unlockFrom } from '../../input/passphrase.ts'
import { t } from '../../language/language.ts'
import { good } from '../../output/lines.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'

interface PassphraseOptions extends Settings {
  readonly newPassphraseFile?: string
}

export function passphrase(shell: Shell): Command {
  const command = new Command('passphrase')
    .summary('change the passphrase of the desk')
    .description('Changes the passphrase of the desk. The keys stay the same, so nobody else is affected.')
    .option('--new-passphrase-file <file>', 'read the new passphrase from a file that only you can read')
    .addHelpText('after', example('rex-desk passphrase'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, options: PassphraseOptions): Promise<void> {
  const { changePassphrase } = await import('../../../client/index.ts')
  const from = await unlockFrom(shell, options)()
  const to = await newPassphrase(shell, {
    dir: options.dir,
    ...given({ passphraseFile: options.newPassphraseFile }),
  })
  await changePassphrase(options.dir, { from, to })
  answer(shell, options, { value: { changed: true }, lines: [[good(t`The passphrase has been changed.`)]] })
}
