// Items that programs have leased. An item whose lease ends without a settlement is delivered again. docs/guide/service.md, "Items"
import { randomBytes } from 'node:crypto'
import type { Desk } from '../client/api/desk.ts'
import type { Item } from '../client/api/items.ts'
import type { Cancel, Clock } from '../client/clock/clock.ts'
import { RexError } from '../core/error.ts'

/** Maximum number of leases at a time. */
const MOST = 1024
/** Number of settlements to remember, so that a repeated call gets the same answer as the first. */
const REMEMBERED = 4096

/** Number of returned items that may still be settled, because a reader that ends may still be working on them. */
const GIVEN_BACK = 64

/** An item that is reserved for one program until a certain time. */
export interface Lease {
  readonly id: string
  /** Unix milliseconds. */
  readonly untilMs: number
  readonly item: Item
}

/** The signals that end the wait for an item. */
interface Until {
  readonly wait: AbortSignal
  readonly signal: AbortSignal
}

interface Held {
  readonly item: Item
  readonly reader: AsyncIterator<Item>
  lapse: Cancel
}

/** The leases of a desk. They are kept only in memory, so after a restart all unsettled items are delivered again. */
export class Leases {
  readonly #desk: Desk
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()
  readonly #settled = new Map<string, Promise<void>>()
  readonly #givenBack = new Map<string, Item>()
  #asking = 0

  constructor(desk: Desk, clock: Clock) {
    this.#desk = desk
    this.#clock = clock
  }

  /**
   * Leases the next item for `leaseMs`. Waits until there is one. Returns undefined if `wait` aborts first, or if `signal`
   * aborts because the caller has gone.
   * @throws RexError OVERLOADED
   */
  async take(leaseMs: number, until: Until): Promise<Lease | undefined> {
    if (this.#held.size + this.#asking >= MOST)
      throw new RexError('OVERLOADED', `${MOST} items are leased and not settled.`, {
        hint: 'Settle them, or let their leases end.',
      })
    this.#asking += 1
    try {
      return await this.#next(leaseMs, until)
    } finally {
      this.#asking -= 1
    }
  }

  async #next(leaseMs: number, { signal, wait }: Until): Promise<Lease | undefined> {
    const reader = this.#desk.receive({ signal: AbortSignal.any([signal, wait]) })[Symbol.asyncIterator]()
    const { value: item, done } = await reader.next()
    if (done === true) return undefined
    if (signal.aborted) {
      // End the reader, because the caller no longer waits for an item.
      await reader.return?.()
      return undefined
    }
    const id = randomBytes(16).toString('hex')
    this.#held.set(id, { item, reader, lapse: () => {} })
    return { id, untilMs: this.renew(id, leaseMs), item }
  }

  /** Extends a lease to `leaseMs` from now. Returns its new end. @throws RexError NOT_FOUND if it has ended */
  renew(id: string, leaseMs: number): number {
    const held = this.#leased(id)
    held.lapse()
    held.lapse = this.#clock.after(leaseMs, () => this.#end(id))
    return this.#clock.now() + leaseMs
  }

  /** Settles the item of a lease. A repeat changes nothing. @throws RexError NOT_FOUND if the lease has ended */
  settle(id: string, how: (item: Item) => Promise<void>): Promise<void> {
    const before = this.#settled.get(id)
    if (before !== undefined) return before
    const item = this.#givenBack.get(id) ?? this.#leased(id).item
    this.#held.get(id)?.lapse()
    const settled = how(item).then(
      () => this.#end(id),
      async (error: unknown) => {
        this.#settled.delete(id)
        await this.#end(id)
        throw error
      },
    )
    keep(this.#settled, [id, settled], REMEMBERED)
    return settled
  }

  /** Returns an item before its lease ends: it is delivered again, but may still be settled. A repeat changes nothing. */
  async giveBack(id: string): Promise<void> {
    const held = this.#held.get(id)
    if (held === undefined) return
    keep(this.#givenBack, [id, held.item], GIVEN_BACK)
    await this.#end(id)
  }

  /** Ends all leases: their items are delivered again. */
  async close(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((id) => this.#end(id)))
  }

  #leased(id: string): Held {
    const held = this.#held.get(id)
    if (held !== undefined) return held
    throw new RexError(
      'NOT_FOUND',
      'This lease has ended; its item is delivered again unless it was settled.',
      {
        hint: 'Lease the next item, and renew leases before they end.',
      },
    )
  }

  async #end(id: string): Promise<void> {
    const held = this.#held.get(id)
    this.#held.delete(id)
    held?.lapse()
    await held?.reader.return?.()
  }
}

/** Adds an entry, and drops the oldest entry if there are too many. */
function keep<V>(entries: Map<string, V>, [id, value]: [string, V], most: number): void {
  entries.set(id, value)
  const [oldest] = entries.keys()
  if (entries.size > most) entries.delete(oldest as string)
}
