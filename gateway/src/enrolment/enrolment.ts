// Enrols desks: single-use tokens, and certificates for what proves possession of its key. docs/spec/mailbox.md, "Enrolment"
import { hash, randomBytes } from 'node:crypto'
import { EnrolmentToken } from '@rex/proto/mailbox/v1/mailbox'
import { encode, LIMITS, RexError, toBase64url } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import type { Store } from '../store/store.ts'
import type { GatewayKeys } from '../trust/keys.ts'

const PREFIX = 'rex-token-'
const SECRET_BYTES = 16

/** What enrolment stands on. */
export interface EnrolmentOptions {
  readonly organisation: string
  readonly store: Pick<Store, 'commit'>
  readonly clock: Clock
  readonly keys: Pick<GatewayKeys, 'authority' | 'certify'>
  /** Address of the enrolment listener, as desks reach it. */
  readonly address: () => string
  /** Throws if attempts come too often (T-037). */
  readonly admit: () => void
}

/** Enrolment of desks. */
export interface Enrolment {
  /** Makes a token, good for one hour and one desk. */
  createToken(): Promise<{ readonly token: string; readonly expiresMs: number }>
  /** Consumes a token and certifies the desk's key, in one transaction: DER. @throws RexError TOKEN_INVALID, CERTIFICATE_INVALID, QUOTA_EXCEEDED */
  enrol(secret: Uint8Array, signingRequest: Uint8Array): Promise<Uint8Array>
  /** Certifies a new key of an enrolled desk: DER. @throws RexError CERTIFICATE_INVALID */
  renew(signingRequest: Uint8Array): Uint8Array
}

/** Enrolment for the organisation served. */
export function createEnrolment(options: EnrolmentOptions): Enrolment {
  const { organisation, store, clock, keys } = options

  const certify = (signingRequest: Uint8Array): Uint8Array => keys.certify(signingRequest, 'desk')

  return {
    async createToken() {
      const secret = randomBytes(SECRET_BYTES)
      const expiresMs = clock.now() + LIMITS.tokenLifetime
      await store.commit((write) => {
        write.tokens.sweep(clock.now())
        write.tokens.add(digestOf(secret), expiresMs)
      })
      const authorityDigest = hash('sha256', keys.authority.certificate, 'buffer')
      const message = { organisation, address: options.address(), authorityDigest, secret }
      return { token: PREFIX + toBase64url(encode(EnrolmentToken, message)), expiresMs }
    },
    async enrol(secret, signingRequest) {
      options.admit()
      return store.commit((write) => {
        if (
          !write.tokens.consume(
            digestOf(secret),
            clock.now(),
            clock.now() + LIMITS.tokenLifetime + LIMITS.skew,
          )
        ) {
          throw new RexError('TOKEN_INVALID', 'The token is unknown, used or expired.')
        }
        return certify(signingRequest)
      })
    },
    renew: certify,
  }
}

/** Tokens are kept by their digest: who reads the store cannot enrol. */
function digestOf(secret: Uint8Array): Uint8Array {
  return hash('sha256', secret, 'buffer')
}
