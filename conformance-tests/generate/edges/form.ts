// Builders for cases about entity configurations. docs/spec/identity.md
import type { CaseFile } from '../../suite/case.ts'
import { compact, type Jws, jwsHeader, type SigningKey, sign } from '../bytes/crypto.ts'
import { base64url, utf8 } from '../bytes/wire.ts'
import { type Claims, claimsOf, NOW, ngo } from '../party.ts'

export const MALFORMED = ['MALFORMED']
export const INVALID = ['STATEMENT_INVALID']
export const KEY = ['KEY_INVALID']
export const LIMIT = ['LIMIT_EXCEEDED']
/** Two reasons, of which REX-ID-010 allows either. */
export const EITHER = ['MALFORMED', 'KEY_INVALID']

export type Change = (claims: Claims, party: Claims) => void

/** Deviations from the usual entity configuration of the ngo. */
export interface Statement {
  readonly change?: Change
  /** Text of the claims in place of their JSON. */
  readonly text?: (json: string) => string
  /** Bytes of the claims in place of their text. */
  readonly bytes?: (text: Uint8Array) => Uint8Array
  readonly header?: (header: string) => string
  readonly kid?: Uint8Array
  readonly signer?: SigningKey
  readonly signed?: (jws: Jws) => Jws
  readonly jwt?: (jwt: string) => string
}

/** Signs an entity configuration of the ngo. */
export function signedStatement(plan: Statement = {}): string {
  const { change, text = String, bytes = (same) => same, header = String, signer = ngo.entity } = plan
  const claims = structuredClone(claimsOf(ngo))
  change?.(claims, claims.metadata.rex_party)
  const payload = bytes(utf8(text(JSON.stringify(claims))))
  const head = header(jwsHeader('entity-statement+jwt', plan.kid ?? ngo.entity.thumbprint))
  const jws = sign(head, payload, signer)
  return (plan.jwt ?? String)(compact(plan.signed?.(jws) ?? jws))
}

/** The circumstances in which a receiver verifies an entity configuration. */
interface Circumstances {
  readonly title: string
  readonly requirements: readonly string[]
  /** Default: the configuration is accepted. */
  readonly reason?: readonly string[] | undefined
  readonly nowMs?: number
  readonly seenMs?: number
  readonly pin?: string
}

/** Makes the case of an entity configuration of the ngo. */
export function configured(
  name: string,
  { title, requirements, reason, nowMs = NOW, seenMs = 0, pin = 'ngo' }: Circumstances,
  plan: Statement,
): CaseFile {
  return {
    name,
    title,
    requirements,
    features: [],
    operation: 'verify-configuration',
    input: { configuration: signedStatement(plan), pin, nowMs, seenMs },
    expect: reason === undefined ? { accepted: {} } : { refused: { reason } },
  }
}

/** Returns an Ed25519 JWK as in the claims, with its thumbprint as kid. */
export function namedKey({ jwk, thumbprint: kid }: SigningKey): object {
  return { ...jwk, kid: base64url(kid) }
}
