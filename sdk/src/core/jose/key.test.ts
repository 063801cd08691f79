import { describe, expect, test } from 'vitest'
import { fromBase64url, fromHex, toBase64url, toHex } from '../encoding/encoding.ts'
import { deriveHpke } from './hpke.ts'
import {
  deriveEd25519,
  deriveX25519,
  isStrictPoint,
  kid,
  parseEncryptionKey,
  parseSigningKey,
  thumbprint,
} from './key.ts'

const P = 2n ** 255n - 19n
const little = (number: bigint) => fromHex(number.toString(16).padStart(64, '0'), '').reverse()
const mod = (number: bigint) => ((number % P) + P) % P

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}
const inverse = (number: bigint) => power(number, P - 2n)

/** Computes the u-coordinate of [k]P on Curve25519 or its twist (Montgomery ladder, RFC 7748, section 5). The point at infinity gives 0. */
function multiply(k: bigint, u: bigint): bigint {
  let [x2, z2, x3, z3] = [1n, 0n, u, 1n]
  for (let bit = 255n; bit >= 0n; bit--) {
    const swap = (k >> bit) & 1n
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2]
    const [a, b] = [mod(x2 + z2), mod(x2 - z2)]
    const [aa, bb, da, cb] = [mod(a * a), mod(b * b), mod((x3 - z3) * a), mod((x3 + z3) * b)]
    const e = mod(aa - bb)
    ;[x3, z3, x2, z2] = [
      mod((da + cb) ** 2n),
      mod(u * (da - cb) ** 2n),
      mod(aa * bb),
      mod(e * (aa + 121665n * e)),
    ]
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2]
  }
  return mod(x2 * inverse(z2))
}

describe('the list of low-order points', () => {
  const curveOrder = 2n ** 252n + 27742317777372353535851937790883648493n
  const twistOrder = (2n * P + 2n - 8n * curveOrder) / 4n
  const isOnCurve = (u: bigint) => power(u ** 3n + 486662n * u ** 2n + u, (P - 1n) / 2n) <= 1n
  const some = Array.from({ length: 128 }, (_, i) => BigInt(i + 2))
  /** Multiplying a point by the large prime order leaves only its low-order component. */
  const curve = new Set(some.filter(isOnCurve).map((u) => multiply(curveOrder, u)))
  const twist = new Set(some.filter((u) => !isOnCurve(u)).map((u) => multiply(twistOrder, u)))

  test('T-010 X25519: the five coordinates of curve and twist are refused', () => {
    const all = curve.union(twist)
    expect(all.size).toBe(5)
    for (const u of all) expect(isStrictPoint('X25519', little(u))).toBe(false)
  })

  test('T-009 Ed25519: the five coordinates y = (u-1)/(u+1) of the same points are refused, with either sign', () => {
    const ys = new Set([1n, ...[...curve].map((u) => mod((u - 1n) * inverse(u + 1n)))])
    expect(ys.size).toBe(5)
    for (const y of ys) {
      expect(isStrictPoint('Ed25519', little(y))).toBe(false)
      expect(isStrictPoint('Ed25519', little(y + 2n ** 255n))).toBe(false)
    }
  })

  test('non-canonical numbers are refused, but the largest canonical number is accepted', () => {
    for (const number of [P, P + 2n, P + 18n, 2n ** 255n - 1n]) {
      expect(isStrictPoint('X25519', little(number))).toBe(false)
      expect(isStrictPoint('Ed25519', little(number))).toBe(false)
    }
    expect(isStrictPoint('X25519', little(9n))).toBe(true)
    expect(isStrictPoint('X25519', little(9n + 2n ** 255n))).toBe(false)
    expect(isStrictPoint('Ed25519', little(P - 2n + 2n ** 255n))).toBe(true)
    expect(isStrictPoint('Ed25519', little(9n).subarray(1))).toBe(false)
  })
})

