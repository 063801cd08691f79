// Seals the founding keys under a random keystore key, and wraps the keystore key under the passphrase and the recovery kit. docs/guide/desk.md, "At
// rest"
import { hkdfSync, randomBytes } from 'node:crypto'
import { toBase64url } from '../../../core/encoding/encoding.ts'
import { RexError } from '../../../core/error.ts'
import { newKey, openAtRest, sealAtRest } from '../cipher.ts'
import { type DerivationCost, deriveKey, NEW_COST } from '../key-derivation.ts'
import { type KeystoreFile, keystoreDamaged, type PassphraseWrap } from './file.ts'
import { decodeFounding, encodeFounding, type FoundingKeys } from './founding.ts'

const KEY_BYTES = 32
const ID_BYTES = 16
const FOUNDING = 'REX founding keys'
const PASSPHRASE = 'REX keystore key, by passphrase'
const KIT = 'REX keystore key, by recovery kit'

/** The passphrase that opens a keystore, or the 24 words of its recovery kit as text or a list. */
export type Credential = { readonly passphrase: string } | { readonly kit: string | readonly string[] }

/** An open keystore: the keystore key and the founding keys. */
export interface Unlocked {
  readonly file: KeystoreFile
  readonly key: Uint8Array
  readonly founding: FoundingKeys
}

/**
 * Seals founding keys under a new keystore key. The wraps in an earlier keystore file contain another key, so replaced
 * passphrases and kits do not open the new keystore. `kit`: the kit's 32 bytes.
 */
export async function sealKeystore(
  founding: FoundingKeys,
  { passphrase, kit }: { readonly passphrase: string; readonly kit: Uint8Array },
): Promise<KeystoreFile> {
  const [id, key] = [randomBytes(ID_BYTES), newKey()]
  return {
    id,
    passphrase: await wrapped(id, key, { passphrase, cost: NEW_COST }),
    kit: sealAtRest(subkey(kit, id, KIT), key, bound(KIT, id)),
    sealed: sealedFounding(id, key, founding),
  }
}

/** Seals other founding keys into the same keystore, under the same passphrase and kit. `key`: the keystore key. */
export function sealAgain(file: KeystoreFile, key: Uint8Array, founding: FoundingKeys): KeystoreFile {
  return { ...file, sealed: sealedFounding(file.id, key, founding) }
}

/** Wraps the same keystore key under another passphrase or at another cost. */
export async function wrapAgain(
  { file, key }: Pick<Unlocked, 'file' | 'key'>,
  passphrase: string,
  cost: DerivationCost = NEW_COST,
): Promise<KeystoreFile> {
  return { ...file, passphrase: await wrapped(file.id, key, { passphrase, cost }) }
}

/** Returns a higher cost for a keystore if new keystores use more memory or passes than `cost`, otherwise undefined. */
export function raisedCost(cost: DerivationCost): DerivationCost | undefined {
  const [memory, passes] = [Math.max(cost.memory, NEW_COST.memory), Math.max(cost.passes, NEW_COST.passes)]
  return memory > cost.memory || passes > cost.passes ? { ...NEW_COST, memory, passes } : undefined
}

/** Opens a keystore file. @throws RexError UNLOCK_FAILED, or STORE_FAILED if the credential is right but the rest of the file is damaged */
export async function unlock(file: KeystoreFile, credential: Credential): Promise<Unlocked> {
  const key = await keystoreKey(file, credential)
  try {
    const bytes = openAtRest(subkey(key, file.id, FOUNDING), file.sealed, bound(FOUNDING, file.id))
    return { file, key, founding: decodeFounding(bytes) }
  } catch (cause) {
    throw keystoreDamaged(cause)
  }
}

/** Derives a key for one purpose with HKDF-SHA-256 (RFC 5869) from a uniform 32-byte key, with the keystore's id as salt. */
export function subkey(key: Uint8Array, id: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, id, purpose, KEY_BYTES))
}

function sealedFounding(id: Uint8Array, key: Uint8Array, founding: FoundingKeys): Uint8Array {
  return sealAtRest(subkey(key, id, FOUNDING), encodeFounding(founding), bound(FOUNDING, id))
}

async function wrapped(
  id: Uint8Array,
  key: Uint8Array,
  { passphrase, cost }: { readonly passphrase: string; readonly cost: DerivationCost },
): Promise<PassphraseWrap> {
  const salt = randomBytes(ID_BYTES)
  const wrapping = await deriveKey(passphrase, salt, cost)
  return { cost, salt, wrapped: sealAtRest(wrapping, key, bound(PASSPHRASE, id)) }
}

async function keystoreKey(file: KeystoreFile, credential: Credential): Promise<Uint8Array> {
  if ('passphrase' in credential) {
    const { cost, salt, wrapped } = file.passphrase
    const key = await deriveKey(credential.passphrase, salt, cost)
    return unwrapped(() => openAtRest(key, wrapped, bound(PASSPHRASE, file.id)), WRONG_PASSPHRASE)
  }
  // Import the word list only when it is needed, because few commands use it.
  const { readKit } = await import('../../../core/identity/kit.ts')
  const key = subkey(readKit(credential.kit), file.id, KIT)
  return unwrapped(() => openAtRest(key, file.kit, bound(KIT, file.id)), WRONG_KIT)
}

const WRONG_PASSPHRASE = {
  message: 'The passphrase is wrong, or the keystore was changed.',
  hint: 'Check the passphrase. If it is lost, set a new one with the recovery kit: `rex-desk recover`.',
}
const WRONG_KIT = {
  message: 'This recovery kit does not open this keystore.',
  hint: 'It is the kit of another desk, or a newer kit has replaced it. Look for the newest kit of this desk.',
}

function unwrapped(open: () => Uint8Array, { message, hint }: typeof WRONG_KIT): Uint8Array {
  try {
    return open()
  } catch (cause) {
    throw new RexError('UNLOCK_FAILED', message, { cause, hint })
  }
}

/** Returns the associated data of the ciphertext: its purpose and the id of its keystore. */
function bound(purpose: string, id: Uint8Array): string {
  return `${purpose} ${toBase64url(id)}`
}
