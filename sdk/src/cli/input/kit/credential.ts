// What opens a keystore: the passphrase, or the recovery kit. docs/guide/rex-desk.md, "Backup and restore"
import type { Command } from 'commander'
import type { Credential } from '../../../client/keys/keystore.ts'
import type { Settings } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { unlockFrom } from '../passphrase.ts'
import { type KitInput, readKitFrom } from './words.ts'

/** Options of verbs that open a keystore with the recovery kit instead of the passphrase. */
export interface CredentialOptions extends KitInput {
  readonly kit?: boolean
}

/** Adds the options for the recovery kit. `when`: what they need, such as `with --verify: `. */
export function kitInput(command: Command, when = ''): Command {
  return command
    .option('--kit', `${when}ask for the recovery kit instead of the passphrase`)
    .option('--kit-file <file>', `${when}read the recovery kit from a file that only you can read`)
}

/** Whether the options say that the recovery kit is to open it. */
export const isByKit = ({ kit, kitFile }: CredentialOptions): boolean => kit === true || kitFile !== undefined

/** The recovery kit if the options say so, else the passphrase from its source (T-119). */
export async function credentialFrom(
  shell: Shell,
  options: Settings & CredentialOptions,
): Promise<Credential> {
  if (isByKit(options)) return { kit: await readKitFrom(shell, options) }
  return { passphrase: await unlockFrom(shell, options)() }
}
