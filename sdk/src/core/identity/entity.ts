// Entity configurations: statements of organisations about themselves, signed at their desks. docs/spec/identity.md, "Entity configuration"
import { parseAddress } from '../address.ts'
import { isCode } from '../code.ts'
import { type Claims, claimsOf, integerOf, numericDate, textOf } from '../encoding/claims.ts'
import { equal, fromBase64url, toBase64url, utf8 } from '../encoding/encoding.ts'
import { ensure, RexError } from '../error.ts'
import { type EntityId, parseEntityId } from '../identifier.ts'
import { isName } from '../input/name.ts'
import { signJwt, verifyEd25519, verifyJwt } from '../jose/jose.ts'
import { type Ed25519PublicJwk, kid, parseEncryptionKey, type Signer, thumbprint } from '../jose/key.ts'
import { parseJwt } from '../jose/strict.ts'
import { SUITES, type Suite } from '../jose/suite.ts'
import { LIMITS } from '../limits.ts'
import { NEEDS_LIMITS, type Needs } from '../referral/needs.ts'
import type { EpochKeys } from './epoch.ts'
import { type EntityRotation, leadsTo, MOST_ROTATIONS, readRotations } from './rotation.ts'
import { readSigningKey } from './signing-key.ts'

const PATH = /^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$/

/** Reason for revoking a key (OpenID Federation 1.0, section 8.7). */
type Revocation = 'superseded' | 'compromised'

/** A signing key with its period of validity. */
export interface DatedKey {
  readonly jwk: Ed25519PublicJwk
  readonly notBeforeMs: number
  readonly expiresMs: number
  readonly revoked?: { readonly reason: Revocation; readonly atMs: number }
}

/** Endpoints of the organisation's gateway, and the keys that authenticate it. */
export interface GatewayEntry {
  /** 1 to 8 addresses (`host:port`), most preferred first. */
  readonly endpoints: readonly string[]
  /** The gateway's certification authority, DER. */
  readonly authority: Uint8Array
  /** The authority that will take over (REX-ID-079), DER. Default: none. */
  readonly nextAuthority?: Uint8Array
  readonly receiptKeys: readonly DatedKey[]
}

/** The organisation's metadata as a REX party. */
export interface Party {
  readonly versions: readonly number[]
  readonly suites: readonly Suite[]
  readonly messageKeys: readonly DatedKey[]
  readonly epochs: readonly EpochKeys[]
  readonly gateway: GatewayEntry
  /** Supported versions of the code lists. */
  readonly codeLists: Readonly<Record<string, number>>
  /** What the organisation wants referrals of each accepted kind to contain. Undefined: it accepts all kinds and publishes no needs. */
  readonly needs?: Needs
}

/** An entity configuration before it is signed. */
export interface EntityClaims {
  readonly organisation: EntityId
  /** Display name. */
  readonly name: string
  readonly issuedMs: number
  readonly expiresMs: number
  readonly party: Party
  /** The rotations that led to the entity key, oldest first, at most 16. Default: none. */
  readonly rotations?: readonly EntityRotation[]
}

/** A parsed entity configuration. */
export interface EntityConfiguration extends EntityClaims {
  readonly entityKey: Ed25519PublicJwk
  readonly rotations: readonly EntityRotation[]
  /** The signed form, as received. */
  readonly jwt: string
}

/** Signs an entity configuration with the entity key (OpenID Federation 1.0, section 3; REX-ID-010). */
export function signEntityConfiguration(draft: EntityClaims, signer: Signer): Promise<string> {
  const { organisation, name, issuedMs, expiresMs, party, rotations = [] } = draft
  const claims = {
    iss: organisation,
    sub: organisation,
    iat: numericDate(issuedMs),
    exp: numericDate(expiresMs),
    jwks: { keys: [{ ...signer.key, kid: kid(signer.key) }] },
    metadata: {
      federation_entity: { organization_name: name },
      rex_party: {
        ...partyClaims(party),
        ...(rotations.length > 0 && { entity_rotations: rotations.map(({ jwt }) => jwt) }),
      },
    },
  }
  return signJwt('entity-statement', claims, signer)
}

