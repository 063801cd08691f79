// The strict pre-parser: stands before every cryptographic library. docs/spec/envelope.md, "Slot table"
import { Buffer } from 'node:buffer'
import type { Jwe, Jws } from '@rex/proto/core/v1/envelope'
import { fromBase64url } from './encoding.ts'
import { ensure, RexError } from './error.ts'
import { LIMITS } from './limits.ts'

/** Where a JWS may stand. */
export type JwsSlot = 'manifest-jws' | 'stored-jws' | 'entity-statement' | 'invite'
/** Where a JWE may stand. */
export type JweSlot = 'manifest-jwe' | 'section-jwe' | 'grant-jwe'

type Rule = (value: unknown) => boolean

const text =
  (expected: string): Rule =>
  (value) =>
    value === expected
const bytes32: Rule = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(value)
const crit =
  (name: string): Rule =>
  (value) =>
    Array.isArray(value) && value.length === 1 && value[0] === name
const epk: Rule = (value) => {
  const { kty, crv, x, ...others } = Object(value) as Record<string, unknown>
  return kty === 'OKP' && crv === 'X25519' && bytes32(x) && Object.keys(others).length === 0
}

const signed = (typ: string): Readonly<Record<string, Rule>> => ({
  alg: text('Ed25519'),
  kid: bytes32,
  typ: text(typ),
})
const content = (typ: string): Readonly<Record<string, Rule>> => ({
  alg: text('dir'),
  crit: crit('kc'),
  enc: text('A256GCM'),
  kc: bytes32,
  typ: text(typ),
})

const JWS_HEADERS: Readonly<Record<JwsSlot, Readonly<Record<string, Rule>>>> = {
  'manifest-jws': signed('rex-manifest+jws'),
  'stored-jws': signed('rex-stored+jws'),
  'entity-statement': signed('entity-statement+jwt'),
  invite: signed('rex-invite+jwt'),
}
const GRANT_1: Readonly<Record<string, Rule>> = {
  alg: text('ECDH-ES'),
  crit: crit('ctx'),
  ctx: bytes32,
  enc: text('A256GCM'),
  epk,
  kid: bytes32,
  typ: text('rex-grant+jwe'),
}
const GRANT_2: Readonly<Record<string, Rule>> = {
  alg: text('HPKE-10'),
  crit: crit('ctx'),
  ctx: bytes32,
  kid: bytes32,
  typ: text('rex-grant+jwe'),
}

/** Checks a JWS against its slot. @throws RexError MALFORMED, LIMIT_EXCEEDED */
export function parseJws(slot: JwsSlot, jws: Jws): { header: { kid: string } } {
  ensure(jws.signature.length === 64, `${slot}.signature`)
  return { header: parseHeader(jws.protected, JWS_HEADERS[slot], slot) as { kid: string } }
}

/** Checks a JWE against its slot. @throws RexError MALFORMED, LIMIT_EXCEEDED */
export function parseJwe(slot: JweSlot, jwe: Jwe): { header: { kid: string; ctx: string; kc: string } } {
  const isHpke = slot === 'grant-jwe' && jwe.iv.length === 0
  ensure(jwe.encryptedKey.length === (isHpke ? 1120 : 0), `${slot}.encrypted_key`)
  ensure(jwe.iv.length === (isHpke ? 0 : 12), `${slot}.iv`)
  ensure(jwe.tag.length === (isHpke ? 0 : 16), `${slot}.tag`)
  ensure(jwe.ciphertext.length > 0, `${slot}.ciphertext`)
  const rules =
    slot === 'grant-jwe' ? (isHpke ? GRANT_2 : GRANT_1) : content(`rex-${slot.replace('-jwe', '')}+jwe`)
  return { header: parseHeader(jwe.protected, rules, slot) as { kid: string; ctx: string; kc: string } }
}

/** Parses a compact JWT strictly; the signature is not checked. @throws RexError MALFORMED, LIMIT_EXCEEDED */
export function parseJwt(
  slot: JwsSlot,
  compact: string,
  limit: number,
): { header: { kid: string }; claims: unknown; jws: Jws } {
  if (compact.length > limit)
    throw new RexError('LIMIT_EXCEEDED', `${slot} is too large.`, {
      path: slot,
      metadata: { limit: String(limit), actual: String(compact.length) },
    })
  const parts = compact.split('.')
  ensure(parts.length === 3, slot)
  const [protectedHeader, payload, signature] = parts.map((part) => fromBase64url(part, slot)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const jws = { protected: protectedHeader, payload, signature }
  return { ...parseJws(slot, jws), claims: parseJson(payload, slot), jws }
}

function parseHeader(bytes: Uint8Array, rules: Readonly<Record<string, Rule>>, path: string): object {
  ensure(bytes.length <= LIMITS.protectedHeader, `${path}.protected`)
  const header = parseJson(bytes, `${path}.protected`)
  ensure(typeof header === 'object' && header !== null && !Array.isArray(header), `${path}.protected`)
  const names = Object.keys(header)
  ensure(names.length === Object.keys(rules).length, `${path}.protected`)
  for (const name of names)
    ensure(
      Object.hasOwn(rules, name) && rules[name]?.((header as Record<string, unknown>)[name]) === true,
      `${path}.protected.${name.slice(0, 16)}`,
    )
  return header
}

/** JSON in its one compact spelling: what is parsed and written again gives the same bytes. */
function parseJson(bytes: Uint8Array, path: string): unknown {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  try {
    const value: unknown = JSON.parse(json)
    ensure(JSON.stringify(value) === json, path)
    return value
  } catch (cause) {
    throw new RexError('MALFORMED', `${path} is not strict JSON.`, { path, cause })
  }
}
