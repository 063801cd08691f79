// Types of erasure: erased threads, retention and legal hold. docs/guide/desk.md, "Erasure"

/** Reasons for an erasure. They are codes and not texts, because the desk keeps them permanently. */
export const ERASE_REASONS = ['retention', 'recall', 'consent', 'request', 'mistake', 'order'] as const

export type EraseReason = (typeof ERASE_REASONS)[number]

/** When, why and how a thread was erased. */
export interface Erasure {
  /** When the thread was erased. Unix milliseconds. */
  readonly erasedMs: number
  readonly reason: EraseReason
  /** Whether the thread was erased although somebody owed a step or it was under legal hold. */
  readonly forced: boolean
}

/** An erased thread in a list. The desk also keeps the digests of its messages. */
export interface ErasedThread extends Erasure {
  /** Thread id, hex. */
  readonly id: string
}

/** Input of `erase`. */
export interface EraseInput {
  /**
   * `retention`: the retention period is over. `recall`: the referrer recalled the referral, and is informed that it
   * is destroyed. `consent`: consent was withdrawn. `request`: a person whom the case concerns asked for it. `mistake`:
   * the desk should never have received it. `order`: a court or an authority ordered it.
   */
  readonly reason: EraseReason
  /** Erases the thread even if it is under legal hold or somebody owes a step in it. Default: false. */
  readonly force?: boolean
}

/** A mark that keeps a thread from being erased, whatever the retention rules say. */
export interface LegalHold {
  /** Unix milliseconds. */
  readonly sinceMs: number
  /** Who ordered the hold, and under which number. Stored encrypted with the thread. */
  readonly note?: string
}

/** A thread that the retention rules will erase. */
export interface RetainedThread {
  readonly id: string
  readonly ref?: string
  readonly kind: string
  readonly state: string
  /** When the thread last changed. Unix milliseconds. */
  readonly endedMs: number
  /** When the retention period is over. Unix milliseconds. */
  readonly keepUntilMs: number
  /** Earliest time of the erasure, because two checks at least seven days apart must find that the period is over. Unix milliseconds. */
  readonly eraseMs: number
  /** Why the thread is nevertheless kept, as a sentence. Absent if nothing keeps it. */
  readonly keptBy?: string
}
