import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Jwe, Jws } from '@rex/proto/core/v1/envelope'
import fc from 'fast-check'
import {
  CompactEncrypt,
  compactDecrypt,
  compactVerify,
  flattenedDecrypt,
  flattenedVerify,
  GeneralEncrypt,
  generalDecrypt,
  importJWK,
} from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { digest, toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { openDir, sealDir } from './content.ts'
import { openEcdhEs, sealEcdhEs } from './ecdh-es.ts'
import { localSigner, signJws, signJwt, verifyJws, verifyJwt } from './jose.ts'
import { deriveX25519 } from './key.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))
const signer = localSigner(random(32))
const other = localSigner(random(32))
const recipient = deriveX25519(random(32))
const key = random(32)
const ctx = random(32)
const plaintext = utf8('what a section says')
const compactOf = ({ protected: header, payload, signature }: Jws) =>
  [header, payload, signature].map(toBase64url).join('.')
const compactJwe = (jwe: Jwe) =>
  [jwe.protected, jwe.encryptedKey, jwe.iv, jwe.ciphertext, jwe.tag].map(toBase64url).join('.')

/** Returns the reason of an error, which must be a RexError. */
async function refusal(step: Promise<unknown>): Promise<string> {
  try {
    await step
    return 'accepted'
  } catch (error) {
    if (!RexError.is(error)) throw error
    return error.reason
  }
}

/** Returns copies in which one bit of one byte is flipped, for every byte of every member. */
function mutations<T extends Jws | Jwe>(part: T): T[] {
  return Object.entries(part).flatMap(([member, bytes]: [string, Uint8Array]) =>
    Array.from(bytes, (byte, at) => {
      const changed = Uint8Array.from(bytes)
      changed[at] = byte ^ (1 << (at % 8))
      return { ...part, [member]: changed }
    }),
  )
}

describe('signatures', () => {
  let jws: Jws
  beforeAll(async () => {
    jws = await signJws('manifest-jws', plaintext, signer)
  })

  test('verify with their key, and with jose alone', async () => {
    await verifyJws('manifest-jws', jws, signer.key)
    const { payload } = await compactVerify(compactOf(jws), await importJWK({ ...signer.key }, 'Ed25519'))
    expect(toBase64url(payload)).toBe(toBase64url(plaintext))
  })

  test('any payload', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (payload) => {
        await verifyJws('stored-jws', await signJws('stored-jws', payload, signer), signer.key)
      }),
      { numRuns: 30 },
    ))

  test('every change of a byte is refused', async () => {
    for (const changed of mutations(jws))
      expect(await refusal(verifyJws('manifest-jws', changed, signer.key))).toMatch(
        /^(UNOPENABLE|MALFORMED)$/,
      )
  })

  test('T-003 T-015 another key is refused, even another key of the same sender', async () => {
    expect(await refusal(verifyJws('manifest-jws', jws, other.key))).toBe('UNOPENABLE')
    const impostor = { key: signer.key, sign: other.sign }
    const forged = await signJws('manifest-jws', plaintext, impostor)
    expect(await refusal(verifyJws('manifest-jws', forged, signer.key))).toBe('UNOPENABLE')
    expect(await refusal(verifyJws('manifest-jws', forged, other.key))).toBe('UNOPENABLE')
  })

  test('T-008 S + L is refused', async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const s = BigInt(`0x${Buffer.from(jws.signature.subarray(32)).reverse().toString('hex')}`) + order
    const bytes = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()
    const signature = new Uint8Array(Buffer.concat([jws.signature.subarray(0, 32), bytes]))
    expect(await refusal(verifyJws('manifest-jws', { ...jws, signature }, signer.key))).toBe('UNOPENABLE')
  })

  test('T-004 a signature for one slot is invalid in another', async () => {
    expect(await refusal(verifyJws('stored-jws', jws, signer.key))).toBe('MALFORMED')
    const { protected: header } = await signJws('stored-jws', plaintext, signer)
    expect(await refusal(verifyJws('stored-jws', { ...jws, protected: header }, signer.key))).toBe(
      'UNOPENABLE',
    )
  })

  test('a signer that returns anything but a signature yields no JWS', async () => {
    const broken = { key: signer.key, sign: async () => new Uint8Array(70) }
    expect(await refusal(signJws('manifest-jws', plaintext, broken))).toBe('INTERNAL')
  })

  test('JWTs yield their claims', async () => {
    const claims = { iss: 'https://hotline.example', iat: 1_700_000_000 }
    const jwt = await signJwt('invite', claims, signer)
    expect(await verifyJwt('invite', jwt, signer.key)).toEqual(claims)
    expect(await refusal(verifyJwt('invite', jwt, other.key))).toBe('STATEMENT_INVALID')
    expect(await refusal(verifyJwt('entity-statement', jwt, signer.key))).toBe('MALFORMED')
  })
})

