// `rex-desk init`: make the desk of an organisation, with an enrolment token of its gateway. docs/guide/rex-desk.md, "First steps"

import { Command } from 'commander'
import { RexError } from '../../../core/error.ts'
import { nameForm } from '../../../core/input/name.ts'
import { organisationName as readName } from '../../input/parsers.ts'
import { newPassphrase } from '../../input/passphrase.ts'
import { ask } from '../../input/terminal.ts'
import { readToken, type TokenOptions } from '../../input/token.ts'
import { t } from '../../language/language.ts'
import { dim, good, type Line, name, warn } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { wordPieces } from '../../view/peers.ts'
import {
  checkKitFiles,
  handOverKit,
  isHandedOver,
  type KitOptions,
  keptIn,
  kitOptions,
} from '../hand-over-kit.ts'

interface InitOptions extends Settings, TokenOptions, KitOptions {
  readonly name?: string
}

export function init(shell: Shell): Command {
  const command = new Command('init')
    .summary('make the desk with an enrolment token of your gateway')
    .description(
      'Makes the desk and its keys in a new directory, with an enrolment token from the operator of your gateway. ' +
        'It asks for the token, or reads it from --token-file or standard input. Choose a long passphrase. It also makes a recovery kit of 24 words, which sets a new passphrase if yours is lost: ' +
        'without both, nobody can open the desk, not even the operator. The kit is shown once, on a terminal only, or written to --kit-page.',
    )
    .option('--name <name>', 'name of your organisation as others will see it', readName)
    .option('--token-file <file>', 'read the token from a file that only you can read')
    .addHelpText('after', example('rex-desk init --dir desk --name "Hotline Example"'))
    .action(() => run(shell, command.optsWithGlobals()))
  return kitOptions(command, 'write the 24 words to a new file, instead of showing them')
}

async function run(shell: Shell, options: InitOptions): Promise<void> {
  const { hasKeystore } = await import('../../../client/keys/keystore.ts')
  if (await hasKeystore(options.dir))
    throw new RexError('ALREADY_EXISTS', `There is already a desk in ${options.dir}.`, {
      hint: 'Choose another directory with --dir.',
    })
  await checkKitFiles(options)
  const token = await readToken(shell, options)
  const organisationName = nameForm(
    options.name ?? (await ask(shell, t`Name of your organisation, as others will see it:`)),
  )
  const passphrase = await newPassphrase(shell, options)
  say(shell, [[dim(t`Making keys. This takes a few seconds.`)]])
  const { initDesk } = await import('../../../client/index.ts')
  const { organisation, words, kit } = await initDesk({
    directory: options.dir,
    token,
    name: organisationName,
    passphrase,
  })
  answer(shell, options, {
    value: { organisation, name: organisationName, directory: options.dir, words, ...keptIn(options) },
    lines: [
      [good(t`Ready.`), ' ', t`The desk of ${organisationName} (${organisation}) is in ${options.dir}.`],
      [t`Its six words: `, ...wordPieces(words)],
      [
        t`Next, make an invite, and send the file to an organisation you work with: `,
        name(`rex-desk invite --dir ${options.dir} --out ours.rexinvite`),
      ],
    ],
  })
  await giveKit(shell, kit, { ...options, organisation: `${organisationName} (${organisation})` })
}

/** Shows or writes the kit. If that fails, the desk still exists, and another kit can be made with the passphrase. */
async function giveKit(
  shell: Shell,
  kit: readonly string[],
  options: InitOptions & { readonly organisation: string },
): Promise<void> {
  const another: Line[] = [
    [t`Make another one: `, name(`rex-desk kit --new --kit-page kit.html --dir ${options.dir}`)],
  ]
  if (!isHandedOver(shell, options))
    return say(shell, [[warn('! '), t`The recovery kit is shown on a terminal only.`], ...another])
  await handOverKit(shell, kit, options).catch((error: unknown) => {
    say(shell, [[warn('! '), t`The desk is ready, but its recovery kit is lost.`], ...another])
    throw error
  })
}
