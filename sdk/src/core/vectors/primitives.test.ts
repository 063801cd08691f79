// What the suites call underneath: AES-256-GCM, HKDF, ML-KEM-768, by Wycheproof.
import { createPrivateKey, createPublicKey, decapsulate, hkdfSync, subtle } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openDir, sealDir } from '../content.ts'
import { fromBase64url, toBase64url } from '../encoding.ts'
import { RexError } from '../error.ts'
import { deriveX25519, parseEncryptionKey } from '../key.ts'

const FOLDER = new URL('../../../../../shared/vectors/wycheproof/', import.meta.url)
const groups = (set: string) =>
  JSON.parse(readFileSync(new URL(`${set}_test.json`, FOLDER), 'utf8')).testGroups
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (content: ArrayBuffer | Uint8Array) => Buffer.from(content as Uint8Array).toString('hex')
const refused = (reason: string) => expect.objectContaining({ reason })

describe.skipIf(!existsSync(FOLDER))('Wycheproof (../shared/vectors)', () => {
  test('T-013 AES-GCM: our sizes as the vectors say; every other size of key, iv or tag is refused by the entry points', async () => {
    const counts = { used: 0, refused: 0 }
    for (const { keySize, ivSize, tagSize, tests } of groups('aes_gcm'))
      for (const vector of tests) {
        const [key, iv] = [bytes(vector.key), bytes(vector.iv)]
        if (keySize === 256 && ivSize === 96 && tagSize === 128) {
          const algorithm = { name: 'AES-GCM', iv, additionalData: bytes(vector.aad), tagLength: 128 }
          const imported = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
          const opened = await subtle
            .decrypt(algorithm, imported, bytes(vector.ct + vector.tag))
            .then(hex, () => 'refused')
          expect([vector.tcId, opened]).toEqual([
            vector.tcId,
            vector.result === 'valid' ? vector.msg : 'refused',
          ])
          if (vector.result === 'valid')
            expect(hex(await subtle.encrypt(algorithm, imported, bytes(vector.msg)))).toBe(
              vector.ct + vector.tag,
            )
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

  test('ML-KEM-768: seed to public key, ciphertext to shared secret; wrong lengths are refused', () => {
    const x25519 = deriveX25519(new Uint8Array(32)).publicJwk.x
    for (const { tcId, seed, ek, c, K, result } of groups('mlkem_768')[0].tests) {
      const open = () => {
        const key = createPrivateKey({
          key: Buffer.from(seed, 'hex'),
          format: 'raw-seed',
          asymmetricKeyType: 'ml-kem-768',
        })
        return {
          secret: hex(decapsulate(key, bytes(c))),
          pub: createPublicKey(key).export({ format: 'jwk' }).pub,
        }
      }
      if (result === 'valid') {
        expect([tcId, open()]).toEqual([tcId, { secret: K, pub: toBase64url(bytes(ek)) }])
        const pub = toBase64url(Buffer.concat([bytes(ek), fromBase64url(x25519, 'x')]))
        expect(parseEncryptionKey({ kty: 'AKP', alg: 'HPKE-10', pub }, 'key')).toHaveProperty('pub', pub)
      } else expect(open).toThrow()
    }
  })
})
