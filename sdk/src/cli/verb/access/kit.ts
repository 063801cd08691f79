// `rex-desk kit`: replace or check the recovery kit. docs/guide/rex-desk.md, "Recovery kit"

import { Command } from 'commander'
import { RexError } from '../../../core/error.ts'
import { UsageError } from '../../exit.ts'
import { readKitFrom } from '../../input/kit/words.ts'
import { unlockFrom } from '../../input/passphrase.ts'
import { safety, t } from '../../language/language.ts'
import { good } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import {
  checkKitFiles,
  handOverKit,
  isHandedOver,
  isShown,
  type KitOptions,
  keptIn,
  kitOptions,
  removeKit,
} from '../hand-over-kit.ts'
import { sure, yesOption } from '../sure.ts'

interface Options extends Settings, KitOptions {
  readonly new?: true
  readonly check?: true
  readonly yes?: boolean
}

export function kit(shell: Shell): Command {
  const command = new Command('kit')
    .summary('replace the recovery kit, or check one')
    .description(
      'With --new: makes a new recovery kit; the old one stops working once you have the new one. The passphrase stays the same. ' +
        'With --check: says whether a kit opens this desk, and changes nothing; it asks for the words, or reads them from --kit-file or standard input.',
    )
    .option('--new', 'make a new kit')
    .option('--check', 'check a kit')
    .addHelpText('after', example('rex-desk kit --new', 'rex-desk kit --check'))
    .action(() => run(shell, command.optsWithGlobals()))
  return yesOption(
    kitOptions(command, 'with --new: write the 24 words to a new file; with --check: read them from it'),
  )
}

async function run(shell: Shell, options: Options): Promise<void> {
  if ((options.new === true) === (options.check === true))
    throw new UsageError(
      'A kit is shown only when it is made.',
      'Add --new to replace it, or --check to check it.',
    )
  await (options.new === true ? renew(shell, options) : check(shell, options))
}

async function renew(shell: Shell, options: Options): Promise<void> {
  if (!isHandedOver(shell, options))
    throw new UsageError(
      'The new kit is shown on a terminal only.',
      'Name a file for it: --kit-page FILE or --kit-file FILE.',
    )
  const { replaceKit } = await import('../../../client/index.ts')
  await checkKitFiles(options)
  const passphrase = await unlockFrom(shell, options)()
  let words: readonly string[] = []
  let files: readonly string[] = []
  const keep = async (made: string[]) => {
    words = made
    files = await handOverKit(shell, words, options)
    if (isShown(shell, options))
      await sure(shell, options, safety`Are all 24 words on paper? From now on, only they work.`)
  }
  await replaceKit({ directory: options.dir, passphrase, keep }).catch(async (error: unknown) => {
    if (await isVoid(options.dir, words)) await removeKit(files)
    throw error
  })
  answer(shell, options, {
    value: { replaced: true, ...keptIn(options) },
    lines: [[good(t`The new recovery kit works, and the old one no longer does.`), ' ', safety`Destroy it.`]],
  })
}

/**
 * Whether it is certain that the new kit does not open the keystore. Called after a failure to replace the kit, when the
 * user may already have the new kit. If the result is true, the old kit is still valid.
 */
async function isVoid(directory: string, words: readonly string[]): Promise<boolean> {
  if (words.length === 0) return false
  const { readKeystore, unlockKeystore } = await import('../../../client/keys/keystore.ts')
  const keystore = await readKeystore(directory)
  return await unlockKeystore(keystore, { kit: words }).then(
    () => false,
    (error: unknown) => RexError.is(error, 'UNLOCK_FAILED'),
  )
}

async function check(shell: Shell, options: Options): Promise<void> {
  const { readKeystore, unlockKeystore } = await import('../../../client/keys/keystore.ts')
  const keystore = await readKeystore(options.dir)
  const words = await readKitFrom(shell, options)
  const { founding } = await unlockKeystore(keystore, { kit: words })
  answer(shell, options, {
    value: { opens: true, organisation: founding.organisation },
    lines: [[good(t`This kit opens the desk of ${founding.name} (${founding.organisation}).`)]],
  })
}
