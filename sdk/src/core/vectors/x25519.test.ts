// X25519 in REX-1 grants: the test seals a grant with each vector's shared secret, by separate code (RFC 7518, section 4.6), and
// `openEcdhEs` must open or refuse the grant.
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { expect, test } from 'vitest'
import { describeVectors, readVectors } from '../../testing/harness/vectors.ts'
import { fromBase64url, toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { openEcdhEs } from '../jose/ecdh-es.ts'
import { deriveX25519, kid, parseEncryptionKey, type X25519PublicJwk } from '../jose/key.ts'

const PLAINTEXT = new Uint8Array(utf8('content keys'))
const length = (bytes: number) => Buffer.from(Uint32Array.of(bytes).buffer).swap32()

function sealByHand(epk: string, recipient: X25519PublicJwk, shared: Uint8Array): Jwe {
  const ctx = toBase64url(randomBytes(32))
  const protectedHeader = utf8(
    `{"alg":"ECDH-ES","crit":["ctx"],"ctx":"${ctx}","enc":"A256GCM","epk":{"x":"${epk}","crv":"X25519","kty":"OKP"},"kid":"${kid(recipient)}","typ":"rex-grant+jwe"}`,
  )
  const otherInfo = [length(7), utf8('A256GCM'), length(0), length(0), length(256)]
  const key = createHash('sha256')
    .update(Buffer.concat([length(1), shared, ...otherInfo]))
    .digest()
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(utf8(toBase64url(protectedHeader)))
  const ciphertext = Buffer.concat([cipher.update(PLAINTEXT), cipher.final()])
  return {
    protected: protectedHeader,
    encryptedKey: new Uint8Array(),
    iv,
    ciphertext,
    tag: cipher.getAuthTag(),
  }
}

/** Makes a grant with a vector's public key as its ephemeral key. Returns whether the key is refused or the grant opens. */
async function outcome(publicJwk: object, seed: Uint8Array, shared: Uint8Array): Promise<string> {
  const recipient = deriveX25519(seed)
  const { x = '' } = publicJwk as { x?: string }
  const grant = sealByHand(x, recipient.publicJwk, shared)
  try {
    parseEncryptionKey(publicJwk, 'key')
  } catch (error) {
    expect(RexError.is(error, 'KEY_INVALID')).toBe(true)
    return 'key refused'
  }
  return Buffer.from(await openEcdhEs(grant, recipient)).equals(PLAINTEXT) ? 'opened' : 'wrong'
}

const REFUSED = ['LowOrderPublic', 'NonCanonicalPublic', 'InvalidPublic']
const expected = (flags: readonly string[]) =>
  flags.some((flag) => REFUSED.includes(flag)) ? 'key refused' : 'opened'

describeVectors('Wycheproof (../shared/vectors)', () => {
  const vectors = (set: string) => JSON.parse(readVectors(`wycheproof/${set}_test.json`)).testGroups[0].tests

  test('T-010 x25519: canonical keys of full order open, on curve or twist; all others are refused', async () => {
    const outcomes: string[] = []
    for (const { tcId, flags, public: u, private: seed, shared } of vectors('x25519')) {
      const jwk = { kty: 'OKP', crv: 'X25519', x: toBase64url(Buffer.from(u, 'hex')) }
      const got = await outcome(jwk, Buffer.from(seed, 'hex'), Buffer.from(shared, 'hex'))
      expect([tcId, got]).toEqual([tcId, expected(flags)])
      outcomes.push(got)
    }
    expect(outcomes).toHaveLength(259)
  })

  test('T-010 x25519_jwk: the same as JWK, and every malformed JWK is refused', async () => {
    const outcomes: string[] = []
    for (const { tcId, flags, public: jwk, private: own, shared } of vectors('x25519_jwk')) {
      const { kid: _kid, ...key } = jwk
      const got = await outcome(key, fromBase64url(own.d, 'd'), Buffer.from(shared, 'hex'))
      expect([tcId, got]).toEqual([tcId, expected(flags)])
      outcomes.push(got)
    }
    expect(outcomes).toHaveLength(265)
  })
})

test('RFC 8037, appendix A.6: the agreement of the example opens a grant', async () => {
  const bob = fromBase64url('XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os', 'd')
  const epk = { kty: 'OKP', crv: 'X25519', x: 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo' }
  const shared = Buffer.from('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742', 'hex')
  expect(await outcome(epk, bob, shared)).toBe('opened')
})
