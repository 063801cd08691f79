// `rex-desk init`: make the desk of an organisation, with an enrolment token of its gateway. docs/guide/rex-desk.md, "First steps"
import { Command } from 'commander'
import { RexError } from '../../../core/error.ts'
import { nameForm } from '../../../core/input/name.ts'
import { organisationName as readName } from '../../input/parsers.ts'
import { newPassphrase } from '../../input/passphrase.ts'
import { ask } from '../../input/terminal.ts'
import { readToken, type TokenOptions } from '../../input/token.ts'
import { bold, dim, good, name } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { wordPieces } from '../../view/peers.ts'

interface InitOptions extends Settings, TokenOptions {
  readonly name?: string
}

export function init(shell: Shell): Command {
  const command = new Command('init')
    .summary('make the desk with an enrolment token of your gateway')
    .description(
      'Makes the desk and its keys in a new directory, with an enrolment token from the operator of your gateway. ' +
        'It asks for the token, or reads it from --token-file or standard input. Choose a long passphrase: without it nobody, not even the operator, can open the desk.',
    )
    .option('--name <name>', 'name of your organisation as others will see it', readName)
    .option('--token-file <file>', 'read the token from a file that only you can read')
    .addHelpText('after', example('rex-desk init --dir desk --name "Hotline Example"'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, options: InitOptions): Promise<void> {
  const { hasKeystore } = await import('../../../client/keys/keystore.ts')
  if (await hasKeystore(options.dir))
    throw new RexError('ALREADY_EXISTS', `There is already a desk in ${options.dir}.`, {
      hint: 'Choose another directory with --dir.',
    })
  const token = await readToken(shell, options)
  const organisationName = nameForm(
    options.name ?? (await ask(shell, 'Name of your organisation, as others will see it:')),
  )
  const passphrase = await newPassphrase(shell, options)
  say(shell, [[dim('Making keys. This takes a few seconds.')]])
  const { initDesk } = await import('../../../client/index.ts')
  const { organisation, words } = await initDesk({
    directory: options.dir,
    token,
    name: organisationName,
    passphrase,
  })
  answer(shell, options, {
    value: { organisation, name: organisationName, directory: options.dir, words },
    lines: [
      [good('Ready.'), ' The desk of ', bold(organisationName), ` (${organisation}) is in ${options.dir}.`],
      ['Its six words: ', ...wordPieces(words)],
      [
        'Next: ',
        name(`rex-desk invite --dir ${options.dir} --out ours.rexinvite`),
        ', and send the file to an organisation you work with.',
      ],
    ],
  })
}
