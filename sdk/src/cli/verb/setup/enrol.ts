// `rex-desk enrol`: with an enrolment token, get a new certificate for a desk whose certificate has expired. docs/guide/rex-desk.md, "Backup and
// restore"

import { Command } from 'commander'
import { unlockFrom } from '../../input/passphrase.ts'
import { readToken, type TokenOptions } from '../../input/token.ts'
import { t } from '../../language/language.ts'
import { good } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'

export function enrol(shell: Shell): Command {
  const command = new Command('enrol')
    .summary('get a new certificate with an enrolment token of your gateway')
    .description(
      'Gets a new certificate for the desk; everything else stays. You need it only if the desk was closed for so long that its ' +
        'certificate has expired, or if the gateway was set up again; otherwise the desk renews its certificate automatically. ' +
        'It asks for the token, or reads it from --token-file or standard input.',
    )
    .option('--token-file <file>', 'read the token from a file that only you can read')
    .addHelpText('after', example('rex-desk enrol'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, options: Settings & TokenOptions): Promise<void> {
  const { enrolDesk } = await import('../../../client/index.ts')
  const passphrase = await unlockFrom(shell, options)()
  const token = await readToken(shell, options)
  const enrolled = await enrolDesk({ directory: options.dir, passphrase, token })
  answer(shell, options, {
    value: { enrolled: true, ...enrolled },
    lines: [[good(t`Enrolled at the gateway of ${enrolled.organisation}.`)]],
  })
}
