// Types of erasure: erased threads, retention and legal hold. docs/guide/desk.md, "Erasure"

/** Why a thread was erased. A code, because it is kept for ever. */
export const ERASE_REASONS = ['retention', 'recall', 'consent', 'request', 'mistake', 'order'] as const

export type EraseReason = (typeof ERASE_REASONS)[number]

/** When, why and how a thread was erased. */
export interface Erasure {
  /** When it was erased. Unix milliseconds. */
  readonly erasedMs: number
  readonly reason: EraseReason
  /** It was erased although something was owed or it was under legal hold. */
  readonly forced: boolean
}

/** An erased thread, as the desk lists it. The desk also keeps the digests of its messages. */
export interface ErasedThread extends Erasure {
  /** Thread id, hex. */
  readonly id: string
}

/** How to erase a thread. */
export interface EraseInput {
  /**
   * `retention`: its retention period is over. `recall`: the referrer recalled it, and is told that it is destroyed.
   * `consent`: consent was withdrawn. `request`: a person concerned asked for it. `mistake`: it should never have
   * been here. `order`: a court or an authority ordered it.
   */
  readonly reason: EraseReason
  /** Erases the thread although a step in it is owed, or although it is under legal hold. Default: false. */
  readonly force?: boolean
}

/** A thread that must not be erased, whatever the retention rules say. */
export interface LegalHold {
  /** Unix milliseconds. */
  readonly sinceMs: number
  /** Who ordered it, under which number. Kept with the thread, sealed. */
  readonly note?: string
}

/** A thread that the retention rules will erase. */
export interface RetainedThread {
  readonly id: string
  readonly ref?: string
  readonly kind: string
  readonly state: string
  /** Its last change. Unix milliseconds. */
  readonly endedMs: number
  /** When its retention period is over. */
  readonly keepUntilMs: number
  /** When it is erased at the earliest: the trusted time must show twice, seven days apart, that the time is over. */
  readonly eraseMs: number
  /** The reason that keeps it all the same, as a sentence. Absent: there is none. */
  readonly keptBy?: string
}
