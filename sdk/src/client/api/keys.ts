// The keys of an organisation, and giving one up. docs/guide/desk.md, "Keys that change"

/** Why a key is given up: a planned change, or others may know it. */
export const REVOKE_REASONS = ['retired', 'compromised'] as const

export type RevokeReason = (typeof REVOKE_REASONS)[number]

/** A message key of this organisation, or a receipt key of its gateway. */
export interface SigningKey {
  /** Its name: the thumbprint (RFC 7638), base64url. */
  readonly key: string
  /** From when on it counts. Unix milliseconds. */
  readonly sinceMs: number
  /** Why it is not in use any more, and since when (Unix milliseconds). Absent: it signs what desk or gateway send. */
  readonly revoked?: { readonly reason: RevokeReason; readonly atMs: number }
}

/** How to give up a message key. */
export interface RevokeInput {
  /**
   * `retired`: what the key signed stays proven. `compromised`: others may know it, so partners refuse what it signed, and only
   * what they provably had before stays proven (REX-RCP-028).
   */
  readonly reason: RevokeReason
  /** With `compromised`: from when on others may have known the key. Unix milliseconds. Default: now. */
  readonly sinceMs?: number
  /** With `compromised`: the name of an earlier key. Default: the key in use, which a new one replaces. */
  readonly key?: string
  /**
   * With `compromised`: the name of a receipt key of the desk's gateway, instead of a message key. All stored receipts that it signed prove
   * nothing any more (REX-ID-084).
   */
  readonly receiptKey?: string
}

/** A key that was given up. */
export interface RevokedKey {
  /** Name of the revoked key. */
  readonly key: string
  readonly reason: RevokeReason
  /** From when on the revocation counts. Unix milliseconds. */
  readonly atMs: number
  /** Name of the message key in use now. */
  readonly current: string
  /** Messages that had not left yet and were signed again with the new key. */
  readonly signedAgain: number
}

/** The entity key was replaced. */
export interface RotatedEntity {
  /** The six words of the new key. */
  readonly words: readonly string[]
  /** The six words of the key before. */
  readonly earlier: readonly string[]
}