describe('content', () => {
  let jwe: Jwe
  beforeAll(async () => {
    jwe = await sealDir('section-jwe', plaintext, key, random)
  })

  test('opens with its key, and with jose alone', async () => {
    expect(new Uint8Array(await openDir('section-jwe', jwe, key))).toEqual(new Uint8Array(plaintext))
    const opened = await compactDecrypt(compactJwe(jwe), key, { crit: { kc: true } })
    expect(opened.plaintext).toEqual(new Uint8Array(plaintext))
  })

  test('is AES-256-GCM over the base64url of the header, by any library (RFC 7516, section 5.1)', async () => {
    const aad = utf8(toBase64url(jwe.protected))
    const decipher = createDecipheriv('aes-256-gcm', key, jwe.iv).setAAD(aad).setAuthTag(jwe.tag)
    expect(Buffer.concat([decipher.update(jwe.ciphertext), decipher.final()])).toEqual(Buffer.from(plaintext))
    const cipher = createCipheriv('aes-256-gcm', key, jwe.iv).setAAD(aad)
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
    expect(
      new Uint8Array(await openDir('section-jwe', { ...jwe, ciphertext, tag: cipher.getAuthTag() }, key)),
    ).toEqual(new Uint8Array(plaintext))
  })

  test('any plaintext but none', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 500 }), async (bytes) => {
        expect(
          new Uint8Array(
            await openDir('manifest-jwe', await sealDir('manifest-jwe', bytes, key, random), key),
          ),
        ).toEqual(bytes)
      }),
      { numRuns: 30 },
    ))

  test('T-013 every change of a byte is refused', async () => {
    for (const changed of mutations(jwe))
      expect(await refusal(openDir('section-jwe', changed, key))).toMatch(/^(UNOPENABLE|MALFORMED)$/)
  })

  test('T-013 content keys of another length or another key are refused alike', async () => {
    for (const wrong of [random(32), random(16), random(31), random(33), new Uint8Array()])
      expect(await refusal(openDir('section-jwe', jwe, wrong))).toBe('UNOPENABLE')
  })

  test('T-020 a ciphertext that decrypts under two keys is committed to one of them', async () => {
    const kc = toBase64url(digest('REX-1 content-key', random(32)))
    const header = utf8(`{"alg":"dir","crit":["kc"],"enc":"A256GCM","kc":"${kc}","typ":"rex-section+jwe"}`)
    const cipher = createCipheriv('aes-256-gcm', key, jwe.iv).setAAD(utf8(toBase64url(header)))
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
    const forged = { ...jwe, protected: header, ciphertext, tag: cipher.getAuthTag() }
    expect((await compactDecrypt(compactJwe(forged), key, { crit: { kc: true } })).plaintext).toHaveLength(
      plaintext.length,
    )
    expect(await refusal(openDir('section-jwe', forged, key))).toBe('UNOPENABLE')
  })

  test('T-021 the initialisation vector is fresh in every call, also in parallel', async () => {
    const sealed = await Promise.all(
      Array.from({ length: 64 }, () => sealDir('section-jwe', plaintext, key, random)),
    )
    expect(new Set(sealed.map((part) => toBase64url(part.iv))).size).toBe(64)
  })

  test('T-022 failing or short randomness yields no output', async () => {
    const failing = () => {
      throw new Error('no entropy')
    }
    await expect(sealDir('section-jwe', plaintext, key, failing)).rejects.toThrow('no entropy')
    for (const length of [0, 8, 11, 13])
      expect(await refusal(sealDir('section-jwe', plaintext, key, () => random(length)))).toBe('INTERNAL')
    for (const short of [new Uint8Array(), random(16), random(31)])
      expect(await refusal(sealDir('section-jwe', plaintext, short, random))).toBe('INTERNAL')
  })
})