/**
 * Parses an entity configuration strictly, including its keys. It is not trusted yet: its signature is not checked.
 * @throws RexError MALFORMED, LIMIT_EXCEEDED, KEY_INVALID
 */
export function parseEntityConfiguration(jwt: string): EntityConfiguration {
  const claims = claimsOf(parseJwt('entity-statement', jwt, LIMITS.entityConfiguration).claims, '')
  const organisation = parseEntityId(claims.text('sub'), 'sub')
  ensure(claims.text('iss') === organisation, 'iss')
  const [entityKey, ...others] = claims
    .object('jwks')
    .list('keys', 8, (key, path) => readSigningKey(claimsOf(key, path)))
  ensure(entityKey !== undefined && others.length === 0, 'jwks.keys')
  const metadata = claims.object('metadata')
  const issuedMs = claims.timeMs('iat')
  const expiresMs = claims.timeMs('exp')
  ensure(issuedMs < expiresMs, 'exp')
  const name = metadata.object('federation_entity').text('organization_name', 200)
  ensure(isName(name), 'metadata.federation_entity.organization_name')
  const party = metadata.object('rex_party')
  return {
    organisation,
    name,
    issuedMs,
    expiresMs,
    entityKey,
    party: readParty(party),
    rotations: rotationsIn(party, { organisation, entityKey }),
    jwt,
  }
}

function rotationsIn(
  party: Claims,
  of: { readonly organisation: string; readonly entityKey: Ed25519PublicJwk },
): EntityRotation[] {
  if (!party.has('entity_rotations')) return []
  const listed = party.list('entity_rotations', MOST_ROTATIONS, (jwt) => jwt)
  const path = `${party.path}.entity_rotations`
  ensure(listed.length > 0, path)
  return readRotations(listed, { ...of, path })
}

/** Whether a stored entity configuration still matches its signature, so that damage on the disk is noticed. The key is not checked against a pin. */
export function isIntact(jwt: string): boolean {
  try {
    const { entityKey } = parseEntityConfiguration(jwt)
    const end = jwt.lastIndexOf('.')
    return verifyEd25519(utf8(jwt.slice(0, end)), entityKey, fromBase64url(jwt.slice(end + 1), 'signature'))
  } catch {
    return false
  }
}

/** Expected properties of a verified entity configuration. */
export interface EntityExpectation {
  /** The pinned entity key. The statement must be signed with this key or with a successor of this key (REX-ID-076). */
  readonly entityKey: Ed25519PublicJwk
  readonly organisation: string
  /** Unix milliseconds. */
  readonly now: number
  /** Highest `iat` of the organisation's statements so far, in Unix milliseconds. Default: none. */
  readonly seenIssuedMs?: number
  /** A time that other organisations have confirmed. Unix milliseconds. Default: none. */
  readonly confirmedMs?: number
}

/**
 * Parses an entity configuration and verifies it against the pin (REX-ID-012, REX-ID-076): subject, key, signature, time, no rollback.
 * @throws RexError STATEMENT_INVALID, STATEMENT_ROLLBACK, EXPIRED, CLOCK_SKEW, and the errors of parsing
 */
export async function verifyEntityConfiguration(
  jwt: string,
  expected: EntityExpectation,
): Promise<EntityConfiguration> {
  const configuration = parseEntityConfiguration(jwt)
  if (
    configuration.organisation !== expected.organisation ||
    !(await leadsTo(expected.entityKey, configuration))
  ) {
    throw new RexError('STATEMENT_INVALID', 'The statement is not that of the paired organisation.')
  }
  await verifyJwt('entity-statement', jwt, configuration.entityKey)
  checkTimes(configuration, expected)
  return configuration
}

