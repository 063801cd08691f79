// Reads the passphrase or the recovery kit that opens a keystore. docs/guide/rex-desk.md, "Backup and restore"
import type { Command } from 'commander'
import type { Credential } from '../../../client/keys/keystore.ts'
import type { Settings } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { unlockFrom } from '../passphrase.ts'
import { type KitInput, readKitFrom } from './words.ts'

/** Options of verbs that can open a keystore with the recovery kit instead of the passphrase. */
export interface CredentialOptions extends KitInput {
  readonly kit?: boolean
}

/** Adds the options for the recovery kit. `when`: a prefix that states when they apply, such as `with --verify: `. */
export function kitInput(command: Command, when = ''): Command {
  return command
    .option('--kit', `${when}ask for the recovery kit instead of the passphrase`)
    .option('--kit-file <file>', `${when}read the recovery kit from a file that only you can read`)
}

/** Whether the options ask for the recovery kit. */
export const isByKit = ({ kit, kitFile }: CredentialOptions): boolean => kit === true || kitFile !== undefined

/** Reads the recovery kit if the options ask for it, otherwise the passphrase from its source (T-119). */
export async function credentialFrom(
  shell: Shell,
  options: Settings & CredentialOptions,
): Promise<Credential> {
  if (isByKit(options)) return { kit: await readKitFrom(shell, options) }
  return { passphrase: await unlockFrom(shell, options)() }
}
