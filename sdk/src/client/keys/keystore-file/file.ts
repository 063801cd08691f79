// The keystore file: the founding keys sealed under a random key, which is itself wrapped twice. docs/guide/desk.md, "At rest"
import { type Claims, claimsOf } from '../../../core/encoding/claims.ts'
import { toBase64url } from '../../../core/encoding/encoding.ts'
import { RexError } from '../../../core/error.ts'
import { readJson } from '../../../core/input/json.ts'
import { type DerivationCost, readCost } from '../key-derivation.ts'

const VERSION = 2
/** Maximum size in bytes. A keystore takes less than two kilobytes. */
const LIMIT = 65_536
const ID_BYTES = 16
/** Size of a wrapped 32-byte key, including IV and tag. */
const WRAPPED_BYTES = 60
/** Key derivations for the passphrase and the kit. */
const KDF = { passphrase: 'argon2id', kit: 'hkdf-sha256' } as const

/** The keystore key, wrapped under a passphrase. */
export interface PassphraseWrap {
  readonly cost: DerivationCost
  readonly salt: Uint8Array
  readonly wrapped: Uint8Array
}

/** A keystore file. */
export interface KeystoreFile {
  /** 16 random bytes, regenerated with every keystore key. Everything in the file is bound to this id. */
  readonly id: Uint8Array
  readonly passphrase: PassphraseWrap
  /** The keystore key, wrapped under the recovery kit. */
  readonly kit: Uint8Array
  /** The founding keys, sealed under the keystore key. */
  readonly sealed: Uint8Array
}

/** Encodes a keystore file as text. */
export function encodeFile({ id, passphrase, kit, sealed }: KeystoreFile): string {
  const { cost, salt, wrapped } = passphrase
  const file = {
    version: VERSION,
    id: toBase64url(id),
    passphrase: { kdf: KDF.passphrase, ...cost, salt: toBase64url(salt), wrapped: toBase64url(wrapped) },
    kit: { kdf: KDF.kit, wrapped: toBase64url(kit) },
    sealed: toBase64url(sealed),
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** Decodes a keystore file. @throws RexError UNSUPPORTED_VERSION, STORE_TOO_NEW, STORE_FAILED, LIMIT_EXCEEDED */
export function decodeFile(file: string | Uint8Array): KeystoreFile {
  try {
    if (file.length > LIMIT) throw new RexError('LIMIT_EXCEEDED', 'The keystore is too large.')
    const claims = claimsOf(readJson(file), 'keystore')
    checkVersion(claims.integer('version'))
    const [passphrase, kit] = [wrapOf(claims, 'passphrase'), wrapOf(claims, 'kit')]
    return {
      id: exactly(ID_BYTES, claims, 'id'),
      passphrase: {
        cost: readCost(passphrase),
        salt: exactly(ID_BYTES, passphrase, 'salt'),
        wrapped: exactly(WRAPPED_BYTES, passphrase, 'wrapped'),
      },
      kit: exactly(WRAPPED_BYTES, kit, 'wrapped'),
      sealed: claims.bytes('sealed', LIMIT),
    }
  } catch (cause) {
    if (RexError.is(cause, 'STORE_TOO_NEW') || RexError.is(cause, 'UNSUPPORTED_VERSION')) throw cause
    throw keystoreDamaged(cause)
  }
}

/** Returns the error for a keystore in which a part is missing, altered or taken from another keystore. */
export function keystoreDamaged(cause: unknown): RexError {
  return new RexError('STORE_FAILED', 'The keystore is damaged.', {
    cause,
    hint: 'Restore it from the backup.',
  })
}

function checkVersion(version: number): void {
  if (version > VERSION) throw new RexError('STORE_TOO_NEW', 'The keystore has a newer format.')
  if (version < VERSION)
    throw new RexError(
      'UNSUPPORTED_VERSION',
      `The keystore has format ${version}, without a recovery kit. This program reads format ${VERSION}.`,
      { metadata: { version: String(version) }, hint: 'Create a new desk with `rex-desk init`.' },
    )
}

function wrapOf(claims: Claims, name: keyof typeof KDF): Claims {
  const wrap = claims.object(name)
  if (wrap.text('kdf') !== KDF[name])
    throw new RexError('MALFORMED', 'The key derivation function (kdf) is not known.', { path: 'kdf' })
  return wrap
}

function exactly(length: number, claims: Claims, name: string): Uint8Array {
  const bytes = claims.bytes(name, length)
  if (bytes.length !== length) throw new RexError('MALFORMED', `${name} has another length.`, { path: name })
  return bytes
}
