// What an erased thread leaves, and what keeps one from being erased. docs/guide/desk.md, "Erasure"

/** Why a thread was erased. A code, because whatever stands here stays. */
export const ERASE_REASONS = ['retention', 'recall', 'consent', 'request', 'mistake', 'order'] as const

export type EraseReason = (typeof ERASE_REASONS)[number]

/** What is left of an erased thread, with its id and the digests of its messages. */
export interface Erasure {
  /** When it was erased. Unix milliseconds. */
  readonly erasedMs: number
  readonly reason: EraseReason
  /** It was erased although something was owed or it was under legal hold. */
  readonly forced: boolean
}

/** What the desk still knows of an erased thread. */
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
  /** Erases it although something is owed or it is under legal hold. Default: false. */
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
  /** Why it is kept all the same, as a sentence. Absent: nothing keeps it. */
  readonly keptBy?: string
}
