// Limits how many wrong tokens are reported, for each network and in total. docs/guide/service.md, "Tokens"
import { isIPv6 } from 'node:net'

/** Maximum number of failures reported per minute, for each network and for all networks together. */
const EACH = 10
const ALL = 100
const MINUTE_MS = 60_000
/** Maximum number of networks in memory. */
const NETWORKS = 1024

interface Count {
  /** Start of the current minute, on a steady clock. Milliseconds. */
  readonly sinceMs: number
  failures: number
}

/**
 * Counts wrong tokens, only to limit reports. A valid token is accepted however many wrong tokens came from the same address:
 * nobody can guess its 256 bits, and all programs of a computer share an address.
 */
export class Failures {
  readonly #counts = new Map<string, Count>()
  #all: Count = { sinceMs: Number.NEGATIVE_INFINITY, failures: 0 }

  /** Counts a failure of this address. Returns false if there were too many failures to report this one. */
  count(address: string, nowMs: number): boolean {
    const network = networkOf(address)
    const before = this.#counts.get(network)
    const count = before !== undefined && isCurrent(before, nowMs) ? before : { sinceMs: nowMs, failures: 0 }
    count.failures += 1
    this.#counts.delete(network)
    this.#counts.set(network, count)
    const [oldest] = this.#counts.keys()
    if (this.#counts.size > NETWORKS) this.#counts.delete(oldest as string)
    if (count.failures > EACH) return false
    if (!isCurrent(this.#all, nowMs)) this.#all = { sinceMs: nowMs, failures: 0 }
    this.#all.failures += 1
    return this.#all.failures <= ALL
  }
}

const isCurrent = ({ sinceMs }: Count, nowMs: number) => nowMs - sinceMs < MINUTE_MS

/** Returns the network of an address. Failures are counted by network, because one caller can have all addresses of an IPv6 network. */
function networkOf(address: string): string {
  return isIPv6(address) && !address.startsWith('::ffff:')
    ? address.split(':').slice(0, 4).join(':')
    : address
}
