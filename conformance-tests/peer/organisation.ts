// An organisation that the suite plays, with its keys, certificates and signed statements. docs/spec/identity.md
import { compact, type SigningKey } from '../generate/bytes/crypto.ts'
import { base64url } from '../generate/bytes/wire.ts'
import { type Claims, claimsOf, type Party, party, seconds, statement } from '../generate/party.ts'
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

/** An organisation with the authority of its gateway. */
export interface Organisation extends Party {
  readonly authority: Authority
  /** Issues a certificate for its gateway. */
  gateway(plan?: CertificatePlan, key?: KeyName): TlsIdentity
  /** Issues a certificate for its desk. */
  desk(plan?: CertificatePlan, key?: KeyName): TlsIdentity
  /** Signs its entity configuration. `endpoints`: default, one where nothing listens. `change` can introduce a fault; `signer` signs in its place. */
  statement(endpoints?: readonly string[], change?: (claims: Claims) => void, signer?: SigningKey): string
}

/** Makes the organisation `https://NAME.example`. `number` selects its TLS keys. */
export function makeOrganisation(name: string, number: 1 | 2 | 3 | 4 = 1, now = Date.now()): Organisation {
  const keys = party(name, now)
  const { organisation, entity } = keys
  const authority = makeAuthority(organisation, privateKey(`authority-${number}`))
  const identity = (uri: string, keyName: KeyName, plan?: CertificatePlan): TlsIdentity => {
    const key = privateKey(keyName)
    const certificate = makeLeaf(authority, { uri, key: publicKey(key) }, plan)
    return { certificate, key, authority: authority.certificate }
  }
  return {
    ...keys,
    authority,
    gateway: (plan, key = `leaf-${number}`) => identity(organisation, key, plan),
    desk: (plan, key = 'desk-1') => identity(`${organisation}#desk`, key, plan),
    statement(endpoints = [NOWHERE], change = () => {}, signer = entity) {
      const claims = claimsOf(keys, {}, now)
      claims.iat = seconds(Date.now())
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
