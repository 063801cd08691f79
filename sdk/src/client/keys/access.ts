// Who can open a desk: another passphrase, a new recovery kit. docs/guide/desk.md, "At rest"
import { checkOptions } from '../api/options.ts'
import { replaceKeystore } from './keystore.ts'
import { wrapAgain } from './keystore-file/seal.ts'
import { checkStrength } from './strength.ts'

/**
 * Sets another passphrase. The recovery kit stays the same.
 * @throws RexError CONFIG_INVALID if the new one is weak, UNLOCK_FAILED, NOT_FOUND, STORE_IN_USE if the keystore was changed meanwhile
 */
export async function changePassphrase(
  directory: string,
  passphrases: { from: string; to: string },
): Promise<void> {
  const { from, to } = checkOptions('changePassphrase', passphrases)
  checkOptions('keystore', { directory })
  await checkStrength(to)
  await replaceKeystore(directory, { passphrase: from }, (opened) => wrapAgain(opened, to))
}
