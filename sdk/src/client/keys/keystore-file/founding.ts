// The founding keys as bytes. docs/guide/desk.md, "At rest"
import { Buffer } from 'node:buffer'
import { claimsOf } from '../../../core/encoding/claims.ts'
import { toBase64url } from '../../../core/encoding/encoding.ts'
import { readJson } from '../../../core/input/json.ts'

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

export function encodeFounding(keys: FoundingKeys): Uint8Array {
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

/** @throws RexError MALFORMED */
export function decodeFounding(bytes: Uint8Array): FoundingKeys {
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
