// Reads signing keys from signed claims. docs/spec/identity.md, REX-ID-003
import type { Claims } from '../encoding/claims.ts'
import { ensure } from '../error.ts'
import { type Ed25519PublicJwk, kid, parseSigningKey } from '../jose/key.ts'

/** Reads a signing key with its `kid`. Other members must be listed in `others` (REX-JOSE-031). @throws RexError MALFORMED, KEY_INVALID */
export function readSigningKey(claims: Claims, others: readonly string[] = []): Ed25519PublicJwk {
  const members = claims.entries().filter(([name]) => name !== 'kid' && !others.includes(name))
  const jwk = parseSigningKey(Object.fromEntries(members), claims.path)
  ensure(claims.text('kid') === kid(jwk), `${claims.path}.kid`)
  return jwk
}
