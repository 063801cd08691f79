// Networks from which organisations have connected, as the gateway keeps them. docs/spec/delivery.md, "Connections"

/** A network from which an organisation has connected. */
export interface Network {
  readonly organisation: string
  /** An IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly network: string
  /** When it last did, to the day. Unix milliseconds. */
  readonly seenMs: number
}

export interface NetworkReads {
  list(): Network[]
}

/** The networks of organisations. */
export interface Networks extends NetworkReads {
  /** Adds or renews one; of more than `most` of its organisation, those seen longest ago go. */
  put(network: Network, most: number): void
  /** Forgets those of an organisation. */
  remove(organisation: string): void
  /** Forgets those not seen since. */
  forget(beforeMs: number): void
}
