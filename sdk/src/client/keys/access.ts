// Changes who can open a desk: a new passphrase, recovery with the kit, a new recovery kit. docs/guide/desk.md, "Passphrase and recovery kit"
import { checkOptions } from '../api/options.ts'
import { newKey } from './cipher.ts'
import { replaceKeystore } from './keystore.ts'
import { sealKeystore, wrapAgain } from './keystore-file/seal.ts'
import { checkStrength } from './strength.ts'

/** Options of `recoverDesk`. */
export interface RecoverDesk {
  readonly directory: string
  /** The 24 words, as a list or as typed. Case, spaces and numbers are ignored, and the first four letters of each word suffice. */
  readonly kit: string | readonly string[]
  /** New passphrase, which must withstand at least 10^10 guesses (docs/guide/rex-desk.md, "Passphrase"). */
  readonly passphrase: string
}

/** Options of `replaceKit`. */
export interface ReplaceKit {
  readonly directory: string
  readonly passphrase: string
  /** Stores or prints the 24 words of the new kit. The old kit stays valid until the promise resolves; then only the new kit is valid. */
  readonly keep: (kit: string[]) => void | Promise<void>
}

/**
 * Changes the passphrase. The recovery kit stays the same.
 * @throws RexError CONFIG_INVALID if the new passphrase is weak, UNLOCK_FAILED, NOT_FOUND, STORE_IN_USE if another process has changed the keystore
 * in the meantime
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

/**
 * Sets a new passphrase with the recovery kit. The recovery kit stays the same, and the lost passphrase no longer opens the desk.
 * @throws RexError UNLOCK_FAILED if a word is not in the list (the error states its position), the checksum is wrong, or the kit belongs to another
 * desk or was replaced; CONFIG_INVALID if the passphrase is weak; NOT_FOUND; STORE_IN_USE
 */
export async function recoverDesk(options: RecoverDesk): Promise<{ organisation: string }> {
  const { directory, kit, passphrase } = checkOptions('recoverDesk', options)
  await checkStrength(passphrase)
  const { readKit } = await import('../../core/identity/kit.ts')
  const entropy = readKit(kit)
  const { organisation } = await replaceKeystore(directory, { kit }, ({ founding }) =>
    sealKeystore(founding, { passphrase, kit: entropy }),
  )
  return { organisation }
}

/**
 * Replaces the recovery kit. The passphrase stays the same. If the process ends before the new kit is valid, the old kit remains valid.
 * @throws RexError UNLOCK_FAILED, NOT_FOUND, STORE_IN_USE; any error that `keep` throws, in which case the old kit remains valid and the new kit is
 * void
 */
export async function replaceKit(options: ReplaceKit): Promise<void> {
  const { directory, passphrase, keep } = checkOptions('replaceKit', options)
  const { kitWords } = await import('../../core/identity/kit.ts')
  await replaceKeystore(directory, { passphrase }, async ({ founding }) => {
    const kit = newKey()
    const next = await sealKeystore(founding, { passphrase, kit })
    await keep(kitWords(kit))
    return next
  })
}
