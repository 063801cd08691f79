// Options common to all verbs. docs/guide/rex-desk.md

import { type Command, Option } from 'commander'
import { LANGUAGES } from './language/choose.ts'
import { t } from './language/language.ts'

/** Location of the desk, how to unlock it, and the output format. */
export interface Settings {
  /** Desk directory. */
  readonly dir: string
  readonly json?: boolean
  /** Language of texts for people. Default: that of the environment. */
  readonly lang?: string
  readonly takeOver?: boolean
  /** The first digits of the credential of the desk to shut out. */
  readonly shutOut?: string
  readonly passphraseFile?: string
  readonly passphraseStdin?: boolean
  readonly passphraseCommand?: string
}

/** Adds the options to the program. Users may write them before or after the verb. */
export function withSettings(program: Command): Command {
  return program
    .addOption(new Option('--dir <directory>', 'the desk').env('REX_DESK_DIR').default('desk'))
    .option('--json', 'print JSON, one document per line')
    .addOption(
      new Option('--lang <language>', 'language of what people read; default: that of your system').choices(
        LANGUAGES,
      ),
    )
    .option('--take-over', 'take the mailbox from another desk that is permanently gone; asks first')
    .option('--shut-out <credential>', 'with --take-over, without asking: the desk to shut out')
    .addOption(
      new Option(
        '--passphrase-file <file>',
        'read the passphrase from a file that only you can read',
      ).conflicts(['passphraseStdin', 'passphraseCommand']),
    )
    .addOption(
      new Option('--passphrase-stdin', 'read the passphrase from standard input').conflicts(
        'passphraseCommand',
      ),
    )
    .option(
      '--passphrase-command <command>',
      'use the first line that a command prints, such as a password manager',
    )
}

/** Returns only the members that are defined. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

/** Formats an example for the end of a help text. */
export function example(...commands: readonly string[]): string {
  return `\n${t`Example:`}\n${commands.map((command) => `  $ ${command}`).join('\n')}`
}
