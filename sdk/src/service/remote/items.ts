// The items of a desk that a service holds. Each item is leased, and its lease is renewed until the item is settled. docs/guide/service.md, "Items"
import type { Item, ParkedItem } from '../../client/api/items.ts'
import { checkOptions } from '../../client/api/options.ts'
import { RexError } from '../../core/error.ts'
import type { ThreadHandle } from '../operations/answers.ts'
import { LEASE_MS } from '../operations/items.ts'
import type { Connection } from './connection.ts'
import { type JsonSection, rawSectionsOf, remoteThread } from './thread.ts'

/** Maximum time for which one call waits for an item. Milliseconds. */
const WAIT_MS = 30_000
/**
 * Maximum number of simultaneous calls that ask for items. If there were only one, each item would wait until the audit log has
 * recorded the previous item.
 */
const ASKING = 8

interface JsonItem {
  readonly thread: ThreadHandle
  readonly unknownSections?: readonly JsonSection[]
}

interface Leased {
  readonly lease: { readonly id: string }
  readonly item: JsonItem
}

/** Leases items over one connection, and renews the leases until the items are settled. */
export class RemoteItems {
  readonly #connection: Connection
  /** For each lease, the function that ends its renewal and makes room for another item. */
  readonly #renewed = new Map<string, () => void>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async *receive({
    concurrency = 1,
    signal,
  }: {
    readonly concurrency?: number
    readonly signal?: AbortSignal
  }): AsyncGenerator<Item> {
    const mine = new Set<string>()
    const ready: Item[] = []
    const asking = new Set<Promise<void>>()
    const ended = new AbortController()
    const until = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
    const failures: unknown[] = []
    let most = 1
    let woken = Promise.withResolvers<void>()
    const wake = () => {
      woken.resolve()
      woken = Promise.withResolvers()
    }
    until.addEventListener('abort', wake, { once: true })
    const settle = (lease: string) => {
      mine.delete(lease)
      wake()
    }
    const ask = async () => {
      // One call waits for an item; the others ask whether there are more.
      const leased = await this.#lease(until, asking.size === 0 ? WAIT_MS : 0)
      most = leased === undefined ? 1 : Math.min(2 * most, ASKING)
      if (leased === undefined) return
      mine.add(leased.lease.id)
      ready.push(this.#itemOf(leased, settle))
    }
    const begin = () => {
      const call: Promise<void> = ask()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => {
          asking.delete(call)
          wake()
        })
      asking.add(call)
    }
    try {
      while (!until.aborted) {
        while (asking.size < most && mine.size + asking.size < concurrency) begin()
        const item = ready.shift()
        if (item !== undefined) yield item
        else if (failures.length > 0) throw failures[0]
        else await woken.promise
      }
    } finally {
      ended.abort()
      await Promise.all(asking)
      await Promise.all([...mine].map((lease) => this.#giveBack(lease)))
    }
  }

  async parked(): Promise<ParkedItem[]> {
    type Json = Pick<ParkedItem, 'id' | 'kind' | 'reason'> & { readonly thread: ThreadHandle }
    const { items } = await this.#connection.call<{ items: Json[] }>('parked')
    return items.map(({ thread, ...item }) => ({
      ...item,
      ...refOf(thread),
      thread: remoteThread(this.#connection, thread),
      unpark: () => this.#connection.call('unpark', { path: { item: item.id } }),
      ack: () => this.#connection.call('ackParked', { path: { item: item.id } }),
    }))
  }

  /** Gives back all items that were not settled. */
  async close(): Promise<void> {
    await Promise.all([...this.#renewed.keys()].map((lease) => this.#giveBack(lease)))
  }

  /** Leases the next item. Returns undefined if there was none for a while, or if the signal has ended the wait. */
  async #lease(signal: AbortSignal, waitMs: number): Promise<Leased | undefined> {
    const asked = { input: { waitMs, leaseMs: LEASE_MS }, waits: true, signal }
    return await this.#connection.call<Leased | undefined>('lease', asked).catch((error: unknown) => {
      if (signal.aborted && RexError.is(error, 'CANCELLED')) return undefined
      throw error
    })
  }

  #itemOf({ lease: { id: lease }, item }: Leased, settled: (lease: string) => void): Item {
    const { thread, unknownSections, ...content } = item
    const timer = setInterval(() => this.#renew(lease), LEASE_MS / 3)
    timer.unref()
    this.#renewed.set(lease, () => {
      clearInterval(timer)
      settled(lease)
    })
    const settle = async (how: 'ack' | 'nak' | 'park', input: object = {}) => {
      await this.#connection.call(how, { path: { lease }, input }).catch((error: unknown) => {
        if (RexError.is(error, 'NOT_FOUND')) this.#forget(lease)
        throw error
      })
      this.#forget(lease)
    }
    return {
      ...content,
      ...refOf(thread),
      thread: remoteThread(this.#connection, thread),
      ...(unknownSections && { unknownSections: rawSectionsOf(unknownSections) }),
      ack: () => settle('ack'),
      nak: async (delayMs) => settle('nak', checkOptions('nak', delayMs === undefined ? {} : { delayMs })),
      park: async (reason) => settle('park', checkOptions('park', { reason })),
    } as Item
  }

  #renew(lease: string): void {
    const asked = { path: { lease }, input: { leaseMs: LEASE_MS } }
    this.#connection.call('renew', asked).catch((error: unknown) => {
      // After any other failure, the next round tries again, because the service may come back before the lease ends.
      if (RexError.is(error, 'NOT_FOUND')) this.#forget(lease)
    })
  }

  #forget(lease: string): void {
    this.#renewed.get(lease)?.()
    this.#renewed.delete(lease)
  }

  /** Gives an item back. If that fails, the item's lease ends on its own. */
  async #giveBack(lease: string): Promise<void> {
    this.#forget(lease)
    await this.#connection.call('giveBack', { path: { lease } }).catch(() => {})
  }
}

const refOf = ({ ref }: ThreadHandle) => (ref === undefined ? {} : { ref })
