// Interface to figures on how much of the store each organisation uses. docs/spec/delivery.md, "Shares of the store"

/** Amount of mail that waits in the mailbox or outbox, in total or for one organisation. */
export interface Usage {
  readonly items: number
  readonly bytes: number
}

/** Bytes stored for an organisation. */
export interface Holding {
  readonly organisation: string
  /** Bytes of the organisation's mail in both directions, its ledger entries, and evidence. */
  readonly bytes: number
}

/** Space in the store, in bytes including overhead. The cost of reading a figure grows at most with the number of organisations. */
export interface Space {
  /** Returns the used bytes of the file. */
  used(): number
  /** Returns the bytes stored for a sender: its mail, its ledger entries, and evidence. */
  bytesFrom(sender: string): number
  /** Returns the bytes of urgent mail stored for a sender. */
  urgentFrom(sender: string): number
  /** Returns the bytes that wait for delivery to a recipient. */
  bytesFor(recipient: string): number
  /** Returns the bytes that wait for delivery to all recipients. */
  outgoing(): number
  /** Returns organisations with stored bytes, largest first. */
  holdings(): Holding[]
}