/** Finds the key with this thumbprint that was valid at `atMs`. @throws RexError KEY_INVALID (REX-ID-021, T-035, T-036) */
export function keyAt(keys: readonly DatedKey[], keyThumbprint: Uint8Array, atMs: number): Ed25519PublicJwk {
  const key = keys.find((candidate) => equal(thumbprint(candidate.jwk), keyThumbprint))
  if (key === undefined) throw new RexError('KEY_INVALID', 'The organisation has no such key.')
  const overlap = LIMITS.maxLifetime + LIMITS.skew
  const endMs = key.revoked === undefined ? key.expiresMs : Math.min(key.expiresMs, key.revoked.atMs)
  if (
    key.revoked?.reason === 'compromised' ||
    atMs < key.notBeforeMs - LIMITS.skew ||
    atMs >= endMs + overlap
  ) {
    throw new RexError('KEY_INVALID', 'The key could not be used at that time.')
  }
  return key.jwk
}

/**
 * Whether the date of an accepted statement blocks older statements (REX-ID-012). A date ahead of both the clock and the confirmed time
 * does not: the statement was accepted while the clock, too, was ahead. Unix milliseconds.
 */
export function countsAsSeen(
  issuedMs: number,
  { now, confirmedMs = 0 }: { readonly now: number; readonly confirmedMs?: number },
): boolean {
  return issuedMs <= Math.max(now, confirmedMs) + LIMITS.skew
}

function checkTimes(
  { issuedMs, expiresMs }: EntityConfiguration,
  { now, seenIssuedMs, confirmedMs = 0 }: EntityExpectation,
): void {
  if (issuedMs > now + LIMITS.skew) {
    throw new RexError('CLOCK_SKEW', 'The statement was issued in the future.', {
      metadata: { time: String(now) },
    })
  }
  if (now >= expiresMs + LIMITS.skew) throw new RexError('EXPIRED', 'The statement has expired.')
  const reached = seenIssuedMs !== undefined && countsAsSeen(seenIssuedMs, { now, confirmedMs })
  if (reached && issuedMs < seenIssuedMs) {
    throw new RexError('STATEMENT_ROLLBACK', 'A newer statement of this organisation is known.')
  }
}

function partyClaims(party: Party): object {
  const { versions, suites, messageKeys, epochs, gateway, codeLists, needs } = party
  return {
    versions,
    suites,
    message_keys: { keys: messageKeys.map(datedKeyClaims) },
    epochs: epochs.map(({ epoch, notBeforeMs, expiresMs, x25519, hpke }) => ({
      epoch,
      nbf: numericDate(notBeforeMs),
      exp: numericDate(expiresMs),
      keys: [x25519, hpke],
    })),
    gateway: {
      endpoints: gateway.endpoints,
      ca: toBase64url(gateway.authority),
      ...(gateway.nextAuthority && { next_ca: toBase64url(gateway.nextAuthority) }),
      receipt_keys: { keys: gateway.receiptKeys.map(datedKeyClaims) },
    },
    code_lists: codeLists,
    ...(needs && { needs }),
  }
}

function datedKeyClaims({ jwk, notBeforeMs, expiresMs, revoked }: DatedKey): object {
  const dated = { ...jwk, kid: kid(jwk), nbf: numericDate(notBeforeMs), exp: numericDate(expiresMs) }
  return revoked === undefined
    ? dated
    : { ...dated, revoked: { reason: revoked.reason, revoked_at: numericDate(revoked.atMs) } }
}

function readParty(claims: Claims): Party {
  const suites = atLeastOne(claims, 'suites', 16, textOf)
  const epochs = claims.list('epochs', 64, readEpoch)
  const isAscending = epochs.every(({ epoch }, i) => i === 0 || epoch > (epochs[i - 1]?.epoch ?? epoch))
  ensure(isAscending, `${claims.path}.epochs`)
  const gateway = claims.object('gateway')
  return {
    versions: atLeastOne(claims, 'versions', 16, integerOf),
    suites: suites.filter((suite): suite is Suite => (SUITES as readonly string[]).includes(suite)),
    messageKeys: claims.object('message_keys').list('keys', 16, readDatedKey),
    epochs,
    gateway: {
      endpoints: atLeastOne(gateway, 'endpoints', 8, readEndpoint),
      authority: readAuthority(gateway, 'ca'),
      ...(gateway.has('next_ca') && { nextAuthority: readAuthority(gateway, 'next_ca') }),
      receiptKeys: gateway.object('receipt_keys').list('keys', 16, readDatedKey),
    },
    codeLists: readCodeLists(claims.object('code_lists')),
    ...(claims.has('needs') && { needs: readNeeds(claims.object('needs')) }),
  }
}

