// An organisation that the suite plays, with its keys, certificates and signed statements. docs/spec/identity.md
import { compact, type SigningKey } from '../generate/bytes/crypto.ts'
import { base64url } from '../generate/bytes/wire.ts'
import { type Claims, claimsOf, DAY, type Party, party, seconds, statement } from '../generate/party.ts'
import {
  type Authority,
  type CertificatePlan,
  makeAuthority,
  makeLeaf,
  type TlsIdentity,
} from './tls/certificate.ts'
import { type KeyName, privateKey, publicKey } from './tls/keys.ts'

/** An address where nothing listens. */
const NOWHERE = '127.0.0.1:1'

/** How long an authority is valid. No case advances the clock by as much. */
const AUTHORITY_MS = 400 * DAY

/** An organisation with the authority of its gateway. */
export interface Organisation extends Party {
  /** The clock of the organisation. Unix milliseconds. */
  readonly clock: () => number
  readonly authority: Authority
  /** Two more authorities issued in the organisation's name. `next`: its statement may list it as the next authority. `unnamed`: no statement lists it. */
  readonly further: Readonly<Record<'next' | 'unnamed', Authority>>
  /** Issues a certificate for the organisation's gateway. `authority`: the issuer; default: the authority in use. */
  gateway(plan?: CertificatePlan, key?: KeyName, authority?: Authority): TlsIdentity
  /** Issues a certificate for the organisation's desk. */
  desk(plan?: CertificatePlan, key?: KeyName): TlsIdentity
  /**
   * Signs its entity configuration. Default for `endpoints`: an address where nothing listens. `change` can introduce a fault; `signer`
   * signs instead of the organisation.
   */
  statement(endpoints?: readonly string[], change?: (claims: Claims) => void, signer?: SigningKey): string
}

/** Makes the organisation `https://NAME.example`. `number` selects its TLS keys. */
export function makeOrganisation(name: string, number: 1 | 2 | 3 | 4 = 1, clock = Date.now): Organisation {
  const now = clock()
  const keys = party(name, now)
  const { organisation, entity } = keys
  const authorityWith = (key: number) =>
    makeAuthority(organisation, privateKey(`authority-${((key - 1) % 4) + 1}` as KeyName), {
      notAfterMs: now + AUTHORITY_MS,
    })
  const authority = authorityWith(number)
  const identity = (
    uri: string,
    keyName: KeyName,
    plan?: CertificatePlan,
    issuer = authority,
  ): TlsIdentity => {
    const key = privateKey(keyName)
    const certificate = makeLeaf(issuer, { uri, key: publicKey(key) }, plan)
    return { certificate, key, authority: issuer.certificate }
  }
  return {
    ...keys,
    authority,
    clock,
    further: { next: authorityWith(number + 1), unnamed: authorityWith(number + 2) },
    gateway: (plan, key = `leaf-${number}`, issuer) => identity(organisation, key, plan, issuer),
    desk: (plan, key = 'desk-1') => identity(`${organisation}#desk`, key, plan),
    statement(endpoints = [NOWHERE], change = () => {}, signer = entity) {
      const claims = claimsOf(keys, {}, now)
      claims.iat = seconds(clock())
      claims.metadata.rex_party.gateway = {
        ...claims.metadata.rex_party.gateway,
        endpoints,
        ca: base64url(authority.certificate),
      }
      change(claims)
      return compact(statement(claims, signer, entity.thumbprint))
    },
  }
}
