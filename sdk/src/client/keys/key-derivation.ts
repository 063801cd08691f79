// Derives a key from a passphrase, at the cost stated in the keystore. docs/guide/desk.md, "At rest"
import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { Claims } from '../../core/encoding/claims.ts'
import { RexError } from '../../core/error.ts'
import { passphraseForm } from '../../core/input/passphrase.ts'

/** Cost of the key derivation (RFC 9106, section 3.1). */
export interface DerivationCost {
  /** Memory in KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** The cost of new keystores (RFC 9106, section 4, second recommended option): 64 MiB, three passes. */
export const NEW_COST: DerivationCost = { memory: 64 * 1024, passes: 3, parallelism: 4 }

/** Upper limits, so that a manipulated keystore cannot exhaust the computer that opens it. */
const MOST: DerivationCost = { memory: 1024 * 1024, passes: 16, parallelism: 16 }
const KEY_BYTES = 32
const derive = promisify(argon2)

/** Derives 32 bytes with Argon2id (RFC 9106) from the UTF-8 encoding of the normalised passphrase. @throws RexError UNLOCK_FAILED */
export async function deriveKey(
  passphrase: string,
  salt: Uint8Array,
  cost: DerivationCost,
): Promise<Uint8Array> {
  const { memory, passes, parallelism } = cost
  const message = passphraseForm(passphrase)
  const input = { message, nonce: salt, memory, passes, parallelism, tagLength: KEY_BYTES }
  return derive('argon2id', input) as Promise<Buffer>
}

/** Reads the derivation cost of a keystore. @throws RexError MALFORMED */
export function readCost(claims: Claims): DerivationCost {
  const read = (name: keyof DerivationCost) => {
    const value = claims.integer(name)
    if (value >= 1 && value <= MOST[name]) return value
    throw new RexError('MALFORMED', `${name} is out of bounds.`, { path: name })
  }
  return { memory: read('memory'), passes: read('passes'), parallelism: read('parallelism') }
}