function readAuthority(gateway: Claims, name: string): Uint8Array {
  const der = gateway.bytes(name, 8192)
  ensure(isDerSequence(der), `${gateway.path}.${name}`)
  return der
}

function atLeastOne<T>(
  claims: Claims,
  name: string,
  limit: number,
  read: (value: unknown, path: string) => T,
): T[] {
  const list = claims.list(name, limit, read)
  ensure(list.length > 0, `${claims.path}.${name}`)
  return list
}

function readEndpoint(value: unknown, path: string): string {
  const text = textOf(value, path, 300)
  ensure(parseAddress(text, path).port > 0, path)
  return text
}

/**
 * Whether bytes are one DER SEQUENCE (X.690, sections 8.1 and 10.1), as every certificate is. The certificate itself is checked when a
 * gateway dials.
 */
function isDerSequence(bytes: Uint8Array): boolean {
  const [tag, first = 0, second = 0, third = 0] = bytes
  const [head, length] =
    first < 0x80 ? [2, first] : first === 0x81 ? [3, second] : [4, first === 0x82 ? second * 256 + third : 0]
  const isShortest = first < 0x80 || length >= (first === 0x81 ? 0x80 : 0x100)
  return tag === 0x30 && isShortest && length > 0 && bytes.length === head + length
}

function readDatedKey(value: unknown, path: string): DatedKey {
  const claims = claimsOf(value, path)
  const dated = {
    jwk: readSigningKey(claims, ['nbf', 'exp', 'revoked']),
    notBeforeMs: claims.timeMs('nbf'),
    expiresMs: claims.timeMs('exp'),
  }
  if (!claims.has('revoked')) return dated
  const revoked = claims.object('revoked')
  const reason = revoked.text('reason')
  ensure(reason === 'superseded' || reason === 'compromised', `${path}.revoked.reason`)
  return { ...dated, revoked: { reason, atMs: revoked.timeMs('revoked_at') } }
}

function readEpoch(value: unknown, path: string): EpochKeys {
  const claims = claimsOf(value, path)
  const [x25519, hpke, ...others] = claims.list('keys', 8, parseEncryptionKey)
  ensure(x25519?.kty === 'OKP' && hpke?.kty === 'AKP' && others.length === 0, `${path}.keys`)
  return {
    epoch: claims.integer('epoch'),
    notBeforeMs: claims.timeMs('nbf'),
    expiresMs: claims.timeMs('exp'),
    x25519,
    hpke,
  }
}

function readCodeLists(claims: Claims): Record<string, number> {
  const entries = claims.entries()
  ensure(entries.length <= 128, claims.path)
  return Object.fromEntries(
    entries.map(([list, version]) => [list, integerOf(version, `${claims.path}.${list}`)]),
  )
}

/** Reads the needs. Paths that this version does not support are kept, so the lint reports their values as missing. */
function readNeeds(claims: Claims): Needs {
  const kinds = claims.entries().map(([kind, value]) => {
    ensure(isCode(kind), claims.path)
    const needs = claimsOf(value, `${claims.path}.${kind}`)
    const lists = ['must', 'should'].filter((name) => needs.has(name))
    return [
      kind,
      Object.fromEntries(lists.map((name) => [name, needs.list(name, NEEDS_LIMITS.paths, readPath)])),
    ]
  })
  ensure(kinds.length <= NEEDS_LIMITS.kinds, claims.path)
  return Object.fromEntries(kinds)
}

function readPath(value: unknown, path: string): string {
  const text = textOf(value, path, NEEDS_LIMITS.path)
  ensure(PATH.test(text), path)
  return text
}
