// The primitives of suite REX-2 for hpke, built on node:crypto: MLKEM768-X25519, SHAKE256, AES-256-GCM. docs/spec/envelope.md, "Suites"
import { Buffer } from 'node:buffer'
import {
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  hash,
  type KeyObject,
} from 'node:crypto'
import {
  type AEAD,
  AEAD_AES_256_GCM,
  I2OSP,
  type KDF,
  KDF_SHAKE256,
  type KEM,
  type Key,
  LabeledDerive,
  NotSupportedError,
} from 'hpke'
import { utf8 } from '../encoding/encoding.ts'
import { openGcm, sealGcm } from './gcm.ts'
import { importX25519 } from './key.ts'

/** A hybrid key, which consists of an ML-KEM key and an X25519 key. A private key also contains its public key. */
export interface HybridKey extends Key {
  readonly mlKem: KeyObject
  readonly x25519: KeyObject
  readonly public: Uint8Array
}

const SEED_BYTES = 32
const ML_KEM = { seed: 64, publicKey: 1184, ciphertext: 1088 } as const
const X25519_BYTES = 32
const TAG_BYTES = 16
/** The constants of draft-ietf-hpke-pq. The library exports them, too, but importing them queries Web Crypto, which makes Node print a warning. */
const MLKEM768_X25519 = {
  id: 0x647a,
  name: 'MLKEM768-X25519',
  type: 'KEM',
  Nsecret: 32,
  Nenc: 1120,
  Npk: 1216,
  Nsk: 32,
} as const
/** The label of MLKEM768-X25519 (draft-irtf-cfrg-concrete-hybrid-kems). */
const LABEL = utf8('\\.//^\\')

/** Returns AES-256-GCM for hpke. */
export function aesGcm(): AEAD {
  return {
    ...AEAD_AES_256_GCM(),
    async Seal(key, iv, aad, plaintext) {
      const { ciphertext, tag } = sealGcm({ key, iv, aad }, plaintext)
      return bytesOf(ciphertext, tag)
    },
    async Open(key, iv, aad, sealed) {
      const [ciphertext, tag] = split(sealed, sealed.length - TAG_BYTES)
      return bytesOf(openGcm({ key, iv, aad }, { ciphertext, tag }))
    },
  }
}

/** Returns SHAKE256 as a one-stage KDF for hpke. */
export function shake256(): KDF {
  return { ...KDF_SHAKE256(), Derive: async (labeled, length) => shake(labeled, length) }
}

/**
 * Returns MLKEM768-X25519 for hpke. A grant is safe unless both ML-KEM and X25519 are broken (draft-irtf-cfrg-hybrid-kems, "UG" with the
 * C2PRI combiner).
 */
export function mlKem768X25519(): KEM<HybridKey> {
  const { id, name } = MLKEM768_X25519
  const algorithm = { name }
  const suiteId = bytesOf(utf8('KEM'), I2OSP(id, 2))

  return {
    ...MLKEM768_X25519,
    async DeriveKeyPair(ikm) {
      const none = new Uint8Array(0)
      const seed = await LabeledDerive(shake256(), suiteId, ikm, utf8('DeriveKeyPair'), none, SEED_BYTES)
      return keyPair(seed)
    },
    async SerializePublicKey(key) {
      return key.public
    },
    async DeserializePublicKey(bytes) {
      return publicKey(bytes)
    },
    async Encap(recipient) {
      const { sharedKey, ciphertext } = encapsulate(recipient.mlKem)
      const ephemeral = generateKeyPairSync('x25519')
      const agreed = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient.x25519 })
      const point = ephemeral.publicKey.export({ format: 'raw-public' })
      return {
        shared_secret: combine(sharedKey, agreed, point, recipient),
        enc: bytesOf(ciphertext, point),
      }
    },
    async Decap(encapsulated, own) {
      const [ciphertext, point] = split(encapsulated, ML_KEM.ciphertext)
      const sharedKey = decapsulate(own.mlKem, ciphertext)
      const agreed = diffieHellman({ privateKey: own.x25519, publicKey: importX25519(point) })
      return combine(sharedKey, agreed, point, own)
    },
    async DeserializePrivateKey(seed) {
      return keyPair(seed).privateKey
    },
    GenerateKeyPair: unsupported,
    SerializePrivateKey: unsupported,
  }

  function keyPair(seed: Uint8Array): { publicKey: HybridKey; privateKey: HybridKey } {
    const [mlKemSeed, x25519Seed] = split(shake(seed, ML_KEM.seed + X25519_BYTES), ML_KEM.seed)
    const mlKem = privateKeyOf('ml-kem-768', mlKemSeed)
    const x25519 = privateKeyOf('x25519', x25519Seed)
    const bytes = bytesOf(
      ...[mlKem, x25519].map((key) => createPublicKey(key).export({ format: 'raw-public' })),
    )
    return {
      publicKey: publicKey(bytes),
      privateKey: { algorithm, type: 'private', extractable: false, mlKem, x25519, public: bytes },
    }
  }

  function publicKey(bytes: Uint8Array): HybridKey {
    const [mlKem, x25519] = split(bytes, ML_KEM.publicKey)
    return {
      algorithm,
      type: 'public',
      extractable: true,
      mlKem: importMlKem(mlKem),
      x25519: importX25519(x25519),
      public: bytes,
    }
  }
}

/** Combines the secrets by C2PRI: SHA3-256 over both shared secrets, the X25519 ciphertext and public key, and the label. */
function combine(sharedKey: Uint8Array, agreed: Uint8Array, point: Uint8Array, key: HybridKey): Uint8Array {
  const [, x25519] = split(key.public, ML_KEM.publicKey)
  return bytesOf(hash('sha3-256', Buffer.concat([sharedKey, agreed, point, x25519, LABEL]), 'buffer'))
}

type KeyType = 'ml-kem-768' | 'x25519'

function privateKeyOf(asymmetricKeyType: KeyType, seed: Uint8Array): KeyObject {
  const format = asymmetricKeyType === 'x25519' ? 'raw-private' : 'raw-seed'
  return createPrivateKey({ key: Buffer.from(seed), format, asymmetricKeyType })
}

function importMlKem(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(bytes), format: 'raw-public', asymmetricKeyType: 'ml-kem-768' })
}

function shake(bytes: Uint8Array, outputLength: number): Uint8Array {
  return bytesOf(hash('shake256', bytes, { outputLength, outputEncoding: 'buffer' }))
}

/** Concatenates into a plain array, as hpke requires. */
function bytesOf(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function split(bytes: Uint8Array, at: number): [Uint8Array, Uint8Array] {
  return [bytes.subarray(0, at), bytes.subarray(at)]
}

async function unsupported(): Promise<never> {
  throw new NotSupportedError('Keys can only be made from seeds, and cannot be exported.')
}
