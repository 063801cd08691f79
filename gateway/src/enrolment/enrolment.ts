// Enrols desks: single-use tokens, and certificates for keys whose possession is proven. docs/spec/mailbox.md, "Enrolment"
import { hash, randomBytes } from 'node:crypto'
import { EnrolmentToken, EnrolPurpose, type EnrolRequest } from '@rex/proto/mailbox/v1/mailbox'
import {
  type Certificate,
  certificateUri,
  type EntityConfiguration,
  encode,
  equal,
  keyFingerprint,
  LIMITS,
  leadsTo,
  MOST_ROTATIONS,
  parseRotation,
  RexError,
  readRotations,
  readSigningRequest,
  thumbprint,
  toBase64url,
  toHex,
} from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import type { DeskCredential } from '../store/desks.ts'
import type { Store } from '../store/store.ts'
import type { GatewayKeys } from '../trust/keys.ts'
import type { Credentials } from './credentials.ts'
import { checkDeskName } from './name.ts'

const PREFIX = 'rex-token-'
const SECRET_BYTES = 16
/** Number of digits of a token id in the list of desks. */
const TOKEN_ID = 16

/** Dependencies of enrolment. */
interface EnrolmentOptions {
  readonly organisation: string
  readonly store: Pick<Store, 'commit'>
  readonly clock: Clock
  readonly keys: Pick<GatewayKeys, 'authority' | 'certify'>
  readonly credentials: Pick<Credentials, 'admit' | 'enrolled' | 'renewed'>
  /** The organisation's published statement. Absent if none is published. */
  readonly published: () => EntityConfiguration | undefined
  /** Address of the enrolment listener, as desks reach it. */
  readonly address: () => string
}

/** A new token. */
export interface NewToken {
  readonly token: string
  readonly expiresMs: number
  /** Id of the token in the list of desks. Not secret. */
  readonly id: string
}

/** The parts of a certificate that its renewal depends on. */
type Renewable = Pick<Certificate, 'keyFingerprint' | 'notAfterMs'>

/** Enrolment of desks. */
export interface Enrolment {
  /** Creates a token, valid for one hour and one desk. `name` is the operator's name for the desk. @throws RexError LIMIT_EXCEEDED, MALFORMED */
  createToken(name?: string): Promise<NewToken>
  /**
   * Consumes a token and certifies the desk's key, in one transaction. Returns DER. A refused request leaves the token unchanged.
   * @throws RexError TOKEN_INVALID, ALREADY_EXISTS, STATEMENT_INVALID, MALFORMED, CERTIFICATE_INVALID, LIMIT_EXCEEDED
   */
  enrol(request: EnrolRequest): Promise<Uint8Array>
  /** Renews a certificate of a desk. Returns DER. @throws RexError CERTIFICATE_INVALID, also for another key or after the certificate has expired */
  renew(signingRequest: Uint8Array, current: Renewable): Promise<Uint8Array>
}

/** Creates enrolment for the organisation served. */
export function createEnrolment(options: EnrolmentOptions): Enrolment {
  const { organisation, store, clock, keys, credentials } = options
  const uri = certificateUri(organisation, 'desk')

  const certify = (signingRequest: Uint8Array): Uint8Array => keys.certify(signingRequest, 'desk')

  return {
    async createToken(name = '') {
      checkDeskName(name)
      const secret = randomBytes(SECRET_BYTES)
      const expiresMs = clock.now() + LIMITS.tokenLifetime
      await store.commit((write) => {
        credentials.admit(write)
        write.tokens.sweep(clock.now())
        write.tokens.add(digestOf(secret), expiresMs, name)
      })
      const authorityDigest = hash('sha256', keys.authority().certificate, 'buffer')
      const message = { organisation, address: options.address(), authorityDigest, secret }
      return { token: PREFIX + toBase64url(encode(EnrolmentToken, message)), expiresMs, id: tokenId(secret) }
    },
    async enrol({ secret, signingRequest, purpose, entityKey, rotations }) {
      const published = options.published()
      const follows = published !== undefined && (await isLedTo(published, entityKey, rotations))
      return store.commit((write) => {
        const latestMs = clock.now() + LIMITS.tokenLifetime + LIMITS.skew
        const token = write.tokens.consume(digestOf(secret), clock.now(), latestMs)
        if (token === undefined) throw new RexError('TOKEN_INVALID', 'The token is unknown, used or expired.')
        checkIdentity(purpose, entityKey, { published, follows })
        if (purpose === EnrolPurpose.INIT) checkFirst(entityKey, write.desks.list())
        credentials.admit(write)
        const certificate = certify(signingRequest)
        const identity = purpose === EnrolPurpose.INIT ? entityKey : NONE
        credentials.enrolled(write, certificate, { id: tokenId(secret), name: token.name, identity })
        return certificate
      })
    },
    async renew(signingRequest, current) {
      // The gateway may still serve a desk whose certificate has expired, until another organisation confirms the date (REX-ID-064).
      if (clock.now() > current.notAfterMs)
        throw new RexError('CERTIFICATE_INVALID', "By the gateway's clock, the certificate has expired.", {
          hint: 'Check both clocks. If they are right, enrol the desk again: `rex-desk enrol` with a token.',
        })
      if (keyFingerprint(readSigningRequest(signingRequest, uri)) !== current.keyFingerprint)
        throw new RexError('CERTIFICATE_INVALID', 'A renewal must keep the key.', {
          hint: 'For a new key, enrol the desk again: `rex-desk enrol` with a token.',
        })
      const certificate = certify(signingRequest)
      await store.commit((write) => credentials.renewed(write, certificate))
      return certificate
    },
  }
}

