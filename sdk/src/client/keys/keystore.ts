// The keystore: the founding keys of a desk, encrypted under a passphrase. docs/guide/desk.md, "At rest"
import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { claimsOf } from '../../core/encoding/claims.ts'
import { toBase64url } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { readJson } from '../../core/input/json.ts'
import { selfTest } from '../../core/self-test/self-test.ts'
import { openAtRest, sealAtRest } from './cipher.ts'
import { look, readPrivately, writeDurably } from './durable.ts'
import { type DerivationCost, deriveKey, NEW_COST, readCost } from './key-derivation.ts'
import { openRotatingKeys, type RotatingKeys, writeRotatingKeys } from './rotating-keys.ts'

const FILE = 'keystore.json'
const VERSION = 1
const PURPOSE = 'REX keystore'

/** Keys that last as long as the desk. */
export interface FoundingKeys {
  readonly organisation: string
  /** Display name of the organisation. */
  readonly name: string
  /** 32-byte seeds of the Ed25519 keys. */
  readonly entitySeed: Uint8Array
  readonly messageSeed: Uint8Array
  /** Creation time of the message key. Unix milliseconds. */
  readonly messageKeyMs: number
  /** Wraps the thread keys and the current keys: 32 bytes. */
  readonly archiveKey: Uint8Array
}

/** All secrets of a desk. */
export interface Keys extends FoundingKeys, RotatingKeys {}

/** Opens the keys of a desk directory. @throws RexError NOT_FOUND, UNLOCK_FAILED, STORE_FAILED */
export async function openKeystore(directory: string, passphrase: string): Promise<Keys> {
  const founding = await openFounding(directory, passphrase)
  return { ...founding, ...(await openRotatingKeys(directory, founding.archiveKey)) }
}

/**
 * Opens the founding keys of a backup, after a self-test of the cryptography (T-127).
 * @throws RexError NOT_FOUND, UNLOCK_FAILED, STORE_FAILED, SELF_TEST_FAILED
 */
export async function openFounding(directory: string, passphrase: string): Promise<FoundingKeys> {
  await selfTest()
  const path = join(directory, FILE)
  const file = await readPrivately(path, {
    message: `There is no keystore at ${path}.`,
    hint: 'Give the directory of your desk with --dir. Restore a lost desk with `rex-desk restore`; make the first desk of an organisation with `rex-desk init`.',
  })
  const { salt, sealed, cost } = parseFile(file)
  return decodeKeys(unseal(await deriveKey(passphrase, salt, cost), sealed))
}

/** Writes the keys of a desk durably. The keystore comes last, because it makes a directory a desk. */
export async function writeKeystore(directory: string, keys: Keys, passphrase: string): Promise<void> {
  await writeRotatingKeys(directory, keys, keys.archiveKey)
  await writeFounding(directory, keys, passphrase)
}

/** Writes the founding keys durably, under a passphrase. */
export async function writeFounding(
  directory: string,
  keys: FoundingKeys,
  passphrase: string,
): Promise<void> {
  const salt = randomBytes(16)
  const sealed = sealAtRest(await deriveKey(passphrase, salt, NEW_COST), encodeKeys(keys), PURPOSE)
  const texts = { salt: toBase64url(salt), sealed: toBase64url(sealed) }
  const file = { version: VERSION, kdf: 'argon2id', ...NEW_COST, ...texts }
  await writeDurably(join(directory, FILE), `${JSON.stringify(file, null, 2)}\n`)
}

/** Whether a directory has a keystore. */
export async function hasKeystore(directory: string): Promise<boolean> {
  return (await look(join(directory, FILE))) !== undefined
}

function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  try {
    return openAtRest(key, sealed, PURPOSE)
  } catch (cause) {
    throw new RexError('UNLOCK_FAILED', 'The passphrase is wrong, or the keystore was changed.', { cause })
  }
}

function parseFile(file: string): { salt: Uint8Array; sealed: Uint8Array; cost: DerivationCost } {
  try {
    const claims = claimsOf(readJson(file), 'keystore')
    if (claims.integer('version') !== VERSION)
      throw new RexError('STORE_TOO_NEW', 'The keystore has a newer format.')
    return { salt: claims.bytes('salt', 64), sealed: claims.bytes('sealed', 65_536), cost: readCost(claims) }
  } catch (cause) {
    if (RexError.is(cause, 'STORE_TOO_NEW')) throw cause
    throw new RexError('STORE_FAILED', 'The keystore is damaged.', {
      cause,
      hint: 'Restore it from the backup.',
    })
  }
}

function encodeKeys(keys: FoundingKeys): Uint8Array {
  const { organisation, name, entitySeed, messageSeed, messageKeyMs, archiveKey } = keys
  return Buffer.from(
    JSON.stringify({
      organisation,
      name,
      messageKeyMs,
      entitySeed: toBase64url(entitySeed),
      messageSeed: toBase64url(messageSeed),
      archiveKey: toBase64url(archiveKey),
    }),
  )
}

function decodeKeys(bytes: Uint8Array): FoundingKeys {
  const claims = claimsOf(readJson(bytes), 'keystore')
  return {
    organisation: claims.text('organisation'),
    name: claims.text('name'),
    entitySeed: claims.bytes('entitySeed', 32),
    messageSeed: claims.bytes('messageSeed', 32),
    messageKeyMs: claims.integer('messageKeyMs'),
    archiveKey: claims.bytes('archiveKey', 32),
  }
}
