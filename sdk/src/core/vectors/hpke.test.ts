// Tests HPKE-10, the grants of suite REX-2, with the vectors of its drafts.
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { CipherSuite } from 'hpke'
import { expect, test } from 'vitest'
import { describeVectors, readVectors } from '../../testing/harness/vectors.ts'
import { fromBase64url } from '../encoding/encoding.ts'
import { openHpke, openIntegrated } from '../jose/hpke.ts'
import { aesGcm, mlKem768X25519, shake256 } from '../jose/hpke-primitives.ts'
import { kid, parseEncryptionKey } from '../jose/key.ts'
import { parseJwe } from '../jose/strict.ts'

describeVectors('draft-skokan-jose-hpke-pq-pqt (../shared/vectors)', () => {
  const read = (file: string) => readVectors(`jose-hpke/${file}`).trim()
  const suite = new CipherSuite(mlKem768X25519, shake256, aesGcm)

  test('HPKE-10: key, thumbprint and token', async () => {
    const { priv, kid: id, ...publicJwk } = JSON.parse(read('HPKE-10.json'))
    const jwk = parseEncryptionKey(publicJwk, 'key')
    const parts = read('HPKE-10-compact.txt')
      .split('.')
      .map((part) => fromBase64url(part, 'part'))
    const [header, encryptedKey, iv, ciphertext, tag] = parts as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const jwe = { protected: header, encryptedKey, iv, ciphertext, tag }
    const privateKey = await suite.DeserializePrivateKey(fromBase64url(priv, 'priv'))
    expect(kid(jwk)).toBe(id)
    expect(JSON.parse(Buffer.from(header).toString())).toEqual({ alg: 'HPKE-10', kid: id })
    expect([encryptedKey.length, iv.length, tag.length]).toEqual([1120, 0, 0])
    expect(Buffer.from(await openIntegrated(jwe, privateKey)).toString()).toMatch(
      /^You can trust us to stick with you/,
    )
    const changed = {
      ...jwe,
      ciphertext: Uint8Array.from(ciphertext, (byte, i) => (i === 0 ? byte ^ 1 : byte)),
    }
    await expect(openIntegrated(changed, privateKey)).rejects.toMatchObject({ reason: 'UNOPENABLE' })
    await expect(openHpke(jwe, { publicJwk: publicJwk, privateKey })).rejects.toMatchObject({
      reason: 'MALFORMED',
    })
  })

  test('every other algorithm of the drafts is refused, key and token', () => {
    const drafts: { jwk: object; compact?: string }[] = JSON.parse(read('jose-vectors.json'))
    const tokens = [read('HPKE-10-KE-compact.txt'), ...drafts.flatMap(({ compact }) => compact ?? [])]
    expect([drafts.length, tokens.length]).toEqual([16, 17])
    for (const token of tokens) {
      const [header, encryptedKey, iv, ciphertext, tag] = token
        .split('.')
        .map((part) => fromBase64url(part, 'part'))
      const jwe = { protected: header, encryptedKey, iv, ciphertext, tag } as Jwe
      expect(() => parseJwe('grant-jwe', jwe)).toThrow(expect.objectContaining({ reason: 'MALFORMED' }))
    }
    for (const { jwk } of [...drafts, { jwk: JSON.parse(read('HPKE-10-KE.json')) }])
      expect(() => parseEncryptionKey(jwk, 'key')).toThrow(expect.objectContaining({ reason: 'KEY_INVALID' }))
  })
})
