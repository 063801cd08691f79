// Receives each message of a call in one buffer, within size and time limits that grpc-js does not have. docs/spec/delivery.md, "Calls"
import { Buffer } from 'node:buffer'
import type { ServerHttp2Stream } from 'node:http2'
import { type ServerInterceptingCallInterface, status } from '@grpc/grpc-js'
import { giveBack } from '../../core/encoding/encoding.ts'
import type { ListenerLimits } from '../limits/limits.ts'
import { notePassed } from '../limits/traffic.ts'

/** Size of a gRPC message prefix: one byte for the compression flag, four for the length. */
const PREFIX = 5
const FIRST_CAPACITY = 4096
const TICKS = 8
const NOTHING = Buffer.alloc(0)

/** Enforces the limits on messages that arrive at a server. */
export interface Arrivals {
  /** Watches the messages of a call. Refuses the call if a message is too large, compressed or too slow, or if there are too many. */
  watch(call: ServerInterceptingCallInterface): void
  /** Stops watching. */
  close(): void
}

/** State shared by all messages of a server. */
interface Shared {
  readonly limits: ArrivalLimits
  /** Messages that have only partly arrived. */
  readonly partial: Set<Arrival>
  /** Number of bytes of partial messages in memory, by connection. */
  readonly buffered: WeakMap<object, number>
}

type ArrivalLimits = Pick<ListenerLimits, 'messageBytes' | 'messageMs' | 'partialBytes'>

/**
 * Creates the watch. For each frame of an incomplete message, grpc-js keeps an object for as long as the call may last (T-065). Here each message
 * uses one buffer, the partial messages of a connection share one limit, and each has `messageMs` to arrive. Time during which this side does not
 * read does not count.
 */
export function createArrivals(limits: ArrivalLimits): Arrivals {
  const shared: Shared = { limits, partial: new Set(), buffered: new WeakMap() }
  const timer = setInterval(() => {
    for (const arrival of shared.partial) arrival.tick()
  }, limits.messageMs / TICKS).unref()
  return {
    watch: (call) => void Reflect.set(call, 'decoder', new Arrival(call, shared)),
    close: () => clearInterval(timer),
  }
}

/** Replaces the decoder of grpc-js. Accepts bytes and returns complete messages with their prefixes. */
class Arrival {
  readonly #call: ServerInterceptingCallInterface
  readonly #stream: ServerHttp2Stream
  readonly #connection: object
  readonly #shared: Shared
  #message = NOTHING
  #length = 0
  #counted = 0
  #ticks = 0
  #refused = false

  constructor(call: ServerInterceptingCallInterface, shared: Shared) {
    this.#call = call
    this.#stream = Reflect.get(call, 'stream')
    this.#connection = this.#stream.session ?? {}
    this.#shared = shared
    this.#stream.once('close', () => this.#drop())
  }

  write(data: Buffer): Buffer[] {
    notePassed(data.length)
    const complete: Buffer[] = []
    for (let at = 0; at < data.length && !this.#refused; ) at += this.#take(data.subarray(at), complete)
    this.#count(this.#length)
    return complete
  }

  /** Refuses the call if its message takes too long. Must be called at intervals of an eighth of `messageMs`. */
  tick(): void {
    if (this.#stream.isPaused()) return
    this.#ticks += 1
    if (this.#ticks > TICKS) this.#refuse(status.DEADLINE_EXCEEDED, 'The message took too long to arrive.')
  }

  #take(data: Buffer, complete: Buffer[]): number {
    const part = data.subarray(0, this.#size() - this.#length)
    this.#reserve(this.#length + part.length)
    this.#length += part.copy(this.#message, this.#length)
    if (this.#length === PREFIX) this.#checkPrefix()
    if (!this.#refused && this.#length >= PREFIX && this.#length === this.#size()) {
      complete.push(this.#message)
      this.#reset()
    }
    return part.length
  }

  /** Returns the size of the message with its prefix, in bytes. Until the prefix has arrived, returns the size of the prefix. */
  #size(): number {
    return this.#length < PREFIX ? PREFIX : PREFIX + this.#message.readUInt32BE(1)
  }

  #reserve(needed: number): void {
    const { length } = this.#message
    if (needed <= length) return
    const larger = Buffer.allocUnsafe(Math.min(this.#size(), Math.max(needed, 2 * length, FIRST_CAPACITY)))
    this.#message.copy(larger)
    giveBack(this.#message)
    this.#message = larger
  }

  #checkPrefix(): void {
    if (this.#message[0] !== 0) this.#refuse(status.UNIMPLEMENTED, 'Compression is not supported.')
    else if (this.#size() > PREFIX + this.#shared.limits.messageBytes)
      this.#refuse(status.RESOURCE_EXHAUSTED, 'The message is too large.')
  }

  /** Records how many bytes of an incomplete message are buffered. */
  #count(bytes: number): void {
    const { buffered, partial, limits } = this.#shared
    const all = (buffered.get(this.#connection) ?? 0) - this.#counted + bytes
    buffered.set(this.#connection, all)
    this.#counted = bytes
    if (bytes > 0) partial.add(this)
    else partial.delete(this)
    if (all > limits.partialBytes && bytes > 0)
      this.#refuse(status.RESOURCE_EXHAUSTED, 'Too many messages arrive at once.')
  }

  #refuse(code: status, details: string): void {
    this.#refused = true
    this.#drop()
    this.#call.sendStatus({ code, details })
  }

  #drop(): void {
    this.#reset()
    this.#count(0)
  }

  #reset(): void {
    this.#message = NOTHING
    this.#length = 0
    this.#ticks = 0
  }
}
