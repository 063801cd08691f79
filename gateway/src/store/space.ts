// How much room the store has, and who uses it. docs/spec/delivery.md, "Shares of the store"

/** How much a box holds, in total or for one organisation. */
export interface Usage {
  readonly items: number
  readonly bytes: number
}

/** Bytes stored for an organisation. */
export interface Holding {
  readonly organisation: string
  /** Its mail in both directions, its ledger entries, and evidence. */
  readonly bytes: number
}

/** Space in the store, in bytes including storage overhead. The cost of a figure grows at most with the number of organisations. */
export interface Space {
  /** Used bytes of the file. */
  used(): number
  /** Bytes stored for a sender: its mail, its ledger entries, and evidence. */
  bytesFrom(sender: string): number
  /** The urgent part of these. */
  urgentFrom(sender: string): number
  /** Bytes that wait for delivery to a recipient. */
  bytesFor(recipient: string): number
  /** Bytes that wait for delivery to all recipients. */
  outgoing(): number
  /** Organisations with stored bytes, largest first. */
  holdings(): Holding[]
}
