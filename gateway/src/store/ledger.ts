// Interface to the duplicate ledger, which records the envelopes that the gateway has already handled.
// docs/spec/delivery.md, "Duplicates"

/** Ledger record of an envelope, so that a repeat has no second effect. */
export interface LedgerEntry {
  /** Sending organisation. */
  readonly sender: string
  /** Envelope id: 16 bytes. */
  readonly envelopeId: Uint8Array
  /** Envelope digest: 32 bytes. */
  readonly digest: Uint8Array
  /** When the envelope expires. Unix milliseconds. */
  readonly expiresMs: number
  /** When the entry was made. Unix milliseconds. */
  readonly madeMs: number
  /** Answer that a repeat of the envelope gets. Absent if there is none yet. */
  readonly answer?: Uint8Array
}

export interface LedgerReads {
  find(sender: string, envelopeId: Uint8Array): LedgerEntry | undefined
  /** Returns the latest expiry of a deleted entry, Unix milliseconds. An envelope that expires by then may be a repeat. */
  floor(): number
}

/** The ledger of envelopes seen, inbound and outbound. */
export interface Ledger extends LedgerReads {
  add(entry: LedgerEntry): void
  answer(sender: string, envelopeId: Uint8Array, answer: Uint8Array): void
  /**
   * Stores different bytes under the id of an earlier envelope as evidence. Keeps only the first for each id, and at most
   * `LIMITS.conflicts` per sender.
   */
  keepConflict(entry: LedgerEntry, envelope: Uint8Array): void
  /** Examines the next `limit` entries. Deletes finished entries with their evidence, and raises the floor. */
  forget(finished: Finished, limit: number): Forgotten
}

/** Criteria for finished entries, which must also have an answer. */
export interface Finished {
  /** Created before this time. Unix milliseconds. */
  readonly madeBeforeMs: number
  /** Expired by this time. Unix milliseconds. */
  readonly expiredByMs: number
  /** Number of the entry after which to continue; 0 to start at the beginning. */
  readonly after: number
}

/** Result of one call of `forget`. */
export interface Forgotten {
  /** Number of deleted entries. */
  readonly count: number
  /** Number of the last examined entry. Absent if no further entry is old enough. */
  readonly last?: number
}
