// Partner organisations of a desk with live times: the vectors' parties have a fixed one.
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

/** Partners by name. */
export const PARTNERS: readonly PartyName[] = ['ngo', 'police']

/** An organisation whose keys are in use now. */
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

/** The entity configuration of a partner. */
export function liveStatement(whose: Party, plan: StatementPlan = {}): string {
  const now = Date.now()
  const claims = claimsOf(whose, {}, now)
  claims.iat = seconds(now + (plan.issued ?? -DAY))
  claims.exp = seconds(now + (plan.expires ?? 30 * DAY))
  plan.change?.(claims)
  return compact(statement(claims, plan.signer ?? whose.entity, whose.entity.thumbprint))
}

/** An invite of a partner (REX-ID-040). */
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

/** The desk as a recipient, from its published statement: public keys alone. */
export function recipientIn(jwt: string): Party {
  const { sub, metadata } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
  const now = seconds(Date.now())
  const { epochs } = metadata.rex_party
  const current =
    epochs.find(({ nbf, exp }: { nbf: number; exp: number }) => nbf <= now && now < exp) ?? epochs[0]
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

/** Message keys that a statement names: base64url of the key by its `kid`. */
export function messageKeysIn(jwt: string): Map<string, Uint8Array> {
  const { metadata } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
  const keys: readonly { kid: string; x: string }[] = metadata.rex_party.message_keys.keys
  return new Map(keys.map(({ kid, x }) => [kid, Buffer.from(x, 'base64url')]))
}
