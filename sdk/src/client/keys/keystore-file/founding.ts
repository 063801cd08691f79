// Encodes the founding keys as bytes, and decodes them. docs/guide/desk.md, "At rest"
import { Buffer } from 'node:buffer'
import { claimsOf, textOf } from '../../../core/encoding/claims.ts'
import { toBase64url } from '../../../core/encoding/encoding.ts'
import { MOST_ROTATIONS } from '../../../core/identity/rotation.ts'
import { readJson } from '../../../core/input/json.ts'
import { LIMITS } from '../../../core/limits.ts'

/** The keys in a backup. They last as long as the desk, except for the entity key. */
export interface FoundingKeys {
  readonly organisation: string
  /** Display name of the organisation. */
  readonly name: string
  /** 32-byte seed of the entity key (Ed25519). `messageSeed`: 32-byte seed of the message key (Ed25519). */
  readonly entitySeed: Uint8Array
  /**
   * Rotations (JWTs) that led to the current entity key, oldest first, at most 16. Default: none; the current entity
   * key is the first.
   */
  readonly rotations?: readonly string[]
  readonly messageSeed: Uint8Array
  /** Creation time of the message key. Unix milliseconds. */
  readonly messageKeyMs: number
  /** 32-byte key that wraps the thread keys and the rotating keys. */
  readonly archiveKey: Uint8Array
}

export function encodeFounding(keys: FoundingKeys): Uint8Array {
  const { organisation, name, entitySeed, rotations, messageSeed, messageKeyMs, archiveKey } = keys
  return Buffer.from(
    JSON.stringify({
      organisation,
      name,
      messageKeyMs,
      entitySeed: toBase64url(entitySeed),
      ...(rotations && { rotations }),
      messageSeed: toBase64url(messageSeed),
      archiveKey: toBase64url(archiveKey),
    }),
  )
}

/** Decodes founding keys. @throws RexError MALFORMED */
export function decodeFounding(bytes: Uint8Array): FoundingKeys {
  const claims = claimsOf(readJson(bytes), 'keystore')
  return {
    organisation: claims.text('organisation'),
    name: claims.text('name'),
    entitySeed: claims.bytes('entitySeed', 32),
    ...(claims.has('rotations') && {
      rotations: claims.list('rotations', MOST_ROTATIONS, (jwt, path) => textOf(jwt, path, LIMITS.rotation)),
    }),
    messageSeed: claims.bytes('messageSeed', 32),
    messageKeyMs: claims.integer('messageKeyMs'),
    archiveKey: claims.bytes('archiveKey', 32),
  }
}
