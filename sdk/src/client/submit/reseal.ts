// Reseals messages of this desk for a recipient, when they are marked and due. docs/spec/envelope.md, "Sealing"
import { RexError } from '../../core/error.ts'
import type { Cancel } from '../clock/clock.ts'
import type { DeskContext } from '../context.ts'
import { markOffered } from '../outbox/reseal-marks.ts'
import type { DeliveryRecord } from '../store/store.ts'
import { OFFER } from '../thread/offers.ts'
import { sealAgain } from './seal-again.ts'

/** The pause after a failure to read the marked messages, in milliseconds. */
const RETRY_MS = 10_000
const HOUR = 60 * 60_000
/** Number of deliveries to read at a time. */
const PAGE = 64

/** Reseals marked messages when they are due, until `close` is called. */
export class Reseal {
  readonly #desk: DeskContext
  #working: Promise<void> = Promise.resolve()
  #isQueued = false
  #isClosed = false
  #cancel: Cancel = () => {}

  /** Starts with the messages that are already due. */
  constructor(desk: DeskContext) {
    this.#desk = desk
    void this.wake()
  }

  /** Starts a round of resealing. Resolves when the due messages are resealed. Call this after marking deliveries. */
  readonly wake = (): Promise<void> => {
    if (this.#isQueued || this.#isClosed) return this.#working
    this.#isQueued = true
    this.#working = this.#working.then(() => {
      this.#isQueued = false
      this.#cancel()
      return this.#round()
    })
    return this.#working
  }

  /** Stops resealing. Resolves when no message is being resealed. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel()
    await this.#working
  }

  async #round(): Promise<void> {
    const pauseMs = await this.#sealDue()
    if (pauseMs !== undefined && !this.#isClosed) this.#cancel = this.#desk.clock.after(pauseMs, this.wake)
  }

  /** Reseals the due messages. Resolves with the milliseconds until the next message is due. */
  async #sealDue(): Promise<number | undefined> {
    const refreshed = new Set<string>()
    try {
      await this.#markOffered()
      while (await this.#sealAll(refreshed));
      return this.#isClosed ? undefined : this.#nextMs()
    } catch (error) {
      if (!this.#isClosed) this.#desk.warn('Resealing paused.', RexError.from(error))
      return RETRY_MS
    }
  }

  /** Marks for resealing the stored messages that no desk has answered. The recipient may have lost them without noticing (REX-DLV-150). */
  async #markOffered(): Promise<void> {
    const { store, clock } = this.#desk
    const nowMs = clock.now()
    const lastMs = nowMs + OFFER.mostMs
    const offers = this.#isClosed ? undefined : store.read.offers(nowMs)
    if (offers === undefined) return
    // If a message is to be offered again only far in the future, that time was computed while the clock was wrong, so mark
    // that message, too.
    if (offers.firstMs <= nowMs || offers.lastMs > lastMs) await markOffered(store, nowMs, lastMs)
  }

  /** Reseals each due message once, page by page. Resolves with false if no message was due. */
  async #sealAll(refreshed: Set<string>): Promise<boolean> {
    let last: DeliveryRecord | undefined
    for (let due = this.#due(); due.length > 0; due = this.#due(last))
      for (last of due) if (!this.#isClosed) await sealAgain(this.#desk, last, refreshed)
    return last !== undefined
  }

  #due(after?: DeliveryRecord): DeliveryRecord[] {
    const { store, clock } = this.#desk
    return this.#isClosed ? [] : store.read.dueForReseal(clock.now(), PAGE, after)
  }

  #nextMs(): number | undefined {
    const { store, clock } = this.#desk
    const nowMs = clock.now()
    const next = [store.read.nextResealMs(nowMs), store.read.offers(nowMs)?.firstMs].filter(
      (ms) => ms !== undefined,
    )
    return next.length === 0 ? undefined : Math.min(Math.max(Math.min(...next) - nowMs, 1), HOUR)
  }
}
