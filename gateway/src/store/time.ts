// Interface to the stored trusted time. docs/spec/delivery.md, "Time"
import type { KeptTime } from '@rex/sdk/core'

export interface TimeReads {
  /** Returns the trusted time that was stored last. */
  kept(): KeptTime
}

/** The trusted time (REX-DLV-140). */
export interface Time extends TimeReads {
  keep(time: KeptTime): void
}
