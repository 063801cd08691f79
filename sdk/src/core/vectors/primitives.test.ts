// Tests the primitives that the suites call, with the vectors of Wycheproof: AES-256-GCM, HKDF, ML-KEM-768.
import { createPrivateKey, createPublicKey, diffieHellman, hash, hkdfSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeVectors, readVectors } from '../../testing/harness/vectors.ts'
import { fromBase64url, toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { openDir, sealDir } from '../jose/content.ts'
import { openGcm, sealGcm } from '../jose/gcm.ts'
import { mlKem768X25519 } from '../jose/hpke-primitives.ts'
import { deriveX25519, parseEncryptionKey } from '../jose/key.ts'

const groups = (set: string) => JSON.parse(readVectors(`wycheproof/${set}_test.json`)).testGroups
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (content: ArrayBuffer | Uint8Array) => Buffer.from(content as Uint8Array).toString('hex')
const refused = (reason: string) => expect.objectContaining({ reason })

describeVectors('Wycheproof (../shared/vectors)', () => {
  test('T-013 AES-GCM: our sizes as the vectors say; every other size of key, iv or tag is refused by the entry points', async () => {
    const counts = { used: 0, refused: 0 }
    for (const { keySize, ivSize, tagSize, tests } of groups('aes_gcm'))
      for (const vector of tests) {
        const [key, iv] = [bytes(vector.key), bytes(vector.iv)]
        if (keySize === 256 && ivSize === 96 && tagSize === 128) {
          const parameters = { key, iv, aad: bytes(vector.aad) }
          const sealed = { ciphertext: bytes(vector.ct), tag: bytes(vector.tag) }
          const open = () => hex(openGcm(parameters, sealed))
          if (vector.result === 'valid') {
            expect([vector.tcId, open()]).toEqual([vector.tcId, vector.msg])
            const { ciphertext, tag } = sealGcm(parameters, bytes(vector.msg))
            expect(hex(ciphertext) + hex(tag)).toBe(vector.ct + vector.tag)
          } else expect(open, vector.tcId).toThrow()
          counts.used++
        } else {
          const random = (length: number) => (length === 12 ? iv : new Uint8Array(length))
          await expect(sealDir('section-jwe', bytes('00'), key, random)).rejects.toEqual(refused('INTERNAL'))
          const sealed = await sealDir(
            'section-jwe',
            bytes('00'),
            new Uint8Array(32),
            (length) => new Uint8Array(length),
          )
          const changed = { ...sealed, iv, tag: bytes(vector.tag) }
          await expect(openDir('section-jwe', changed, key)).rejects.toSatisfy((error) => RexError.is(error))
          counts.refused++
        }
      }
    expect(counts).toEqual({ used: 33, refused: 125 })
  })

  test.each(['sha256', 'sha512'])('HKDF with %s', (hash) => {
    for (const group of groups(`hkdf_${hash}`))
      for (const { tcId, ikm, salt, info, size, okm, result } of group.tests) {
        const derive = () => hkdfSync(hash, bytes(ikm), bytes(salt), bytes(info), size)
        if (result === 'valid') expect([tcId, hex(new Uint8Array(derive()))]).toEqual([tcId, okm])
        else expect(derive).toThrow()
      }
  })

  test('ML-KEM-768 within the KEM of REX-2: seed to public key, ciphertext to shared secret; wrong lengths are refused', async () => {
    const kem = mlKem768X25519()
    const own = deriveX25519(new Uint8Array(32))
    const other = deriveX25519(new Uint8Array(32).fill(1))
    const [point, ownPoint] = [other, own].map(({ publicJwk }) => fromBase64url(publicJwk.x, 'x'))
    const agreed = diffieHellman({
      privateKey: own.privateKey,
      publicKey: createPublicKey({ key: { ...other.publicJwk }, format: 'jwk' }),
    })
    const open = async ({ seed, ek, c }: { seed: string; ek: string; c: string }) => {
      const mlKem = createPrivateKey({
        key: Buffer.from(seed, 'hex'),
        format: 'raw-seed',
        asymmetricKeyType: 'ml-kem-768',
      })
      expect(createPublicKey(mlKem).export({ format: 'jwk' }).pub).toBe(toBase64url(bytes(ek)))
      const key = { mlKem, x25519: own.privateKey, public: joined(bytes(ek), ownPoint) }
      const hybrid = { ...key, type: 'private' as const, extractable: false, algorithm: { name: kem.name } }
      return hex(await kem.Decap(joined(bytes(c), point), hybrid, undefined))
    }
    for (const vector of groups('mlkem_768')[0].tests) {
      if (vector.result === 'valid') {
        const secret = joined(bytes(vector.K), agreed, point, ownPoint, utf8('\\.//^\\'))
        expect([vector.tcId, await open(vector)]).toEqual([vector.tcId, hash('sha3-256', secret, 'hex')])
        const pub = toBase64url(joined(bytes(vector.ek), ownPoint))
        expect(parseEncryptionKey({ kty: 'AKP', alg: 'HPKE-10', pub }, 'key')).toHaveProperty('pub', pub)
      } else await expect(open(vector), vector.tcId).rejects.toThrow()
    }
  })
})

function joined(...parts: readonly (Uint8Array | undefined)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.filter((part) => part !== undefined)))
}
