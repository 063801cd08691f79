// Encrypts content: JWE `dir` with A256GCM over raw bytes. docs/spec/envelope.md, "Slot table"
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { digest, toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { openGcm, sealGcm } from './gcm.ts'
import { type ContentSlot, parseJwe } from './strict.ts'
import { writeHeader } from './strict-header.ts'

const NOTHING = new Uint8Array(0)
const KEY_BYTES = 32
const IV_BYTES = 12

/**
 * Seals content under a content key (RFC 7516, `dir`; RFC 7518, section 5.3); `kc` commits to the key. The caller must generate a fresh key
 * for every call. @throws RexError INTERNAL if the key is not 32 bytes long or `random` returns too few bytes (T-022)
 */
export async function sealDir(
  slot: ContentSlot,
  plaintext: Uint8Array,
  key: Uint8Array,
  random: (length: number) => Uint8Array,
): Promise<Jwe> {
  const iv = random(IV_BYTES)
  if (key.length !== KEY_BYTES || iv.length !== IV_BYTES) throw new RexError('INTERNAL', 'Sealing failed.')
  const header = utf8(writeHeader(slot, { kc: commitment(key) }))
  const sealed = sealGcm({ key, iv, aad: additionalData(header) }, plaintext)
  return { protected: header, encryptedKey: NOTHING, iv, ...sealed }
}

/** Opens content after checking that `kc` commits to this key (T-020). @throws RexError UNOPENABLE and the errors of parsing */
export async function openDir(slot: ContentSlot, jwe: Jwe, key: Uint8Array): Promise<Uint8Array> {
  const { header } = parseJwe(slot, jwe)
  if (key.length !== KEY_BYTES || header.kc !== commitment(key)) throw unopenable()
  try {
    return openGcm({ key, iv: jwe.iv, aad: additionalData(jwe.protected) }, jwe)
  } catch (cause) {
    throw unopenable(cause)
  }
}

/** Returns the additional authenticated data of a JWE: its protected header as base64url, in ASCII (RFC 7516, section 5.1, step 14). */
export function additionalData(header: Uint8Array): Uint8Array {
  return utf8(toBase64url(header))
}

/** Computes `kc`, the commitment of a sealed part to its content key. */
function commitment(key: Uint8Array): string {
  return toBase64url(digest('REX-1 content-key', key))
}

function unopenable(cause?: unknown): RexError {
  return new RexError('UNOPENABLE', 'A seal is not valid.', { cause })
}
