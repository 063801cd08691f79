// Interface to the stored lease of the mailbox. docs/spec/mailbox.md, "Lease"

/** The holder of the mailbox. */
export interface LeaseState {
  /** Chain id (16 bytes) of the desk store. Empty if no desk holds the mailbox. */
  readonly chain: Uint8Array
  readonly fence: number
  /** Fingerprint of the desk's credential. Empty if no desk holds the mailbox. */
  readonly credential: string
  /** Start of the lease. Unix milliseconds. */
  readonly sinceMs: number
}

/** The last take-over of the mailbox. */
export interface TakeOver {
  /** Credential of the desk that took the mailbox over. */
  readonly credential: string
  /** Credential of the previous holder. */
  readonly from: string
  /** Time of the take-over. Unix milliseconds. */
  readonly takenMs: number
  /** Cursor of the notice to the desk. */
  readonly cursor: number
}

export interface LeaseReads {
  get(): LeaseState | undefined
  /** Returns the greatest submission number received from a chain, or 0. */
  place(chain: Uint8Array): number
  lastTakeOver(): TakeOver | undefined
}

/** The mailbox lease. */
export interface Lease extends LeaseReads {
  put(state: LeaseState): void
  /** Records the number of a submission from a chain. Keeps `LIMITS.chains` chains: beyond that, deletes the one that was recorded first. */
  sawPlace(chain: Uint8Array, place: number): void
  /** Returns whether the lease was taken over from a chain (REX-MBX-011). */
  isShutOut(chain: Uint8Array): boolean
  /** Shuts out a chain. Keeps the `LIMITS.chains` chains that were shut out last. */
  shutOut(chain: Uint8Array): void
  admit(chain: Uint8Array): void
  /** Resets the lease after the store has lost it: no desk holds it, and its fence is higher than every fence issued before. */
  forget(): void
  putTakeOver(takeOver: TakeOver): void
}
