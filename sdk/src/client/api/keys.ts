// The keys of an organisation, and how to revoke one. docs/guide/desk.md, "Keys that change"

/** Reasons to revoke a key: `retired` for a planned change, `compromised` if others may know the key. */
export const REVOKE_REASONS = ['retired', 'compromised'] as const

export type RevokeReason = (typeof REVOKE_REASONS)[number]

/** A message key of this organisation, or a receipt key of its gateway. */
export interface SigningKey {
  /** Name of the key: its thumbprint (RFC 7638) in base64url. */
  readonly key: string
  /** Since when the key is valid. Unix milliseconds. */
  readonly sinceMs: number
  /** Why the key is no longer in use, and since when (Unix milliseconds). Absent for the current key. */
  readonly revoked?: { readonly reason: RevokeReason; readonly atMs: number }
}

/** Input of `revoke`. */
export interface RevokeInput {
  /**
   * `retired`: messages that the key signed remain proven. `compromised`: others may know the key, so partners refuse further
   * messages signed with it. An earlier message remains proven only if another organisation provably received it before the
   * compromise (REX-RCP-028).
   */
  readonly reason: RevokeReason
  /** With `compromised`: the time from which others may have known the key. Unix milliseconds. Default: now. */
  readonly sinceMs?: number
  /** With `compromised`: the name of an earlier key. Default: the current key, which a new key replaces. */
  readonly key?: string
  /**
   * With `compromised`: the name of a receipt key of the desk's gateway, instead of a message key. Stored receipts that
   * it signed then no longer prove anything (REX-ID-084).
   */
  readonly receiptKey?: string
}

/** Result of `revoke`. */
export interface RevokedKey {
  /** Name of the revoked key. */
  readonly key: string
  readonly reason: RevokeReason
  /** Since when the revocation counts. Unix milliseconds. */
  readonly atMs: number
  /** Name of the current message key. */
  readonly current: string
  /** Number of messages that had not left yet and were signed again with the new key. */
  readonly signedAgain: number
}

/** Result of `rotateEntity`. */
export interface RotatedEntity {
  /** The new key as six words, for comparison by telephone. */
  readonly words: readonly string[]
  /** The replaced key as six words. */
  readonly earlier: readonly string[]
}
