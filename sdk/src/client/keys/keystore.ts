// The keystore: the founding keys of a desk, opened with a passphrase or a recovery kit. docs/guide/desk.md, "At rest"
import { join } from 'node:path'
import { selfTest } from '../../core/self-test/self-test.ts'
import { newKey } from './cipher.ts'
import { look, readPrivately, writeDurably } from './durable.ts'
import { decodeFile, encodeFile, type KeystoreFile } from './keystore-file/file.ts'
import type { FoundingKeys } from './keystore-file/founding.ts'
import {
  type Credential,
  raisedCost,
  sealAgain,
  sealKeystore,
  subkey,
  type Unlocked,
  unlock,
  wrapAgain,
} from './keystore-file/seal.ts'
import { openRotatingKeys, type RotatingKeys, writeRotatingKeys } from './rotating-keys.ts'

export type { Credential, FoundingKeys }

/** Name of the keystore file in a desk directory. */
export const KEYSTORE_FILE = 'keystore.json'

/** All secrets of a desk. */
export interface Keys extends FoundingKeys, RotatingKeys {}

/** An open keystore. */
export interface OpenKeystore {
  readonly founding: FoundingKeys
  /**
   * Returns a 32-byte key, different for each purpose. The same keystore file always gives the same key, whether it is opened with the passphrase or
   * the kit.
   */
  keyFor(purpose: string): Uint8Array
  /** Seals other founding keys into the current keystore file, and returns the new file. @throws RexError STORE_FAILED */
  sealedAgain(file: string, founding: FoundingKeys): string
}

/** Opens the keys of a desk directory. @throws RexError NOT_FOUND, UNLOCK_FAILED, STORE_FAILED */
export async function openKeystore(directory: string, passphrase: string): Promise<Keys> {
  const founding = await openFounding(directory, passphrase)
  return { ...founding, ...(await openRotatingKeys(directory, founding.archiveKey)) }
}

/**
 * Opens the founding keys of a desk directory. Raises the cost of the key derivation if it is below that of new keystores.
 * @throws RexError NOT_FOUND, UNLOCK_FAILED, STORE_FAILED, SELF_TEST_FAILED
 */
export async function openFounding(directory: string, passphrase: string): Promise<FoundingKeys> {
  return (await openDirectory(directory, passphrase)).opened.founding
}

/**
 * Opens the keystore of a desk directory. Raises the cost of the key derivation if it is below that of new keystores.
 * `keystore`: the file before the cost was raised; the keystore key stays the same.
 * @throws RexError NOT_FOUND, UNLOCK_FAILED, STORE_FAILED, SELF_TEST_FAILED
 */
export async function openDirectory(
  directory: string,
  passphrase: string,
): Promise<{ readonly keystore: string; readonly opened: OpenKeystore }> {
  await selfTest()
  const keystore = await readKeystore(directory)
  const unlocked = await unlock(decodeFile(keystore), { passphrase })
  const cost = raisedCost(unlocked.file.passphrase.cost)
  if (cost !== undefined) {
    const next = encodeFile(await wrapAgain(unlocked, passphrase, cost))
    // A full or read-only disk, or another command doing the same, must not prevent the desk from opening. The next command tries again.
    await writeDurably(join(directory, KEYSTORE_FILE), next, { replaces: keystore }).catch(() => undefined)
  }
  return { keystore, opened: openedAs(unlocked) }
}

/**
 * Reads the keystore file of a desk directory, still encrypted, for a backup. @throws RexError NOT_FOUND, STORE_FAILED,
 * CONFIG_INVALID
 */
export async function readKeystore(directory: string): Promise<string> {
  const path = join(directory, KEYSTORE_FILE)
  return await readPrivately(path, {
    message: `There is no keystore at ${path}.`,
    hint: 'Give the directory of your desk with --dir. Restore a lost desk with `rex-desk restore`; make the first desk of an organisation with `rex-desk init`.',
  })
}

/**
 * Opens a keystore file, from a desk directory or a backup, after a self-test of the cryptography (T-127).
 * @throws RexError UNLOCK_FAILED, STORE_FAILED, UNSUPPORTED_VERSION, STORE_TOO_NEW, SELF_TEST_FAILED
 */
export async function unlockKeystore(
  file: string | Uint8Array,
  credential: Credential,
): Promise<OpenKeystore> {
  await selfTest()
  return openedAs(await unlock(decodeFile(file), credential))
}

function openedAs({ key, founding, file }: Unlocked): OpenKeystore {
  return {
    founding,
    keyFor: (purpose) => subkey(key, file.id, purpose),
    sealedAgain: (now, next) => encodeFile(sealAgain(decodeFile(now), key, next)),
  }
}

/**
 * Writes the keys of a desk durably, under a passphrase and a new recovery kit. Writes the keystore last, because a directory with a keystore counts
 * as a desk. Returns the 24 words of the kit.
 */
export async function writeKeystore(directory: string, keys: Keys, passphrase: string): Promise<string[]> {
  await writeRotatingKeys(directory, keys, keys.archiveKey)
  return await writeFounding(directory, keys, passphrase)
}

/** Writes the founding keys durably, under a passphrase and a new recovery kit. Returns the 24 words of the kit. */
export async function writeFounding(
  directory: string,
  keys: FoundingKeys,
  passphrase: string,
): Promise<string[]> {
  const kit = newKey()
  const file = await sealKeystore(keys, { passphrase, kit })
  const { kitWords } = await import('../../core/identity/kit.ts')
  await writeDurably(join(directory, KEYSTORE_FILE), encodeFile(file))
  return kitWords(kit)
}

/**
 * Replaces a keystore durably with the result of `change`: a crash leaves the old or the new keystore (T-087). Returns the founding keys.
 * @throws RexError UNLOCK_FAILED, NOT_FOUND, STORE_FAILED, STORE_IN_USE if another process has changed the keystore in the meantime
 */
export async function replaceKeystore(
  directory: string,
  credential: Credential,
  change: (opened: Unlocked) => Promise<KeystoreFile>,
): Promise<FoundingKeys> {
  await selfTest()
  const before = await readKeystore(directory)
  const opened = await unlock(decodeFile(before), credential)
  const next = encodeFile(await change(opened))
  await writeDurably(join(directory, KEYSTORE_FILE), next, { replaces: before })
  return opened.founding
}

/** Whether a directory has a keystore. */
export async function hasKeystore(directory: string): Promise<boolean> {
  return (await look(join(directory, KEYSTORE_FILE))) !== undefined
}
