// Tests Ed25519 verification with the vectors of Wycheproof, and with the edge cases of CCTV, whose outcomes follow from their flags. docs/spec/envelope-slots.md, "Signatures"
import { subtle, type webcrypto } from 'node:crypto'
import { importJWK } from 'jose'
import { expect, test } from 'vitest'
import { describeVectors, readVectors } from '../../testing/harness/vectors.ts'
import { toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { verifyEd25519 } from '../jose/jose.ts'
import { isStrictPoint, parseSigningKey } from '../jose/key.ts'

const read = (file: string) => JSON.parse(readVectors(file))
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

type Outcome = 'key refused' | 'R refused' | 'signature refused' | 'accepted'

/**
 * Returns the outcome for a JWS with this key, signature and signing input. Applies the checks of the pre-parser, then verifies with our
 * code and with jose, which must agree.
 */
async function outcome(key: Uint8Array, signature: Uint8Array, input: Uint8Array): Promise<Outcome> {
  try {
    const jwk = parseSigningKey({ kty: 'OKP', crv: 'Ed25519', x: toBase64url(key) }, 'key')
    if (signature.length === 64 && !isStrictPoint('Ed25519', signature.subarray(0, 32))) return 'R refused'
    const imported = (await importJWK({ ...jwk }, 'Ed25519')) as webcrypto.CryptoKey
    const holds = verifyEd25519(input, jwk, signature)
    expect(await subtle.verify('Ed25519', imported, signature, input)).toBe(holds)
    return holds ? 'accepted' : 'signature refused'
  } catch (error) {
    expect(RexError.is(error, 'KEY_INVALID')).toBe(true)
    return 'key refused'
  }
}

describeVectors('T-008 (../shared/vectors)', () => {
  test('Wycheproof: valid is accepted, invalid is refused', async () => {
    let count = 0
    for (const group of read('wycheproof/ed25519_test.json').testGroups)
      for (const { tcId, sig, msg, result } of group.tests) {
        const got = await outcome(bytes(group.publicKey.pk), bytes(sig), bytes(msg))
        expect([tcId, got === 'accepted']).toEqual([tcId, result === 'valid'])
        count++
      }
    expect(count).toBe(75)
  })

  test('CCTV: the outcome follows from the flags', async () => {
    const outcomes = new Map<Outcome, number>()
    for (const { number, key, sig, msg, flags } of read('cctv/ed25519vectors.json')) {
      const has = new Set<string>(flags ?? [])
      const expected: Outcome =
        has.has('low_order_A') || has.has('non_canonical_A')
          ? 'key refused'
          : has.has('low_order_R') || has.has('non_canonical_R')
            ? 'R refused'
            : has.has('low_order_residue')
              ? 'signature refused'
              : 'accepted'
      const got = await outcome(bytes(key), bytes(sig), utf8(msg))
      expect([number, got]).toEqual([number, expected])
      outcomes.set(got, (outcomes.get(got) ?? 0) + 1)
    }
    expect(Object.fromEntries(outcomes)).toEqual({
      'key refused': 263,
      'R refused': 141,
      'signature refused': 46,
      accepted: 7,
    })
  })
})
