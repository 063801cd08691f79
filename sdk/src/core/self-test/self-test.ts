// Runs known-answer tests of every cryptographic primitive at program start, so that a build that computes wrong results is never used.
// docs/guide/gateway.md, "Running"
import {
  argon2Sync,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { equal, fromBase64url, fromHex, toBase64url, toHex, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { openGcm, sealGcm } from '../jose/gcm.ts'
import { openIntegrated } from '../jose/hpke.ts'
import { mlKem768X25519 } from '../jose/hpke-primitives.ts'
import { verifyEd25519 } from '../jose/jose.ts'
import { deriveEd25519, deriveX25519, importX25519, kid } from '../jose/key.ts'
import vectors from './vectors.json' with { type: 'json' }

/** The primitives in use, each with a test that it gives the answer stated in its standard and rejects a wrong one. */
const ANSWERS: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
  'SHA-256': () => hash('sha256', 'abc') === vectors.sha256,
  'SHA3-256': () => hash('sha3-256', 'abc') === vectors.sha3,
  SHAKE256: () => hash('shake256', 'abc', { outputLength: 32 }) === vectors.shake256,
  'HKDF-SHA-256': hkdf,
  'AES-256-GCM': gcm,
  Ed25519: ed25519,
  X25519: x25519,
  'MLKEM768-X25519': hybrid,
  'RSA-SHA-256': rsa,
  Argon2id: argon2id,
  'random numbers': () => !equal(randomBytes(32), randomBytes(32)),
}

/**
 * Runs the known-answer test of every primitive, which takes a few milliseconds.
 * @throws RexError SELF_TEST_FAILED that states the first primitive that fails (T-127)
 */
export async function selfTest(): Promise<void> {
  for (const [primitive, answers] of Object.entries(ANSWERS)) {
    const cause = await failureOf(answers)
    if (cause === undefined) continue
    throw new RexError('SELF_TEST_FAILED', `${primitive} gives wrong answers here.`, {
      cause,
      metadata: { primitive },
    })
  }
}

/** Runs a test and returns the error that it throws, or an error for a wrong answer. Undefined if the test passes. */
async function failureOf(answers: () => boolean | Promise<boolean>): Promise<unknown> {
  try {
    return (await answers()) ? undefined : new Error('another answer')
  } catch (error) {
    return error
  }
}

function hkdf(): boolean {
  const { ikm, okm } = vectors.hkdf
  return toHex(new Uint8Array(hkdfSync('sha256', bytes(ikm), '', '', 42))) === okm
}

function gcm(): boolean {
  const { plaintext, ciphertext, tag, ...parameters } = vectors.gcm
  const { key, iv, aad } = parameters
  const under = { key: bytes(key), iv: bytes(iv), aad: bytes(aad) }
  const sealed = sealGcm(under, bytes(plaintext))
  const opened = openGcm(under, { ciphertext: bytes(ciphertext), tag: bytes(tag) })
  return (
    toHex(sealed.ciphertext) === ciphertext &&
    toHex(sealed.tag) === tag &&
    toHex(opened) === plaintext &&
    refuses(() => openGcm(under, { ...sealed, tag: changed(sealed.tag) }))
  )
}

function ed25519(): boolean {
  const { seed, x, message, signature } = vectors.ed25519
  const { privateKey, publicJwk } = deriveEd25519(bytes(seed))
  const made = sign(null, bytes(message), privateKey)
  return (
    publicJwk.x === toBase64url(bytes(x)) &&
    toHex(made) === signature &&
    verifyEd25519(bytes(message), publicJwk, made) &&
    !verifyEd25519(bytes(message), publicJwk, changed(made))
  )
}

function x25519(): boolean {
  const { seed, other, shared } = vectors.x25519
  const { privateKey } = deriveX25519(bytes(seed))
  return toHex(diffieHellman({ privateKey, publicKey: importX25519(bytes(other)) })) === shared
}

/** Tests ML-KEM-768, X25519 and the combiner of REX-2, and with these SHAKE256, SHA3-256 and AES-256-GCM. */
async function hybrid(): Promise<boolean> {
  const { seed, kid: id, plaintextSha256, ...token } = vectors.hpke
  const kem = mlKem768X25519()
  const own = await kem.DeserializePrivateKey(fromBase64url(seed, 'seed'), false)
  const [header, encryptedKey, ciphertext] = [token.header, token.encryptedKey, token.ciphertext].map(
    (part) => fromBase64url(part, 'part'),
  ) as [Uint8Array, Uint8Array, Uint8Array]
  const none = new Uint8Array(0)
  const opened = await openIntegrated(
    { protected: header, encryptedKey, iv: none, ciphertext, tag: none },
    own,
  )
  const { shared_secret: sent, enc } = await kem.Encap(own)
  return (
    kid({ kty: 'AKP', alg: 'HPKE-10', pub: toBase64url(own.public) }) === id &&
    hash('sha256', opened) === plaintextSha256 &&
    equal(await kem.Decap(enc, own, undefined), sent) &&
    !equal(await kem.Decap(changed(enc), own, undefined), sent)
  )
}

function rsa(): boolean {
  const { spki, message, signature } = vectors.rsa
  const key = createPublicKey({ key: Buffer.from(spki, 'base64url'), format: 'der', type: 'spki' })
  const made = fromBase64url(signature, 'signature')
  return verify('sha256', utf8(message), key, made) && !verify('sha256', utf8(message), key, changed(made))
}

function argon2id(): boolean {
  const filled = (byte: number, length: number) => new Uint8Array(length).fill(byte)
  const tag = argon2Sync('argon2id', {
    message: filled(1, 32),
    nonce: filled(2, 16),
    secret: filled(3, 8),
    associatedData: filled(4, 12),
    memory: 32,
    passes: 3,
    parallelism: 4,
    tagLength: 32,
  })
  return toHex(tag) === vectors.argon2id
}

function bytes(hex: string): Uint8Array {
  return fromHex(hex, 'vector')
}

/** Returns a copy of the bytes with one bit flipped. */
function changed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (byte, i) => (i === 0 ? byte ^ 1 : byte))
}

function refuses(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}
