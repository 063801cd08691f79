// Budgets of each owner of connections, for calls, messages and overhead. docs/spec/delivery.md, "Connections"

import {
  type Allowance,
  createAllowance,
  difference,
  NONE,
  Overhead,
  type OverheadLimits,
  type Traffic,
} from '../limits/allowance.ts'
import type { ListenerLimits } from '../limits/limits.ts'
import type { Peer } from '../network/peer.ts'
import { recordsOf } from '../network/records.ts'

/** The common owner of the connections of all clients without a certificate. */
export const STRANGERS = ''
/**
 * Cost of opening a connection, in bytes. It is charged to the owner, because peers that were disconnected for their traffic
 * connect again.
 */
const CONNECTION_BYTES = 256 * 1024

/** Limits on the traffic of an owner. */
export type TrafficLimits = OverheadLimits & Pick<ListenerLimits, 'calls' | 'callsOfStrangers' | 'messages'>

/**
 * Budgets by owner, which is a certificate name or a network. Overhead is all traffic other than the messages that are read: frames without effect,
 * discarded headers, messages that no handler reads.
 */
export class Budgets {
  readonly #overhead: Overhead
  readonly #calls: Allowance
  readonly #callsOfStrangers: Allowance
  readonly #messages: Allowance
  /**
   * For each owner since the last measurement: the bytes of messages that were read, and the number of TLS records that these messages and new calls
   * may need.
   */
  readonly #read = new Map<string, Traffic>()

  constructor(limits: TrafficLimits) {
    this.#overhead = new Overhead(limits)
    this.#calls = createAllowance(limits.calls)
    this.#callsOfStrangers = createAllowance(limits.callsOfStrangers)
    this.#messages = createAllowance(limits.messages)
  }

  /** Whether the owner has sent too much overhead. */
  isExceeded(owner: string): boolean {
    return !this.#overhead.admits(owner)
  }

  /** Charges the owner for a new connection. */
  connected(owner: string): void {
    this.#overhead.spend(owner, { bytes: CONNECTION_BYTES, records: 0 })
  }

  /** Charges the owner for all traffic that arrived. `giveBackRead` later refunds the bytes of messages that were read. */
  arrived(owner: string, traffic: Traffic): void {
    this.#overhead.spend(owner, traffic)
  }

  /** Gives back the bytes of the messages read since the last call of this method. */
  giveBackRead(): void {
    for (const [owner, traffic] of this.#read) this.#overhead.spend(owner, difference(NONE, traffic))
    this.#read.clear()
  }

  /** Records a message that was read. Returns the delay before the next read, in milliseconds. */
  read(owner: string, bytes: number): number {
    this.#took(owner, bytes)
    this.#messages.spend(owner, 1)
    return this.#messages.waitMs(owner)
  }

  /** Whether the owner may begin a call. An owner over its own limit does not use up the limit shared by all clients without a certificate. */
  begins(peer: Peer | undefined, owner: string): boolean {
    this.#took(owner, 0)
    this.#calls.spend(owner, 1)
    if (!this.#calls.admits(owner)) return false
    if (peer === undefined) this.#callsOfStrangers.spend(STRANGERS, 1)
    return peer !== undefined || this.#callsOfStrangers.admits(STRANGERS)
  }

  /** Records a message or a call. */
  #took(owner: string, bytes: number): void {
    const { bytes: all, records } = this.#read.get(owner) ?? NONE
    this.#read.set(owner, { bytes: all + bytes, records: records + recordsOf(bytes) })
  }
}
