// Networks from which organisations have connected, as stored. docs/spec/delivery.md, "Connections"

/** A network from which an organisation has connected. */
export interface Network {
  readonly organisation: string
  /** An IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly network: string
  /** Day of the last connection. Unix milliseconds. */
  readonly seenMs: number
}

export interface NetworkReads {
  list(): Network[]
}

/** The networks of organisations. */
export interface Networks extends NetworkReads {
  /** Adds or renews a network. Keeps the `most` networks of the organisation that were seen most recently. */
  put(network: Network, most: number): void
  /** Removes the networks of an organisation. */
  remove(organisation: string): void
  /** Removes networks not seen since. */
  forget(beforeMs: number): void
}