describe('REX-1 grants', () => {
  let grant: Jwe
  beforeAll(async () => {
    grant = await sealEcdhEs(plaintext, recipient.publicJwk, ctx)
  })

  test('open with their key, and with jose alone', async () => {
    expect(new Uint8Array(await openEcdhEs(grant, recipient))).toEqual(new Uint8Array(plaintext))
    const opened = await compactDecrypt(compactJwe(grant), recipient.privateKey, { crit: { ctx: true } })
    expect(opened.plaintext).toEqual(new Uint8Array(plaintext))
  })

  test('any plaintext but none', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 500 }), async (bytes) => {
        const sealed = await sealEcdhEs(bytes, recipient.publicJwk, ctx)
        expect(new Uint8Array(await openEcdhEs(sealed, recipient))).toEqual(bytes)
      }),
      { numRuns: 20 },
    ))

  test('every change of a byte is refused', async () => {
    for (const changed of mutations(grant))
      expect(await refusal(openEcdhEs(changed, recipient))).toMatch(/^(UNOPENABLE|MALFORMED)$/)
  })

  test('another key is refused', async () =>
    expect(await refusal(openEcdhEs(grant, deriveX25519(random(32))))).toBe('UNOPENABLE'))

  test('T-004 a grant with another header is refused before any key operation, though jose opens it', async () => {
    const compact = await new CompactEncrypt(plaintext)
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', typ: 'rex-grant+jwe' })
      .encrypt(await importJWK({ ...recipient.publicJwk }, 'ECDH-ES'))
    expect((await compactDecrypt(compact, recipient.privateKey)).plaintext).toEqual(new Uint8Array(plaintext))
    const [header, encryptedKey, iv, ciphertext, tag] = compact
      .split('.')
      .map((part) => new Uint8Array(Buffer.from(part, 'base64url')))
    const foreign = { protected: header, encryptedKey, iv, ciphertext, tag } as Jwe
    expect(await refusal(openEcdhEs(foreign, recipient))).toBe('MALFORMED')
  })

  test('an unusable key yields no grant', async () => {
    expect(await refusal(sealEcdhEs(plaintext, { ...recipient.publicJwk, x: 'AA' }, ctx))).toBe('INTERNAL')
  })

  test('T-021 the ephemeral key is fresh in every call, also in parallel', async () => {
    const sealed = await Promise.all(
      Array.from({ length: 16 }, () => sealEcdhEs(plaintext, recipient.publicJwk, ctx)),
    )
    expect(new Set(sealed.map((part) => toBase64url(part.protected))).size).toBe(16)
    expect(new Set(sealed.map((part) => toBase64url(part.ciphertext))).size).toBe(16)
  })
})

describe('T-128 the pre-parser refuses forms that jose accepts', () => {
  const b64 = (text: string) => toBase64url(utf8(text))

  test('duplicate names, of which the last wins', async () => {
    const header = b64('{"alg":"none","alg":"Ed25519"}')
    const payload = b64('x')
    const signature = toBase64url(await signer.sign(utf8(`${header}.${payload}`)))
    const verified = await flattenedVerify(
      { protected: header, payload, signature },
      await importJWK({ ...signer.key }, 'Ed25519'),
    )
    expect(verified.protectedHeader).toEqual({ alg: 'Ed25519' })
  })

  test('white space, padding and loose bits in the base64url of a signature', async () => {
    const jws = compactOf(await signJws('manifest-jws', plaintext, signer))
    const publicKey = await importJWK({ ...signer.key }, 'Ed25519')
    const loose = (text: string) =>
      text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1)
    for (const spelling of [`${jws}==`, `${jws} `, loose(jws)])
      await expect(compactVerify(spelling, publicKey)).resolves.toHaveProperty('payload')
  })

  test('unauthenticated headers added in transit', async () => {
    const [header, , iv, ciphertext, tag] = compactJwe(
      await sealDir('section-jwe', plaintext, key, random),
    ).split('.')
    const jwe = { protected: header, iv, ciphertext, tag, unprotected: { note: 'x' }, header: { more: 'y' } }
    const opened = await flattenedDecrypt(jwe as never, key, { crit: { kc: true } })
    expect(opened.sharedUnprotectedHeader).toEqual({ note: 'x' })
  })

  test('compressed content', async () => {
    const zipped = await new CompactEncrypt(utf8('a'.repeat(1000)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })
      .encrypt(key)
    expect((await compactDecrypt(zipped, key)).plaintext).toHaveLength(1000)
  })

  test('the identity point as Ed25519 key; only the signature that would fit every message is refused', async () => {
    const identity = toBase64url(Uint8Array.from({ length: 64 }, (_, i) => (i === 0 ? 1 : 0)))
    const x = toBase64url(Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0)))
    const publicKey = await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'Ed25519')
    const token = { protected: b64('{"alg":"Ed25519"}'), payload: b64('anything'), signature: identity }
    await expect(flattenedVerify(token, publicKey)).rejects.toThrow('signature verification failed')
  })

  test('a JWE for a thousand recipients', async () => {
    const many = new GeneralEncrypt(plaintext).setProtectedHeader({ enc: 'A256GCM' })
    for (let i = 0; i < 1000; i++) many.addRecipient(key).setUnprotectedHeader({ alg: 'A256KW' })
    expect((await generalDecrypt(await many.encrypt(), key)).plaintext).toHaveLength(plaintext.length)
  })
})
