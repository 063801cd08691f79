// The desk of the gateway under test: it enrols, publishes and pairs. docs/spec/mailbox.md
import { hash, X509Certificate } from 'node:crypto'
import {
  EnrolmentToken,
  EnrolPurpose,
  type EnrolRequest,
  type EnrolResponse,
  type GetGatewayResponse,
} from '@rex/proto/mailbox/v1/mailbox'
import { EnrolmentServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import { compact, type SigningKey } from '../generate/bytes/crypto.ts'
import { base64url } from '../generate/bytes/wire.ts'
import { type Claims, claimsOf, party, seconds, statement } from '../generate/party.ts'
import { type Connection, connect } from './grpc/client.ts'
import { makeSigningRequest, type TlsIdentity } from './tls/certificate.ts'
import { type KeyName, privateKey } from './tls/keys.ts'

const TOKEN = /rex-token-([\w-]+)/

/** Returns the first enrolment token in a text, or undefined if there is none. */
export function findToken(text: string): EnrolmentToken | undefined {
  const found = TOKEN.exec(text)?.[1]
  return found === undefined ? undefined : EnrolmentToken.decode(Buffer.from(found, 'base64url'))
}

/** Deviations from a correct enrolment. */
export interface EnrolPlan {
  /** Default: INIT. */
  readonly purpose?: EnrolPurpose
  /** Default: `desk-1`. */
  readonly key?: KeyName
  readonly uris?: readonly string[]
  /** The key that signs the request, if it is not `key` itself. */
  readonly signedBy?: KeyName
  readonly secret?: Uint8Array
  /** Thumbprint of the entity key. Default: that of the organisation. */
  readonly entityKey?: Uint8Array
}

/** Connects to a token's enrolment listener, and checks that its certificate comes from the token's authority (REX-MBX-002). */
export async function connectEnrolment(
  token: EnrolmentToken,
): Promise<{ connection: Connection; authority: Uint8Array }> {
  const { address, organisation, authorityDigest } = token
  const connection = await connect({
    address,
    organisation,
    authority: new Uint8Array(),
    tls: { ca: undefined, rejectUnauthorized: false, checkServerIdentity: () => undefined },
  })
  const leaf = connection.socket.getPeerX509Certificate()
  const authority = leaf?.issuerCertificate ?? leaf
  const digest = authority && hash('sha256', authority.raw, 'buffer')
  if (!leaf || !authority || !digest?.equals(authorityDigest) || !leaf.verify(authority.publicKey))
    throw new Error('The enrolment listener does not show the authority of the token.')
  return { connection, authority: authority.raw }
}

/** Makes an enrolment request. */
export function enrolRequest(token: EnrolmentToken, entity: SigningKey, plan: EnrolPlan = {}): EnrolRequest {
  const { purpose = EnrolPurpose.INIT, key = 'desk-1', uris = [`${token.organisation}#desk`] } = plan
  return {
    secret: plan.secret ?? token.secret,
    signingRequest: makeSigningRequest(privateKey(key), uris, privateKey(plan.signedBy ?? key)),
    purpose,
    entityKey: plan.entityKey ?? entity.thumbprint,
    rotations: [],
  }
}

/** Enrols a desk. @throws Refused */
export async function enrol(
  token: EnrolmentToken,
  entity: SigningKey,
  plan: EnrolPlan = {},
): Promise<EnrolResponse> {
  const { connection } = await connectEnrolment(token)
  try {
    const { enrol: method } = EnrolmentServiceDefinition.methods
    return await connection.call(EnrolmentServiceDefinition, method, enrolRequest(token, entity, plan))
  } finally {
    connection.close()
  }
}

/** Returns the certificate that an enrolment issued, with its key. */
export function identityOf(
  { certificate, caCertificate }: EnrolResponse,
  key: KeyName = 'desk-1',
): TlsIdentity {
  return { certificate, key: privateKey(key), authority: caCertificate }
}

/** Returns the name of a credential, as people see it (REX-MBX-100). */
export function credentialOf({ certificate }: TlsIdentity): string {
  const key = new X509Certificate(certificate).publicKey.export({ format: 'der', type: 'spki' })
  return hash('sha256', key, 'hex').slice(0, 16)
}

/** Returns the entity configuration of the organisation under test, as its desk signs it. `change` can introduce a fault. */
export function ownStatement(
  own: GetGatewayResponse,
  {
    issuedMs = Date.now(),
    change = () => {},
    entity = ownParty(own.organisation).entity,
    former = [],
  }: {
    readonly issuedMs?: number
    readonly change?: (claims: Claims) => void
    readonly entity?: SigningKey
    /** Receipt keys that are no longer in use, with the reason. */
    readonly former?: readonly { readonly key: Uint8Array; readonly reason: string }[]
  } = {},
): string {
  const whose = { ...ownParty(own.organisation), entity }
  const claims = claimsOf(whose, {}, issuedMs)
  claims.iat = seconds(issuedMs)
  const [receipt] = claims.metadata.rex_party.gateway.receipt_keys.keys
  const keyOf = (key: Uint8Array) => ({ ...receipt, x: base64url(key), kid: receiptKid(key) })
  const revoked_at = seconds(issuedMs)
  const next = own.nextCaCertificate?.length > 0 && { next_ca: base64url(own.nextCaCertificate) }
  claims.metadata.rex_party.gateway = {
    endpoints: own.endpoints,
    ca: base64url(own.caCertificate),
    ...next,
    receipt_keys: {
      keys: [
        ...(former.some(({ key }) => Buffer.compare(key, own.receiptKey) === 0)
          ? []
          : [keyOf(own.receiptKey)]),
        ...former.map(({ key, reason }) => ({ ...keyOf(key), revoked: { reason, revoked_at } })),
      ],
    },
  }
  change(claims)
  return compact(statement(claims, entity))
}

/** Returns the keys of the organisation under test, which are derived from its name. */
export function ownParty(organisation: string): ReturnType<typeof party> {
  return { ...party(organisation, Date.now()), organisation }
}

/** Returns the `kid` of a receipt key. */
export function receiptKid(key: Uint8Array): string {
  const jwk = { crv: 'Ed25519', kty: 'OKP', x: base64url(key) }
  return base64url(hash('sha256', JSON.stringify(jwk), 'buffer'))
}
