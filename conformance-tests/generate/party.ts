// The fictional organisations of the vectors: keys and entity configurations. docs/spec/identity.md
import authorities from './authorities.json' with { type: 'json' }
import {
  bytesOf,
  compact,
  type EpochKeys,
  epochKeys,
  type Jws,
  jwsHeader,
  nextSeed,
  type SigningKey,
  sign,
  signingKey,
  thumbprint,
} from './bytes/crypto.ts'
import { base64url, utf8 } from './bytes/wire.ts'

/** The time of most vectors: 2027-01-04T12:00:00Z. */
export const NOW = Date.UTC(2027, 0, 4, 12)
export const MINUTE = 60_000
export const DAY = 24 * 60 * MINUTE
const EPOCH = 7 * DAY

export type PartyName = keyof typeof authorities

/** An organisation with all its keys. */
export interface Party {
  readonly organisation: string
  readonly entity: SigningKey
  readonly message: SigningKey
  readonly receipt: SigningKey
  /** The epoch to which `seed` belongs. */
  readonly epoch: number
  readonly seed: Uint8Array
  readonly keys: EpochKeys
}

/** Derives the keys of an organisation from its name. `now`: a time in the epoch of its seed, in Unix milliseconds. */
export function party(name: string, now = NOW): Party {
  const seed = bytesOf(`${name} epoch`)
  return {
    organisation: `https://${name}.example`,
    entity: signingKey(`${name} entity`),
    message: signingKey(`${name} message`),
    receipt: signingKey(`${name} receipt`),
    epoch: Math.floor(now / EPOCH),
    seed,
    keys: epochKeys(seed),
  }
}

export const hotline = party('hotline')
export const ngo = party('ngo')
export const police = party('police')

/** The validity of a signing key. Times are Unix milliseconds. */
export interface Validity {
  readonly from?: number
  readonly until?: number
  readonly revoked?: { readonly reason: string; readonly at: number }
}

/** Claims of an entity configuration. They are untyped, so that a case can change anything. */
// biome-ignore lint/suspicious/noExplicitAny: a fault may be anywhere in it
export type Claims = any

/** Returns the claims of an organisation. `now`: the time of signing, in Unix milliseconds. */
export function claimsOf(whose: Party, validity: Validity = {}, now = NOW): Claims {
  const { organisation, entity, message, receipt, epoch, keys, seed } = whose
  const name = organisation.slice('https://'.length, -'.example'.length) as PartyName
  const next = epochKeys(nextSeed(seed))
  return {
    iss: organisation,
    sub: organisation,
    iat: seconds(now - DAY),
    exp: seconds(now + 30 * DAY),
    jwks: { keys: [{ ...entity.jwk, kid: base64url(entity.thumbprint) }] },
    metadata: {
      federation_entity: { organization_name: `Fictional ${name}` },
      rex_party: {
        versions: [1],
        suites: ['REX-2', 'REX-1'],
        message_keys: { keys: [dated(message, validity, now)] },
        epochs: [published(epoch, keys), published(epoch + 1, next)],
        gateway: {
          endpoints: [`rex.${name}.example:443`],
          ca: authorities[name] ?? authorities.ngo,
          receipt_keys: { keys: [dated(receipt, validity, now)] },
        },
        code_lists: { 'referral-kind': 1 },
      },
    },
  }
}

/** Signs claims as an entity configuration. `text`: the text to sign in place of the claims' JSON. */
export function statement(
  claims: Claims,
  key: SigningKey,
  kid = key.thumbprint,
  text = JSON.stringify(claims),
): Jws {
  return sign(jwsHeader('entity-statement+jwt', kid), utf8(text), key)
}

/** Signs the ngo's entity configuration with another entity key, and with rotations. docs/spec/identity.md, "Rotation of the entity key" */
export function configurationUnder(key: SigningKey, rotations: readonly string[] = []): string {
  const claims = claimsOf(ngo)
  claims.jwks = { keys: [{ ...key.jwk, kid: base64url(key.thumbprint) }] }
  if (rotations.length > 0) claims.metadata.rex_party.entity_rotations = rotations
  return compact(statement(claims, key))
}

/** Values of a rotation that replace the correct values. */
interface RotationPlan {
  readonly organisation?: string
  /** The keys that the rotation names. */
  readonly keys?: readonly SigningKey[]
  /** The key that signs in place of `from`. The header still names the `kid` of `from`. */
  readonly signer?: SigningKey
  readonly type?: string
  /** Unix milliseconds. */
  readonly issuedMs?: number
}

/** Signs a rotation of the ngo from one entity key to another. */
export function rotation(from: SigningKey, to: SigningKey, plan: RotationPlan = {}): string {
  const { organisation = ngo.organisation, keys = [from, to], signer = from } = plan
  const claims = {
    iss: organisation,
    iat: seconds(plan.issuedMs ?? NOW - DAY),
    jwks: { keys: keys.map((key) => ({ ...key.jwk, kid: base64url(key.thumbprint) })) },
  }
  const header = jwsHeader(plan.type ?? 'rex-rotation+jwt', from.thumbprint)
  return compact(sign(header, utf8(JSON.stringify(claims)), signer))
}

/** Signs the entity configuration of an organisation. */
export function configurationOf(whose: Party, validity: Validity = {}): string {
  return compact(statement(claimsOf(whose, validity), whose.entity))
}

export const seconds = (ms: number) => Math.floor(ms / 1000)

function dated(
  { jwk, thumbprint: kid }: SigningKey,
  { from, until, revoked }: Validity,
  now: number,
): object {
  const validity = { nbf: seconds(from ?? now - 30 * DAY), exp: seconds(until ?? now + 60 * DAY) }
  const end = revoked && { revoked: { reason: revoked.reason, revoked_at: seconds(revoked.at) } }
  return { ...jwk, kid: base64url(kid), ...validity, ...end }
}

function published(epoch: number, keys: EpochKeys): object {
  return {
    epoch,
    nbf: seconds(epoch * EPOCH),
    exp: seconds((epoch + 1) * EPOCH),
    keys: [
      { kty: 'OKP', crv: 'X25519', x: base64url(keys.x25519.public) },
      { kty: 'AKP', alg: 'HPKE-10', pub: base64url(keys.hpke.public) },
    ],
  }
}

/** Returns the thumbprint of the party's key to which messages of a suite are sealed. */
export function recipientKey({ keys }: Party, suite: string): Uint8Array {
  return suite === 'REX-2'
    ? thumbprint({ alg: 'HPKE-10', kty: 'AKP', pub: base64url(keys.hpke.public) })
    : thumbprint({ crv: 'X25519', kty: 'OKP', x: base64url(keys.x25519.public) })
}
