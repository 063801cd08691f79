// The key schedule of HPKE-10, as REX-JOSE-053 defines it. docs/spec/envelope-slots.md, "Grants"
import { gcm } from '@noble/ciphers/aes.js'
import { shake256 } from '@noble/hashes/sha3.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js'
import { utf8 } from './wire.ts'

const KEM = Uint8Array.of(0x64, 0x7a)
const SUITE = Uint8Array.of(0x64, 0x7a, 0x00, 0x11, 0x00, 0x02)
const NOTHING = new Uint8Array()

/** The result of HPKE integrated encryption: the encapsulated secret, and the ciphertext with its tag. */
export interface Sealed {
  readonly encapsulated: Uint8Array
  readonly ciphertext: Uint8Array
}

/** Derives the seed of the KEM's key pair from the input of DeriveKeyPair. */
export function deriveKeyPair(seed: Uint8Array): Uint8Array {
  return expand(
    { suite: concatBytes(utf8('KEM'), KEM), ikm: seed, label: 'DeriveKeyPair', context: NOTHING },
    32,
  )
}

/** Seals one plaintext. `randomness`: 64 bytes that determine the encapsulation. */
export function sealHpke(
  plaintext: Uint8Array,
  key: Uint8Array,
  { aad, randomness }: { aad: Uint8Array; randomness: Uint8Array },
): Sealed {
  const { cipherText, sharedSecret } = ml_kem768_x25519.encapsulate(key, randomness)
  return { encapsulated: cipherText, ciphertext: cipher(sharedSecret, aad).encrypt(plaintext) }
}

/** Opens a ciphertext, and throws if it was not sealed to this key. */
export function openHpke(sealed: Sealed, secret: Uint8Array, aad: Uint8Array): Uint8Array {
  return cipher(ml_kem768_x25519.decapsulate(sealed.encapsulated, secret), aad).decrypt(sealed.ciphertext)
}

function cipher(sharedSecret: Uint8Array, aad: Uint8Array) {
  const ikm = concatBytes(prefixed(NOTHING), prefixed(sharedSecret))
  const context = concatBytes(Uint8Array.of(0), prefixed(NOTHING), prefixed(NOTHING))
  const secret = expand({ suite: concatBytes(utf8('HPKE'), SUITE), ikm, label: 'secret', context }, 108)
  return gcm(secret.subarray(0, 32), secret.subarray(32, 44), aad)
}

interface Derivation {
  readonly suite: Uint8Array
  readonly ikm: Uint8Array
  readonly label: string
  readonly context: Uint8Array
}

/** Computes D(suite, ikm, label, context, n) of REX-JOSE-053. */
function expand({ suite, ikm, label, context }: Derivation, length: number): Uint8Array {
  const input = [ikm, utf8('HPKE-v1'), suite, prefixed(utf8(label)), uint16(length), context]
  return shake256(concatBytes(...input), { dkLen: length })
}

function prefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(uint16(bytes.length), bytes)
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255)
}
