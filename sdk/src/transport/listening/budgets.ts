// What each owner of connections may spend: calls, messages, and traffic beside them. docs/spec/delivery.md, "Connections"
import { type Allowance, createAllowance } from '../limits/allowance.ts'
import type { ListenerLimits } from '../limits/limits.ts'
import type { Peer } from '../network/peer.ts'

const STRANGERS = ''
/** Cost of opening a connection, in bytes, charged to its owner: peers that were disconnected for their traffic reconnect. */
const CONNECTION_BYTES = 256 * 1024

/** Limits on the traffic of an owner. */
export type TrafficLimits = Pick<
  ListenerLimits,
  'overheadPerSecond' | 'overheadBurst' | 'calls' | 'callsOfStrangers' | 'messages'
>

/**
 * Budgets by owner: a certificate name, or a network. Overhead is all traffic other than the messages that are read: frames without effect,
 * discarded headers, messages that no handler takes.
 */
export class Budgets {
  readonly #overhead: Allowance
  readonly #calls: Allowance
  readonly #callsOfStrangers: Allowance
  readonly #messages: Allowance
  /** Bytes of messages read since the last measurement. */
  readonly #read = new Map<string, number>()

  constructor(limits: TrafficLimits) {
    this.#overhead = createAllowance({ perSecond: limits.overheadPerSecond, burst: limits.overheadBurst })
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
    this.#overhead.spend(owner, CONNECTION_BYTES)
  }

  /** Charges the owner for bytes that arrived, until `settle` gives back those of messages. */
  received(owner: string, bytes: number): void {
    this.#overhead.spend(owner, bytes)
  }

  /** Gives back the bytes of the messages that were read since the last call. */
  settle(): void {
    for (const [owner, bytes] of this.#read) this.#overhead.spend(owner, -bytes)
    this.#read.clear()
  }

  /** Records a message that was read. Returns the delay before the next read, milliseconds. */
  read(owner: string, bytes: number): number {
    this.#read.set(owner, (this.#read.get(owner) ?? 0) + bytes)
    this.#messages.spend(owner, 1)
    return this.#messages.waitMs(owner)
  }

  /** Whether the owner may begin a call. An owner over its own limit uses up nothing of the limit shared by all strangers. */
  begins(peer: Peer | undefined, owner: string): boolean {
    this.#calls.spend(owner, 1)
    if (!this.#calls.admits(owner)) return false
    if (peer === undefined) this.#callsOfStrangers.spend(STRANGERS, 1)
    return peer !== undefined || this.#callsOfStrangers.admits(STRANGERS)
  }
}
