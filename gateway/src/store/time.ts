// The trusted time, as stored. docs/spec/delivery.md, "Time"

export interface TimeReads {
  /** The stored confirmed time. Unix milliseconds; 0: none. */
  kept(): number
}

/** The trusted time (REX-DLV-140). */
export interface Time extends TimeReads {
  keep(ms: number): void
}
