// Partner organisations of a desk. Their keys and statements are valid now, whereas those of the vectors have a fixed date.
import { compact, jwsHeader, type SigningKey, sign, signingKey } from '../../generate/bytes/crypto.ts'
import { utf8 } from '../../generate/bytes/wire.ts'
import {
  type Claims,
  claimsOf,
  DAY,
  type Party,
  type PartyName,
  party,
  seconds,
  statement,
} from '../../generate/party.ts'

/** Names of the partners. */
export const PARTNERS: readonly PartyName[] = ['ngo', 'police']

/** Makes a partner whose keys are valid now. */
export function livePartner(name: PartyName): Party {
  return party(name, Date.now())
}

/** Values of a statement that replace the correct values. Times are milliseconds from now. */
export interface StatementPlan {
  readonly issued?: number
  readonly expires?: number
  readonly signer?: SigningKey
  readonly change?: (claims: Claims) => void
}

/** Signs the entity configuration of a partner. */
export function liveStatement(whose: Party, plan: StatementPlan = {}): string {
  const now = Date.now()
  const claims = claimsOf(whose, {}, now)
  claims.iat = seconds(now + (plan.issued ?? -DAY))
  claims.exp = seconds(now + (plan.expires ?? 30 * DAY))
  plan.change?.(claims)
  return compact(statement(claims, plan.signer ?? whose.entity, whose.entity.thumbprint))
}

/** Signs an invite of a partner (REX-ID-040). */
export function liveInvite(whose: Party, configuration = liveStatement(whose), expires = 30 * DAY): string {
  const now = Date.now()
  const claims = {
    iss: whose.organisation,
    iat: seconds(now),
    exp: seconds(now + expires),
    entity_configuration: configuration,
  }
  const header = jwsHeader('rex-invite+jwt', whose.entity.thumbprint)
  return compact(sign(header, utf8(JSON.stringify(claims)), whose.entity))
}

/** Returns the desk as a recipient, with public keys from a statement: of the current epoch or, if `isLast`, of the last epoch in the statement. */
export function recipientIn(jwt: string, isLast = false): Party {
  const { sub, metadata } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
  const now = seconds(Date.now())
  const { epochs } = metadata.rex_party
  const current =
    (isLast ? epochs.at(-1) : undefined) ??
    epochs.find(({ nbf, exp }: { nbf: number; exp: number }) => nbf <= now && now < exp) ??
    epochs[0]
  const of = (kty: string, member: string) =>
    Buffer.from(current.keys.find((key: Record<string, string>) => key.kty === kty)[member], 'base64url')
  const nobody = signingKey('nobody')
  return {
    organisation: sub,
    entity: nobody,
    message: nobody,
    receipt: nobody,
    epoch: current.epoch,
    seed: new Uint8Array(),
    keys: {
      x25519: { secret: new Uint8Array(), public: of('OKP', 'x') },
      hpke: { secret: new Uint8Array(), public: of('AKP', 'pub') },
    },
  }
}

/** Returns the message keys in a statement, by `kid`. */
export function messageKeysIn(jwt: string): Map<string, Uint8Array> {
  return new Map(signingKeysIn(jwt).map(({ kid, x }) => [kid, Buffer.from(x, 'base64url')]))
}

/** Returns the `kid` of each message key that a statement names as compromised. */
export function compromisedIn(jwt: string): string[] {
  return signingKeysIn(jwt).flatMap(({ kid, revoked }) => (revoked?.reason === 'compromised' ? [kid] : []))
}

function signingKeysIn(jwt: string): { kid: string; x: string; revoked?: { reason: string } }[] {
  const { metadata } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
  return metadata.rex_party.message_keys.keys
}
