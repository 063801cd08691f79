// Interface to stored data about organisations and their gateways: statements, addresses, incarnations, networks.
// docs/spec/delivery.md

/** An entity configuration as its desk signed it. */
export interface Statement {
  readonly organisation: string
  readonly jwt: string
  /** Time of signature. Unix milliseconds. */
  readonly issuedMs: number
}

export interface StatementReads {
  find(organisation: string): Statement | undefined
  list(): Statement[]
}

/** The entity configurations of the organisation and its peers. */
export interface Statements extends StatementReads {
  put(statement: Statement): void
  remove(organisation: string): void
}

/** Addresses of another gateway, and the last announcement of this gateway to it. */
export interface Addresses {
  /** `host:port`, in dialling order. */
  readonly endpoints: readonly string[]
  /** This gateway's addresses in the last announcement, joined by commas. Empty if there was none. */
  readonly announced: string
  /** The newest statement (JWT) that the other gateway announced. Empty if there is none. */
  readonly jwt: string
}

export interface AddressReads {
  find(organisation: string): Addresses | undefined
}

/** Addresses of the gateways of paired organisations. */
export interface AddressBook extends AddressReads {
  put(organisation: string, addresses: Addresses): void
  remove(organisation: string): void
}

/** Last greeting of an organisation's gateway. */
export interface Greeting {
  readonly incarnation: Uint8Array
  /** Cursor of the report to the desk that the greeting gateway has lost stored data. 0 if there is none. */
  readonly report: number
}

export interface IncarnationReads {
  /** Returns the incarnation of this store. */
  own(): Uint8Array
  /** Returns the last greeting of an organisation's gateway, or undefined if it has not greeted. */
  find(organisation: string): Greeting | undefined
}

/** Incarnations of this gateway and of other gateways. */
export interface Incarnations extends IncarnationReads {
  put(organisation: string, greeting: Greeting): void
  remove(organisation: string): void
  /** Gives this store a new incarnation. */
  renew(): void
}

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
  /** Removes networks that were last seen before `beforeMs`. */
  forget(beforeMs: number): void
}
