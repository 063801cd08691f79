import { randomBytes } from 'node:crypto'
import type { Jwe } from '@rex/proto/core/v1/envelope'
import fc from 'fast-check'
import { AEAD_AES_256_GCM, CipherSuite, KDF_SHAKE256, KEM_MLKEM768_X25519 } from 'hpke'
import { beforeAll, describe, expect, test } from 'vitest'
import { toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { deriveHpke, type HpkePrivateKey, openHpke, sealHpke } from './hpke.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))
const ctx = random(32)
const plaintext = utf8('content keys')

let recipient: HpkePrivateKey
let grant: Jwe
beforeAll(async () => {
  recipient = await deriveHpke(random(32))
  grant = await sealHpke(plaintext, recipient.publicJwk, ctx)
})

async function refusal(step: Promise<unknown>): Promise<string> {
  try {
    await step
    return 'accepted'
  } catch (error) {
    if (!RexError.is(error)) throw error
    return error.reason
  }
}

describe('REX-2 grants', () => {
  test('open with their key', async () => {
    expect(await openHpke(grant, recipient)).toEqual(new Uint8Array(plaintext))
    expect([grant.encryptedKey.length, grant.ciphertext.length]).toEqual([1120, plaintext.length + 16])
  })

  test('any plaintext but none', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 500 }), async (bytes) => {
        expect(await openHpke(await sealHpke(bytes, recipient.publicJwk, ctx), recipient)).toEqual(bytes)
      }),
      { numRuns: 10 },
    ))

  test('every change of a byte is refused', async () => {
    for (const member of ['protected', 'encryptedKey', 'ciphertext'] as const)
      for (let at = 0; at < grant[member].length; at += member === 'encryptedKey' ? 17 : 1) {
        const changed = Uint8Array.from(grant[member], (byte, i) =>
          i === at ? byte ^ (1 << (at % 8)) : byte,
        )
        expect(await refusal(openHpke({ ...grant, [member]: changed }, recipient))).toMatch(
          /^(UNOPENABLE|MALFORMED)$/,
        )
      }
  })

  test('another key is refused', async () =>
    expect(await refusal(openHpke(grant, await deriveHpke(random(32))))).toBe('UNOPENABLE'))

  test('T-021 parallel grants share nothing: encapsulation and ciphertext are fresh in every call', async () => {
    const sealed = await Promise.all(
      Array.from({ length: 8 }, () => sealHpke(plaintext, recipient.publicJwk, ctx)),
    )
    expect(new Set(sealed.map((part) => toBase64url(part.encryptedKey))).size).toBe(8)
    expect(new Set(sealed.map((part) => toBase64url(part.ciphertext))).size).toBe(8)
    for (const part of sealed) expect(await openHpke(part, recipient)).toEqual(new Uint8Array(plaintext))
  })

  test('an unusable key yields no grant', async () => {
    const pub = toBase64url(new Uint8Array(1216).fill(0xff))
    for (const broken of [
      { ...recipient.publicJwk, pub },
      { ...recipient.publicJwk, pub: 'AA' },
    ])
      expect(await refusal(sealHpke(plaintext, broken, ctx))).toBe('INTERNAL')
  })
})

describe('key pairs', () => {
  test('are derived from the seed', async () => {
    const seed = random(32)
    const [a, b] = await Promise.all([deriveHpke(seed), deriveHpke(seed)])
    expect(a.publicJwk).toEqual(b.publicJwk)
    expect(await openHpke(await sealHpke(plaintext, a.publicJwk, ctx), b)).toEqual(new Uint8Array(plaintext))
  })

  test('and everything sealed with them equal those of the library alone', async () => {
    const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_SHAKE256, AEAD_AES_256_GCM)
    const seed = random(32)
    const [ours, theirs] = await Promise.all([deriveHpke(seed), suite.DeriveKeyPair(seed)])
    expect(ours.publicJwk.pub).toBe(toBase64url(await suite.SerializePublicKey(theirs.publicKey)))
    const sealed = await sealHpke(plaintext, ours.publicJwk, ctx)
    const aad = utf8(toBase64url(sealed.protected))
    const opened = await suite.Open(theirs.privateKey, sealed.encryptedKey, sealed.ciphertext, { aad })
    expect(opened).toEqual(new Uint8Array(plaintext))
    const { encapsulatedSecret, ciphertext } = await suite.Seal(theirs.publicKey, plaintext, { aad })
    const back = { ...sealed, encryptedKey: encapsulatedSecret, ciphertext }
    expect(await openHpke(back, ours)).toEqual(new Uint8Array(plaintext))
  })
})