/**
 * Returns whether the desk's entity key is the published one, or its successor by rotations (REX-ID-077).
 * @throws RexError MALFORMED, LIMIT_EXCEEDED
 */
async function isLedTo(
  published: EntityConfiguration,
  entityKey: Uint8Array,
  listed: readonly string[],
): Promise<boolean> {
  if (equal(thumbprint(published.entityKey), entityKey)) return true
  if (listed.length > MOST_ROTATIONS)
    throw new RexError('MALFORMED', 'There are too many rotations.', { path: 'rotations' })
  const last = listed.at(-1)
  if (last === undefined) return false
  const to = parseRotation(last).to
  const { organisation } = published
  const rotations = readRotations(listed, { organisation, entityKey: to, path: 'rotations' })
  return (
    equal(thumbprint(to), entityKey) && (await leadsTo(published.entityKey, { entityKey: to, rotations }))
  )
}

/** Checks that a desk has the organisation's identity, because all partners would refuse a second identity (REX-MBX-081). */
function checkIdentity(
  purpose: EnrolPurpose,
  entityKey: Uint8Array,
  { published, follows }: { published: EntityConfiguration | undefined; follows: boolean },
): void {
  if (!PURPOSES.has(purpose) || entityKey.length !== 32)
    throw new RexError('MALFORMED', 'Enrolment needs a purpose and the thumbprint of the entity key.')
  if (published === undefined) return
  if (purpose === EnrolPurpose.INIT)
    throw new RexError('ALREADY_EXISTS', 'The organisation already has a desk. The token is still valid.')
  if (follows) return
  if (published.rotations.some(({ from }) => equal(thumbprint(from), entityKey)))
    throw new RexError(
      'STATEMENT_INVALID',
      'The organisation has replaced the entity key of this desk. Use the backup that was made with the new key, or a later one. The token is still valid.',
    )
  throw new RexError(
    'STATEMENT_INVALID',
    'The organisation has published another identity than that of this desk. The token is still valid.',
  )
}

/**
 * Refuses a second new desk when it enrols, because only the first to publish could ever send (REX-MBX-085). A desk whose creation was
 * interrupted is not refused, because it has the same identity when it is created again.
 */
function checkFirst(entityKey: Uint8Array, desks: readonly DeskCredential[]): void {
  const first = desks.find(
    ({ identity, revokedMs }) => revokedMs === 0 && identity.length > 0 && !equal(identity, entityKey),
  )
  if (first === undefined) return
  const credential = first.credential.slice(0, SHORT)
  const since = new Date(first.enrolledMs).toISOString().slice(0, 16).replace('T', ' ')
  throw new RexError(
    'ALREADY_EXISTS',
    `Another new desk of the organisation was made at ${since} UTC (credential ${credential}), which has published nothing yet. Use that one; if it is gone, the operator first revokes it: \`rex-gateway desks revoke ${credential}\`. The token is still good.`,
  )
}

const NONE = new Uint8Array()
/** Number of digits of a credential that people see. */
const SHORT = 16

const PURPOSES: ReadonlySet<EnrolPurpose> = new Set([
  EnrolPurpose.INIT,
  EnrolPurpose.AGAIN,
  EnrolPurpose.RESTORE,
])

/** Returns a prefix of the token's digest. It distinguishes tokens, but cannot be used to enrol. */
function tokenId(secret: Uint8Array): string {
  return toHex(digestOf(secret)).slice(0, TOKEN_ID)
}

/** Returns the digest of a token. The store contains only digests, so that reading the store is not enough to enrol. */
function digestOf(secret: Uint8Array): Uint8Array {
  return hash('sha256', secret, 'buffer')
}
