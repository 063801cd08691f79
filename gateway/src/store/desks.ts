// Credentials of desks, and enrolment tokens. docs/spec/mailbox.md, "Desk credentials"

/** A desk's credential: one key, and all certificates issued for it. */
export interface DeskCredential {
  /** Fingerprint of the key: 64 hexadecimal digits. */
  readonly credential: string
  /** The operator's name for it. Empty: none. */
  readonly name: string
  /** Id of its enrolment token. Empty: this store has no record of the enrolment. */
  readonly token: string
  /** When it was enrolled, or first seen if there is no record. Unix milliseconds. */
  readonly enrolledMs: number
  /** When it was last renewed. Unix milliseconds; 0: never. */
  readonly renewedMs: number
  readonly renewals: number
  /** Expiry of its last certificate. Unix milliseconds. */
  readonly expiresMs: number
  /** When it last called. Unix milliseconds; 0: never. */
  readonly seenMs: number
  /** Desk store for which it last held the mailbox: 16 bytes. Empty: none. */
  readonly chain: Uint8Array
  /** Unix milliseconds; 0: it is not revoked. */
  readonly revokedMs: number
  /** Thumbprint of the entity key with which it was made as a new desk: 32 bytes. Empty: it was not made as one. */
  readonly identity: Uint8Array
}

export interface DeskReads {
  /** Newest enrolment first. */
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
  /** Records a call. An unknown credential gets a record. */
  see(desk: Pick<DeskCredential, 'credential' | 'expiresMs' | 'seenMs'>): void
  /** Records the desk store for which it holds the mailbox. */
  hold(credential: string, chain: Uint8Array): void
  revoke(credential: string, nowMs: number): void
  /** Deletes those whose last certificate expired earlier. */
  sweep(beforeMs: number): void
}

/** Enrolment tokens, by the digest of their secret. */
export interface Tokens {
  /** `name` is the operator's name for the desk. Empty: none. */
  add(digest: Uint8Array, expiresMs: number, name: string): void
  /**
   * Consumes a token once, if it expires after `nowMs` and at the latest at `latestMs`: a later expiry was set by another clock.
   * Returns the name given with it.
   */
  consume(digest: Uint8Array, nowMs: number, latestMs: number): { readonly name: string } | undefined
  /** Deletes expired tokens. */
  sweep(nowMs: number): void
}
