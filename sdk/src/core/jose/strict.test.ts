import { Buffer } from 'node:buffer'
import type { Jwe, Jws } from '@rex/proto/core/v1/envelope'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { toBase64url, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { LIMITS } from '../limits.ts'
import { sealDir } from './content.ts'
import { sealEcdhEs } from './ecdh-es.ts'
import { deriveHpke, sealHpke } from './hpke.ts'
import { localSigner, signJws, signJwt } from './jose.ts'
import { deriveX25519, kid } from './key.ts'
import { type JweSlot, type JwsSlot, parseJwe, parseJws, parseJwt } from './strict.ts'

const JWS_SLOTS = ['manifest-jws', 'stored-jws', 'entity-statement', 'invite'] as const
const JWE_SLOTS = ['manifest-jwe', 'section-jwe', 'grant-jwe'] as const

const bytes = (length: number, fill = 7) => new Uint8Array(length).fill(fill)
const signer = localSigner(bytes(32))
const ctx = bytes(32, 9)
const x25519 = deriveX25519(bytes(32))

const jwsOf = new Map<JwsSlot, Jws>()
const jweOf = new Map<string, Jwe>()
beforeAll(async () => {
  for (const slot of JWS_SLOTS) jwsOf.set(slot, await signJws(slot, utf8('{}'), signer))
  for (const slot of ['manifest-jwe', 'section-jwe'] as const)
    jweOf.set(slot, await sealDir(slot, bytes(100), bytes(32), bytes))
  jweOf.set('REX-1', await sealEcdhEs(bytes(100), x25519.publicJwk, ctx))
  jweOf.set('REX-2', await sealHpke(bytes(100), (await deriveHpke(bytes(32))).publicJwk, ctx))
})
const jws = (slot: JwsSlot = 'manifest-jws') => jwsOf.get(slot) as Jws
const jwe = (name: string) => jweOf.get(name) as Jwe
const slotOf = (name: string): JweSlot => (name.startsWith('REX') ? 'grant-jwe' : (name as JweSlot))

function refusal(parse: () => unknown): string {
  try {
    parse()
    return 'accepted'
  } catch (error) {
    if (!RexError.is(error)) throw error
    expect(error.path).toBeDefined()
    return error.reason
  }
}
const text = (header: Uint8Array) => Buffer.from(header).toString('utf8')

describe('the slot table', () => {
  test('headers are exactly these', () => {
    const id = kid(signer.key)
    expect(text(jws('manifest-jws').protected)).toBe(
      `{"alg":"Ed25519","kid":"${id}","typ":"rex-manifest+jws"}`,
    )
    expect(text(jws('stored-jws').protected)).toBe(`{"alg":"Ed25519","kid":"${id}","typ":"rex-stored+jws"}`)
    expect(text(jws('entity-statement').protected)).toBe(
      `{"alg":"Ed25519","kid":"${id}","typ":"entity-statement+jwt"}`,
    )
    expect(text(jws('invite').protected)).toBe(`{"alg":"Ed25519","kid":"${id}","typ":"rex-invite+jwt"}`)
    const value = (member: string, of: Jwe) =>
      (JSON.parse(text(of.protected)) as Record<string, string>)[member] as string
    for (const part of ['manifest', 'section'])
      expect(text(jwe(`${part}-jwe`).protected)).toBe(
        `{"alg":"dir","crit":["kc"],"enc":"A256GCM","kc":"${value('kc', jwe(`${part}-jwe`))}","typ":"rex-${part}+jwe"}`,
      )
    const epk = (JSON.parse(text(jwe('REX-1').protected)) as { epk: { x: string } }).epk.x
    expect(text(jwe('REX-1').protected)).toBe(
      `{"alg":"ECDH-ES","crit":["ctx"],"ctx":"${toBase64url(ctx)}","enc":"A256GCM","epk":{"x":"${epk}","crv":"X25519","kty":"OKP"},"kid":"${kid(x25519.publicJwk)}","typ":"rex-grant+jwe"}`,
    )
    expect(text(jwe('REX-2').protected)).toBe(
      `{"alg":"HPKE-10","crit":["ctx"],"ctx":"${toBase64url(ctx)}","kid":"${value('kid', jwe('REX-2'))}","typ":"rex-grant+jwe"}`,
    )
  })

  test('sealed and signed objects parse, and yield the values of their headers', () => {
    for (const slot of JWS_SLOTS) expect(parseJws(slot, jws(slot)).header).toEqual({ kid: kid(signer.key) })
    for (const name of ['manifest-jwe', 'section-jwe'])
      expect(parseJwe(slotOf(name), jwe(name)).header).toHaveProperty('kc')
    const header = { ctx: toBase64url(ctx), kid: kid(x25519.publicJwk) }
    expect(parseJwe('grant-jwe', jwe('REX-1')).header).toMatchObject(header)
    expect(parseJwe('grant-jwe', jwe('REX-2')).header).toMatchObject({ ctx: header.ctx })
  })

  test('T-004 an object is accepted only in its own slot', () => {
    for (const slot of JWS_SLOTS)
      for (const other of JWS_SLOTS)
        expect(refusal(() => parseJws(slot, jws(other)))).toBe(slot === other ? 'accepted' : 'MALFORMED')
    for (const slot of JWE_SLOTS)
      for (const name of jweOf.keys())
        expect(refusal(() => parseJwe(slot, jwe(name)))).toBe(
          slotOf(name) === slot ? 'accepted' : 'MALFORMED',
        )
    for (const slot of JWE_SLOTS) {
      const disguised = { ...jwe('section-jwe'), protected: jws().protected }
      expect(refusal(() => parseJwe(slot, disguised))).toBe('MALFORMED')
    }
    expect(
      refusal(() => parseJws('manifest-jws', { ...jws(), protected: jwe('section-jwe').protected })),
    ).toBe('MALFORMED')
  })
})

/** Changes to a header that must all be rejected. Every header begins with `{"alg"`. */
const HEADER_CHANGES: readonly [string, (header: string) => string][] = [
  ['T-001 alg none', (h) => h.replace(/"alg":"[^"]+"/, '"alg":"none"')],
  ['T-001 alg None', (h) => h.replace(/"alg":"[^"]+"/, '"alg":"None"')],
  ...[
    'HS256',
    'RS256',
    'ES256',
    'EdDSA',
    'PBES2-HS256+A128KW',
    'RSA1_5',
    'RSA-OAEP',
    'A256KW',
    'ECDH-ES+A256KW',
    'HPKE-8',
  ].map((alg): [string, (h: string) => string] => [
    `T-001 alg ${alg}`,
    (h) => h.replace(/"alg":"[^"]+"/, `"alg":"${alg}"`),
  ]),
  ['T-002 no alg', (h) => h.replace(/"alg":"[^"]+",/, '')],
  ['T-001 another enc', (h) => h.replace('}', ',"enc":"A128CBC-HS256"}')],
  ...['jwk', 'jku', 'x5u', 'x5c', 'x5t', 'zip', 'b64', 'cty', 'p2c', 'apu', 'apv', 'iv', 'tag', 'url'].map(
    (name): [string, (h: string) => string] => [
      `T-003 T-011 T-012 member ${name}`,
      (h) => h.replace(/}$/, `,"${name}":1000000000}`),
    ],
  ),
  [
    'T-005 crit empty',
    (h) =>
      h.replace(/"crit":\[[^\]]*\]/, '"crit":[]').replace('{"alg":"Ed25519"', '{"alg":"Ed25519","crit":[]'),
  ],
  [
    'T-005 crit twice',
    (h) =>
      h
        .replace(/"crit":\["(\w+)"\]/, '"crit":["$1","$1"]')
        .replace('{"alg":"Ed25519"', '{"alg":"Ed25519","crit":["kid"]'),
  ],
  [
    'T-005 crit unknown',
    (h) =>
      h
        .replace(/"crit":\["(\w+)"\]/, '"crit":["exp"]')
        .replace('{"alg":"Ed25519"', '{"alg":"Ed25519","crit":["exp"]'),
  ],
  ['T-005 our crit member missing', (h) => h.replace(/"(kc|ctx|kid)":"[^"]+",/, '')],
  ['T-006 a member twice', (h) => h.replace('{', '{"typ":"x",')],
  ['T-006 a member twice, the same', (h) => h.replace(/("alg":"[^"]+",)/, '$1$1')],
  ['T-006 __proto__', (h) => h.replace('{', '{"__proto__":{},')],
  ['T-006 a number as value', (h) => h.replace(/"(kid|kc)":"[^"]+"/, '"$1":7')],
  ['T-006 a byte order mark', (h) => `\uFEFF${h}`],
  ['T-006 trailing bytes', (h) => `${h}\n`],
  ['T-006 white space', (h) => h.replace(':', ': ')],
  ['T-006 an escape', (h) => h.replace('alg', String.raw`\u0061lg`)],
  ['T-007 padding', (h) => h.replace(/("(?:kid|kc)":"[^"]+)"/, '$1="')],
  ['T-007 loose bits', (h) => h.replace(/("(?:kid|kc)":"[^"]{42})./, '$1B')],
  ['T-007 plain base64', (h) => h.replace(/("(?:kid|kc)":").(.*)/, '$1+$2')],
  ['T-007 white space in a value', (h) => h.replace(/("(?:kid|kc)":").(.*)/, '$1 $2')],
  [
    'members in another order',
    (h) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(h) as object).reverse())),
  ],
  ['another typ', (h) => h.replace('"rex-', '"rax-').replace('entity-', 'entitY-')],
  ['nothing', () => ''],
  ['an empty object', () => '{}'],
  ['an array', (h) => `[${h}]`],
  ['a truncated header', (h) => h.slice(0, -1)],
]

describe('protected headers', () => {
  test.each(HEADER_CHANGES)('%s is refused in every slot', (_name, change) => {
    const changed = (header: Uint8Array) => utf8(change(text(header)))
    for (const slot of JWS_SLOTS) {
      const part = { ...jws(slot), protected: changed(jws(slot).protected) }
      expect(refusal(() => parseJws(slot, part))).toBe('MALFORMED')
    }
    for (const name of jweOf.keys()) {
      const part = { ...jwe(name), protected: changed(jwe(name).protected) }
      expect(refusal(() => parseJwe(slotOf(name), part))).toBe('MALFORMED')
    }
  })

  test('every change of one byte outside a value is refused, inside a value it is another value', () => {
    const header = jws().protected
    const value = text(header).indexOf(kid(signer.key))
    fc.assert(
      fc.property(fc.nat(header.length - 1), fc.integer({ min: 1, max: 255 }), (at, xor) => {
        const changed = Uint8Array.from(header, (byte, i) => (i === at ? byte ^ xor : byte))
        const outcome = refusal(() => parseJws('manifest-jws', { ...jws(), protected: changed }))
        if (at < value || at >= value + 43) expect(outcome).toBe('MALFORMED')
      }),
    )
  })

  test('T-010 an ephemeral key of low order or out of range is refused', () => {
    for (const x of ['A'.repeat(43), `AQ${'A'.repeat(41)}`, toBase64url(bytes(32, 0xff))]) {
      const header = text(jwe('REX-1').protected).replace(/"x":"[^"]+"/, `"x":"${x}"`)
      const part = { ...jwe('REX-1'), protected: utf8(header) }
      expect(refusal(() => parseJwe('grant-jwe', part))).toBe('MALFORMED')
    }
  })

  test('T-053 a header of a megabyte is refused by its size', () => {
    const large = utf8(`{"alg":"Ed25519","kid":"${'a'.repeat(1_000_000)}"}`)
    expect(refusal(() => parseJws('manifest-jws', { ...jws(), protected: large }))).toBe('LIMIT_EXCEEDED')
    expect(large.length).toBeGreaterThan(LIMITS.protectedHeader)
  })

  test('T-062 random bytes are always refused', () => {
    const header = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.json().map(utf8))
    fc.assert(
      fc.property(header, (bytesOfHeader) => {
        for (const slot of JWS_SLOTS)
          expect(refusal(() => parseJws(slot, { ...jws(slot), protected: bytesOfHeader }))).not.toBe(
            'accepted',
          )
        for (const name of jweOf.keys())
          expect(refusal(() => parseJwe(slotOf(name), { ...jwe(name), protected: bytesOfHeader }))).not.toBe(
            'accepted',
          )
      }),
    )
  })
})

describe('T-013 lengths', () => {
  test.each([0, 63, 65, 128])('a signature of %i bytes', (length) =>
    expect(refusal(() => parseJws('manifest-jws', { ...jws(), signature: bytes(length) }))).toBe('MALFORMED'),
  )

  test('T-008 a signature whose R is of low order or not canonical', () => {
    const r = (byte: number, fill: number) => {
      const signature = bytes(64, fill)
      signature[0] = byte
      return refusal(() => parseJws('manifest-jws', { ...jws(), signature }))
    }
    expect(r(1, 0)).toBe('MALFORMED')
    expect(r(0xee, 0xff)).toBe('MALFORMED')
    expect(r(2, 0)).toBe('accepted')
  })

  const wrong: readonly [keyof Jwe, readonly number[]][] = [
    ['encryptedKey', [1, 32, 1119, 1121]],
    ['iv', [1, 11, 13, 16]],
    ['tag', [1, 12, 15, 17, 32]],
  ]
  test.each(wrong)('of %s', (member, lengths) => {
    for (const name of jweOf.keys())
      for (const length of lengths)
        expect(refusal(() => parseJwe(slotOf(name), { ...jwe(name), [member]: bytes(length) }))).toBe(
          'MALFORMED',
        )
  })

  test('an empty or too short ciphertext', () => {
    for (const name of jweOf.keys())
      expect(refusal(() => parseJwe(slotOf(name), { ...jwe(name), ciphertext: bytes(0) }))).toBe('MALFORMED')
    expect(refusal(() => parseJwe('grant-jwe', { ...jwe('REX-2'), ciphertext: bytes(16) }))).toBe('MALFORMED')
  })

  test('parts of the other grant suite', () => {
    const { protected: header } = jwe('REX-2')
    expect(refusal(() => parseJwe('grant-jwe', { ...jwe('REX-1'), protected: header }))).toBe('MALFORMED')
    expect(refusal(() => parseJwe('grant-jwe', { ...jwe('REX-2'), protected: jwe('REX-1').protected }))).toBe(
      'MALFORMED',
    )
  })
})

describe('compact JWTs', () => {
  const claims = { iss: 'https://hotline.example', iat: 1_700_000_000 }
  let compact: string
  beforeAll(async () => {
    compact = await signJwt('invite', claims, signer)
  })

  test('give header, claims and the bytes as received', () => {
    const parsed = parseJwt('invite', compact)
    expect(parsed.header).toEqual({ kid: kid(signer.key) })
    expect(parsed.claims).toEqual(claims)
    expect([parsed.jws.protected, parsed.jws.payload, parsed.jws.signature].map(toBase64url).join('.')).toBe(
      compact,
    )
  })

  test.each<[string, (parts: string[]) => string]>([
    ['two parts', ([a, b]) => `${a}.${b}`],
    ['four parts', (parts) => `${parts.join('.')}.`],
    ['T-053 ten thousand parts', (parts) => parts.join('.') + '.'.repeat(10_000)],
    ['five parts: a JWE (T-004)', ([a, b, c]) => [a, '', b, c, c].join('.')],
    ['JSON serialisation', ([a, b, c]) => JSON.stringify({ protected: a, payload: b, signature: c })],
    ['an empty signature (T-001)', ([a, b]) => `${a}.${b}.`],
    ['T-007 padding', ([a, b, c]) => `${a}.${b}.${c}==`],
    ['T-007 loose bits', ([a, b, c]) => `${a}.${b}.${c?.slice(0, -1)}B`],
    ['T-007 white space', (parts) => ` ${parts.join('.')}`],
    ['T-007 a line break at the end', (parts) => `${parts.join('.')}\n`],
    ['a claim twice (T-006)', ([a, , c]) => `${a}.${toBase64url(utf8('{"iss":1,"iss":1}'))}.${c}`],
    ['claims that are no JSON', ([a, , c]) => `${a}.${toBase64url(utf8('iss'))}.${c}`],
    ['no claims', ([a, , c]) => `${a}..${c}`],
  ])('%s is refused', (_name, change) => {
    expect(refusal(() => parseJwt('invite', change(compact.split('.'))))).toBe('MALFORMED')
  })

  test('limits: 64 KiB for an entity statement, 128 KiB for an invite, or as asked', () => {
    const long = (length: number) => 'a'.repeat(length)
    expect(refusal(() => parseJwt('entity-statement', long(65_537)))).toBe('LIMIT_EXCEEDED')
    expect(refusal(() => parseJwt('entity-statement', long(65_536)))).toBe('MALFORMED')
    expect(refusal(() => parseJwt('invite', long(131_073)))).toBe('LIMIT_EXCEEDED')
    expect(refusal(() => parseJwt('invite', compact, 20))).toBe('LIMIT_EXCEEDED')
  })
})
