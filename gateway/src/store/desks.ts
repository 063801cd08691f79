// Interface to the stored credentials of desks, and to enrolment tokens. docs/spec/mailbox.md, "Desk credentials"

/** A desk's credential: one key, and all certificates issued for it. */
export interface DeskCredential {
  /** Fingerprint of the key: 64 hexadecimal digits. */
  readonly credential: string
  /** The operator's name for the desk. Empty if there is none. */
  readonly name: string
  /** Id of the token with which the desk enrolled. Empty if this store has no record of the enrolment. */
  readonly token: string
  /** When the desk enrolled, or was first seen if there is no record. Unix milliseconds. */
  readonly enrolledMs: number
  /** When the certificate was last renewed. Unix milliseconds; 0: never. */
  readonly renewedMs: number
  readonly renewals: number
  /** Expiry of the last certificate. Unix milliseconds. */
  readonly expiresMs: number
  /** When the desk last called. Unix milliseconds; 0: never. */
  readonly seenMs: number
  /** Chain id (16 bytes) of the desk store that last had the lease of the mailbox under this credential. Empty if none had it. */
  readonly chain: Uint8Array
  /** Time of revocation. Unix milliseconds; 0 if the credential is not revoked. */
  readonly revokedMs: number
  /**
   * Thumbprint (32 bytes) of the entity key of a desk that enrolled as a new desk. Empty for a desk that
   * existed before.
   */
  readonly identity: Uint8Array
}

export interface DeskReads {
  /** Returns the credentials, newest enrolment first. */
  list(): DeskCredential[]
  count(): number
}

/** Desk credentials. */
export interface Desks extends DeskReads {
  enrol(
    desk: Pick<DeskCredential, 'credential' | 'name' | 'token' | 'enrolledMs' | 'expiresMs' | 'identity'>,
  ): void
  /** Records a further certificate. */
  renew(desk: Pick<DeskCredential, 'credential' | 'renewedMs' | 'expiresMs'>): void
  /** Records a call. Creates a record for an unknown credential. */
  see(desk: Pick<DeskCredential, 'credential' | 'expiresMs' | 'seenMs'>): void
  /** Records the chain of the desk store that has the lease of the mailbox under this credential. */
  hold(credential: string, chain: Uint8Array): void
  revoke(credential: string, nowMs: number): void
  /** Deletes credentials whose last certificate expired before `beforeMs`. */
  sweep(beforeMs: number): void
}

/** Enrolment tokens, by the digest of their secret. */
export interface Tokens {
  /** Adds a token. `name` is the operator's name for the desk, or empty. */
  add(digest: Uint8Array, expiresMs: number, name: string): void
  /**
   * Consumes a token, if it is still unused and expires after `nowMs`. Refuses an expiry after `latestMs`,
   * which only a wrong clock can have set. Returns the name given with the token, or undefined if the token
   * was refused.
   */
  consume(digest: Uint8Array, nowMs: number, latestMs: number): { readonly name: string } | undefined
  /** Deletes expired tokens. */
  sweep(nowMs: number): void
}
