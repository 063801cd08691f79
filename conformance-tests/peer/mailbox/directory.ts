// The directory and the enrolment of the reference gateway. docs/spec/mailbox.md, "Directory", "Enrolment"
import { createHash } from 'node:crypto'
import type { EnrolRequest, EnrolResponse, GetGatewayResponse } from '@rex/proto/mailbox/v1/mailbox'
import { EnrolPurpose } from '@rex/proto/mailbox/v1/mailbox'
import { type Log, minutesFrom } from '../log.ts'
import { Refused } from './call.ts'

/**
 * How far ahead of the clock a statement may be dated. If a statement has a later date, the clock that dated it was wrong, so the next statement may
 * have an earlier date (REX-ID-070).
 */
const AHEAD_MS = 600_000

/** Reads the claims of an entity configuration without checking them. */
// biome-ignore lint/suspicious/noExplicitAny: the log shows what the desk wrote, whatever it is
export function claimsIn(jwt: string): any {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
}

/** Returns the public keys in a statement, whatever their purpose. */
function keysIn(jwt: string): string[] {
  return [...JSON.stringify(claimsIn(jwt)).matchAll(/"(?:x|pub)":"([^"]+)"/g)].map(([, key = '']) => key)
}

/** What only the gateway knows: its part of the desk's statement, its addresses, and how it certifies desks. */
export interface Own {
  readonly gateway: GetGatewayResponse
  readonly endpoints: readonly string[]
  /** Certifies the key of a signing request. Returns undefined if the request is invalid. */
  certify(signingRequest: Uint8Array): Uint8Array | undefined
}

/** The directory of statements, with enrolment. */
export class Directory {
  readonly #log: Log
  readonly #own: Own
  /** The statement that the desk under test published. Undefined if it has published none. */
  published: string | undefined
  /** Statements of other organisations that `Resolve` returns. */
  readonly served = new Map<string, string>()
  /** Statements that the desk has stored with `PutPeer`. */
  readonly peers = new Map<string, string>()
  /** Changes to the answers to `GetGateway`. */
  changed: Partial<GetGatewayResponse> = {}
  /** Reasons with which the next call of each method is refused, by the method's name in the log. */
  readonly refusals = new Map<string, Refused>()
  readonly secret = new Uint8Array(16).fill(7)

  constructor(log: Log, own: Own) {
    this.#log = log
    this.#own = own
  }

  getGateway(): GetGatewayResponse {
    this.#called('get-gateway', {})
    return { ...this.#own.gateway, ...this.changed }
  }

  /** The addresses at which the gateway listens. */
  get endpoints(): readonly string[] {
    return this.#own.endpoints
  }

  publish(jwt: string): void {
    const { iat, metadata, jwks } = claimsIn(jwt)
    const { message_keys: keys, epochs, gateway, needs } = metadata.rex_party
    const last = this.published === undefined ? 0 : claimsIn(this.published).iat
    const isTooLate = last * 1000 > Date.now() + AHEAD_MS
    if (iat <= last && !isTooLate)
      this.#log.fault('A statement is not dated after the one before (REX-ID-070).')
    if (new Set(keysIn(jwt)).size < keysIn(jwt).length)
      this.#log.fault('A statement has one key for two purposes (REX-ID-002).')
    this.#called('publish', {
      minutes: minutesFrom(iat * 1000),
      entityKey: jwks.keys[0].kid,
      messageKey: keys.keys.find(({ revoked }: { revoked?: object }) => revoked === undefined)?.kid,
      nextAuthority: gateway.next_ca !== undefined,
      receiptKeysRevoked: gateway.receipt_keys.keys.flatMap(
        ({ revoked }: { revoked?: { reason: string } }) => (revoked ? [revoked.reason] : []),
      ),
      needs,
      epochs: epochs.length,
      messageKeys: keys.keys.length,
      revoked: keys.keys.flatMap(({ revoked }: { revoked?: { reason: string } }) =>
        revoked ? [revoked.reason] : [],
      ),
      endpoints: gateway.endpoints,
      rotations: metadata.rex_party.entity_rotations?.length ?? 0,
    })
    this.published = jwt
  }

  resolve(organisation: string, refresh: boolean): string {
    this.#called('resolve', { organisation, refresh })
    const jwt =
      organisation === this.#own.gateway.organisation ? this.published : this.served.get(organisation)
    if (jwt === undefined) throw new Refused('UNKNOWN_ORGANISATION', { organisation })
    return jwt
  }

  putPeer(jwt: string): void {
    const { sub, iat } = claimsIn(jwt)
    this.#called('put-peer', { organisation: sub, iat })
    this.peers.set(sub, jwt)
  }

  deletePeer(organisation: string): void {
    this.#called('delete-peer', { organisation })
    this.peers.delete(organisation)
  }

  enrol({ secret, signingRequest, purpose, entityKey }: EnrolRequest): EnrolResponse {
    const name = Object.entries(EnrolPurpose).find(([, value]) => value === purpose)?.[0] ?? String(purpose)
    const key = Buffer.from(entityKey).toString('hex')
    this.#called('enrol', { purpose: name.toLowerCase(), entityKey: key })
    if (Buffer.compare(secret, this.secret) !== 0) throw new Refused('TOKEN_INVALID')
    if (entityKey.length !== 32) this.#log.fault('Enrol names no entity key (REX-MBX-081).')
    const certificate = this.#own.certify(signingRequest)
    if (certificate === undefined) {
      this.#log.fault('The signing request is not as REX-ID-059 says.')
      throw new Refused('CERTIFICATE_INVALID')
    }
    const { organisation, caCertificate } = this.#own.gateway
    return { organisation, certificate, caCertificate, endpoints: [...this.#own.endpoints] }
  }

  renew(signingRequest: Uint8Array): Uint8Array {
    this.#called('renew', {})
    const certificate = this.#own.certify(signingRequest)
    if (certificate === undefined) throw new Refused('CERTIFICATE_INVALID')
    return certificate
  }

  /** Logs a call, and refuses it if the scenario requires that. */
  #called(what: string, members: object): void {
    this.#log.add({ what, ...members })
    const refusal = this.refusals.get(what)
    if (refusal === undefined) return
    this.refusals.delete(what)
    throw refusal
  }
}

/** Returns the SHA-256 of a certificate. */
export function digestOf(der: Uint8Array): Uint8Array {
  return createHash('sha256').update(der).digest()
}
