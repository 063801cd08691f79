// Budgets of each owner of connections: for calls, for messages, and for other traffic. docs/spec/delivery.md, "Connections"

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

/** Stands for all clients without a certificate. */
export const STRANGERS = ''
/** Cost of opening a connection, in bytes, charged to its owner: peers that were disconnected for their traffic reconnect. */
const CONNECTION_BYTES = 256 * 1024

/** Limits on the traffic of an owner. */
export type TrafficLimits = OverheadLimits & Pick<ListenerLimits, 'calls' | 'callsOfStrangers' | 'messages'>

/**
 * Budgets by owner: a certificate name, or a network. Overhead is all traffic other than the messages that are read: frames without effect,
 * discarded headers, messages that no handler takes.
 */
export class Budgets {
  readonly #overhead: Overhead
  readonly #calls: Allowance
  readonly #callsOfStrangers: Allowance
  readonly #messages: Allowance
  /** Bytes of messages that were read since the last measurement, and the records that those and calls may take. */
  readonly #read = new Map<string, Traffic>()

  constructor(limits: TrafficLimits) {
    this.#overhead = new Overhead(limits)
    this.#calls = createAllowance(limits.calls)
    this.#callsOfStrangers = createAllowance(limits.callsOfStrangers)
    this.#messages = createAllowance(limits.messages)
  }

  /** Whether the owner sent too much beside its messages. */
  isExceeded(owner: string): boolean {
    return !this.#overhead.admits(owner)
  }

  /** Charges the owner for a new connection. */
  connected(owner: string): void {
    this.#overhead.spend(owner, { bytes: CONNECTION_BYTES, records: 0 })
  }

  /** Charges the owner for what arrived, until `giveBackRead` gives back what belongs to messages. */
  arrived(owner: string, traffic: Traffic): void {
    this.#overhead.spend(owner, traffic)
  }

  /** Gives back the bytes of the messages that were read since the last call. */
  giveBackRead(): void {
    for (const [owner, traffic] of this.#read) this.#overhead.spend(owner, difference(NONE, traffic))
    this.#read.clear()
  }

  /** Records a message that was read. Returns the delay before the next read, milliseconds. */
  read(owner: string, bytes: number): number {
    this.#took(owner, bytes)
    this.#messages.spend(owner, 1)
    return this.#messages.waitMs(owner)
  }

  /** Whether the owner may begin a call. An owner over its own limit uses up nothing of the limit shared by all strangers. */
  begins(peer: Peer | undefined, owner: string): boolean {
    this.#took(owner, 0)
    this.#calls.spend(owner, 1)
    if (!this.#calls.admits(owner)) return false
    if (peer === undefined) this.#callsOfStrangers.spend(STRANGERS, 1)
    return peer !== undefined || this.#callsOfStrangers.admits(STRANGERS)
  }

  /** Notes a message or a call. */
  #took(owner: string, bytes: number): void {
    const { bytes: all, records } = this.#read.get(owner) ?? NONE
    this.#read.set(owner, { bytes: all + bytes, records: records + recordsOf(bytes) })
  }
}
