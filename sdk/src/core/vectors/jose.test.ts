// Tests that all of Wycheproof's JSON Web Crypto tokens, including the examples of RFC 7520, are refused, because REX does not use their
// algorithms. Also tests the examples of RFC 8037.
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { compactDecrypt, importJWK } from 'jose'
import { describe, expect, test } from 'vitest'
import { describeVectors, readVectors } from '../../testing/harness/vectors.ts'
import { fromBase64url, toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { localSigner } from '../jose/jose.ts'
import { parseEncryptionKey, parseSigningKey } from '../jose/key.ts'
import { parseJwe, parseJwt } from '../jose/strict.ts'

interface Group {
  readonly comment: string
  readonly private: object
  readonly public?: object
  readonly tests: readonly { tcId: number; comment: string; jws?: string | object; jwe?: string | object }[]
}

const groups = (set: string): Group[] => JSON.parse(readVectors(`wycheproof/${set}_test.json`)).testGroups
const compact = (token: string | object) => (typeof token === 'string' ? token : JSON.stringify(token))

function refusal(parse: () => unknown): string {
  try {
    parse()
    return 'accepted'
  } catch (error) {
    if (!RexError.is(error)) throw error
    return error.reason
  }
}

/** The parts of a compact JWE, decoded as loosely as Node decodes base64url: bytes that an attacker could put into protobuf. */
function rawJwe(token: string): Jwe {
  const [header, key, iv, ciphertext, tag] = token.split('.').map((part) => Buffer.from(part, 'base64url'))
  const none = Buffer.alloc(0)
  return {
    protected: header ?? none,
    encryptedKey: key ?? none,
    iv: iv ?? none,
    ciphertext: ciphertext ?? none,
    tag: tag ?? none,
  }
}

describeVectors('Wycheproof (../shared/vectors)', () => {
  test.each([
    ['json_web_signature', 200],
    ['json_web_encryption', 69],
    ['json_web_key', 13],
    ['json_web_crypto', 41],
  ])('T-001 T-004 T-007 %s: each of the %i tokens is refused in every slot, in both forms', (set, count) => {
    const tokens = groups(set).flatMap((group) =>
      group.tests.map((vector) => compact(vector.jws ?? vector.jwe ?? '')),
    )
    expect(tokens).toHaveLength(count)
    for (const token of tokens) {
      for (const slot of ['entity-statement', 'invite'] as const)
        expect(refusal(() => parseJwt(slot, token))).toBe('MALFORMED')
      for (const slot of ['manifest-jwe', 'section-jwe', 'grant-jwe'] as const)
        expect(refusal(() => parseJwe(slot, rawJwe(token)))).toBe('MALFORMED')
    }
  })

  test('T-009 their keys and key sets are not accepted as ours', () => {
    const keys = ['json_web_signature', 'json_web_encryption', 'json_web_key', 'json_web_crypto']
      .flatMap(groups)
      .flatMap((group) => [group.private, group.public])
      .flatMap((key) => (key !== undefined && 'keys' in key ? [key, ...(key.keys as object[])] : [key]))
    expect(keys.length).toBeGreaterThan(80)
    for (const key of keys)
      for (const parse of [parseSigningKey, parseEncryptionKey])
        expect(refusal(() => parse(key, 'key'))).toBe('KEY_INVALID')
  })
})

describe('RFC 8037', () => {
  test('appendix A.4: the signer gives the signature of the example', async () => {
    const signer = localSigner(fromBase64url('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'd'))
    const signature = await signer.sign(utf8('eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'))
    expect(toBase64url(signature)).toBe(
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    )
  })

  test('appendix A.5: its token says EdDSA and is refused', () => {
    const token =
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
    expect(refusal(() => parseJwt('entity-statement', token))).toBe('MALFORMED')
  })
})

describe('RFC 7520', () => {
  const token =
    'eyJhbGciOiJkaXIiLCJraWQiOiI3N2M3ZTJiOC02ZTEzLTQ1Y2YtODY3Mi02MTdiNWI0NTI0M2EiLCJlbmMiOiJBMTI4R0NNIn0..refa467QzzKx6QAB.JW_i_f52hww_ELQPGaYyeAB6HYGcR559l9TYnSovc23XJoBcW29rHP8yZOZG7YhLpT1bjFuvZPjQS-m0IFtVcXkZXdH_lr_FrdYt9HRUYkshtrMmIUAyGmUnd9zMDB2n0cRDIHAzFVeJUDxkUwVAE7_YGRPdcqMyiBoCO-FBdE-Nceb4h3-FtBP-c_BIwCPTjb9o0SbdcdREEMJMyZBH8ySWMVi1gPD9yxi-aQpGbSv_F9N4IZAxscj5g-NJsUPbjk29-s7LJAGb15wEBtXphVCgyy53CoIKLHHeJHXex45Uz9aKZSRSInZI-wjsY0yu3cT4_aQ3i1o-tiE-F8Ios61EKgyIQ4CWao8PFMj8TTnp.vbb32Xvllea2OtmHAdccRQ'

  test('section 5.6, direct encryption: the library opens it, the slots refuse its key size and its missing kc', async () => {
    const { plaintext } = await compactDecrypt(
      token,
      await importJWK({ kty: 'oct', k: 'XctOhJAkA-pD9Lh7ZgW_2A' }, 'A128GCM'),
    )
    expect(Buffer.from(plaintext).toString()).toMatch(/^You can trust us to stick with you/)
    for (const slot of ['manifest-jwe', 'section-jwe', 'grant-jwe'] as const)
      expect(refusal(() => parseJwe(slot, rawJwe(token)))).toBe('MALFORMED')
  })
})