describe('public keys', () => {
  const { publicJwk: signing } = deriveEd25519(new Uint8Array(32).fill(1))
  const { publicJwk: x25519 } = deriveX25519(new Uint8Array(32).fill(2))

  test('are accepted when derived from a seed', async () => {
    const { publicJwk: hpke } = await deriveHpke(new Uint8Array(32).fill(3))
    expect(parseSigningKey({ ...signing }, 'key')).toEqual(signing)
    expect(parseEncryptionKey({ ...x25519 }, 'key')).toEqual(x25519)
    expect(parseEncryptionKey({ ...hpke }, 'key')).toEqual(hpke)
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'key'],
    ['a list', ['OKP', 'Ed25519', signing.x]],
    ['an encryption key', x25519],
    ['another kty', { ...signing, kty: 'EC' }],
    ['a missing member', { kty: 'OKP', crv: 'Ed25519' }],
    ['a private key', { ...signing, d: signing.x }],
    ['an extra member', { ...signing, use: 'sig' }],
    ['a number as member', { ...signing, x: 7 }],
    ['a short key', { ...signing, x: signing.x.slice(0, 40) }],
    ['an empty key', { ...signing, x: '' }],
    ['a long key', { ...signing, x: `${signing.x.slice(0, 42)}AA` }],
    ['T-009 the identity point', { ...signing, x: toBase64url(little(1n)) }],
    ['inherited members', Object.create(signing)],
  ])('signing key: %s is refused', (_name, value) => {
    expect(() => parseSigningKey(value, 'key')).toThrow(
      expect.objectContaining({ reason: 'KEY_INVALID', path: 'key' }),
    )
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a signing key', signing],
    ['a private key', { ...x25519, d: x25519.x }],
    ['a private AKP key', { kty: 'AKP', alg: 'HPKE-10', pub: '', priv: x25519.x }],
    ['another algorithm', { kty: 'AKP', alg: 'HPKE-8', pub: '' }],
    ['an AKP key of another kty', { kty: 'OKP', alg: 'HPKE-10', pub: '' }],
    ['an empty AKP key', { kty: 'AKP', alg: 'HPKE-10', pub: '' }],
    ['T-010 an all-zero key', { ...x25519, x: toBase64url(new Uint8Array(32)) }],
  ])('encryption key: %s is refused', (_name, value) => {
    expect(() => parseEncryptionKey(value, 'key')).toThrow(expect.objectContaining({ reason: 'KEY_INVALID' }))
  })

  test('T-007 base64url with padding or loose bits is refused', () => {
    for (const x of [
      `${signing.x}=`,
      `${signing.x.slice(0, 42)}B`,
      signing.x.replace(/^./, '+'),
      ` ${signing.x}`,
    ])
      expect(() => parseSigningKey({ ...signing, x }, 'key')).toThrow(
        expect.objectContaining({ reason: 'MALFORMED' }),
      )
  })

  test('HPKE keys with a coefficient of q or more, or with an X25519 half of low order, are refused', async () => {
    const { publicJwk } = await deriveHpke(new Uint8Array(32).fill(3))
    const changed = (change: (bytes: Uint8Array) => void) => {
      const bytes = Uint8Array.from(fromBase64url(publicJwk.pub, 'pub'))
      change(bytes)
      return () => parseEncryptionKey({ ...publicJwk, pub: toBase64url(bytes) }, 'key')
    }
    const refused = expect.objectContaining({ reason: 'KEY_INVALID' })
    expect(changed((bytes) => bytes.set([0x01, 0x0d], 0))).toThrow(refused)
    expect(changed((bytes) => bytes.set([0x10, 0xd0], 1150))).toThrow(refused)
    expect(changed((bytes) => bytes.fill(0, 1184))).toThrow(refused)
    expect(changed((bytes) => bytes.set([0x00, 0x0d], 0))).not.toThrow()
    expect(() => parseEncryptionKey({ ...publicJwk, pub: publicJwk.pub.slice(0, 1600) }, 'key')).toThrow(
      refused,
    )
  })
})

describe('thumbprints', () => {
  test('RFC 8037, appendix A.3', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const
    expect(kid(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
    expect(toHex(thumbprint(jwk))).toBe('90facafea9b1556698540f70c0117a22ea37bd5cf3ed3c47093c1707282b4b89')
  })
})

describe('key pairs', () => {
  test('have the public key given in the standards: RFC 8037, appendices A.1 and A.6', () => {
    const ed25519 = deriveEd25519(fromBase64url('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'd'))
    expect(ed25519.publicJwk.x).toBe('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')
    const alice = fromBase64url('dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo', 'd')
    expect(deriveX25519(alice).publicJwk.x).toBe('hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo')
  })

  test('need 32 bytes', async () => {
    const refused = expect.objectContaining({ reason: 'KEY_INVALID', path: 'seed' })
    for (const length of [0, 31, 33]) {
      expect(() => deriveEd25519(new Uint8Array(length))).toThrow(refused)
      expect(() => deriveX25519(new Uint8Array(length))).toThrow(refused)
      await expect(deriveHpke(new Uint8Array(length))).rejects.toMatchObject({ reason: 'KEY_INVALID' })
    }
  })
})
