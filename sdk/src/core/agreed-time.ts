// Agreed time, which advances only as far as two other organisations confirm. docs/spec/identity.md, REX-ID-071
import { LIMITS } from './limits.ts'

const WEEK = 7 * 24 * 60 * 60_000

/** A time, and the value of the steady clock when that time was read. Milliseconds. */
export interface Reading {
  readonly ms: number
  readonly steadyMs: number
}

/** The part of the trusted time that a program stores. Unix milliseconds; 0: none. */
export interface KeptTime {
  /** The time that one organisation has confirmed. */
  readonly confirmedMs: number
  /** The agreed time. */
  readonly agreedMs: number
  /**
   * The agreed time when the only paired organisation began to state times more than a week ahead of our agreed time. 0: it
   * does not state such times.
   */
  readonly leapMs: number
}

/** Dependencies of the agreed time. */
export interface AgreedTimeOptions {
  /** A monotonic clock with any origin. Milliseconds. */
  readonly steady: () => number
  /** Returns the earliest of our own clocks' times. Unix milliseconds. */
  readonly own: () => number
  /** Paired organisations. */
  readonly peers: () => readonly string[]
  readonly kept: Pick<KeptTime, 'agreedMs' | 'leapMs'>
}

/** The time that two other organisations have stated. It advances with the steady clock. */
export class AgreedTime {
  readonly #options: AgreedTimeOptions
  readonly #words = new Map<string, Reading>()
  #reached: Reading | undefined
  #leapMs: number

  constructor(options: AgreedTimeOptions) {
    const { agreedMs, leapMs } = options.kept
    this.#options = options
    this.#leapMs = leapMs
    if (agreedMs > 0) this.#set(agreedMs)
  }

  /** The agreed time in Unix milliseconds; 0: none. */
  get ms(): number {
    return this.#reached === undefined ? 0 : Math.floor(this.#current(this.#reached))
  }

  /** The values to store. */
  get kept(): Pick<KeptTime, 'agreedMs' | 'leapMs'> {
    return { agreedMs: this.ms, leapMs: this.#leapMs }
  }

  /**
   * Records a time that an organisation has stated and our own clocks have reached. `isNow`: the organisation's clock shows this time now,
   * so the statement replaces an earlier one, even one with a later time.
   */
  state(organisation: string, ms: number, isNow: boolean): void {
    const known = this.#words.get(organisation)
    if (!isNow && known !== undefined && ms <= this.#current(known)) return
    this.#words.set(organisation, { ms, steadyMs: this.#options.steady() })
  }

  /** Sets the agreed time back to `ms` if it is later. `ms`: a stated time that proves any later agreed time wrong. */
  correct(ms: number): void {
    if (ms < this.ms) this.#set(ms)
    this.#leapMs = 0
  }

  /** Advances the agreed time as far as the statements of organisations allow. `confirmedMs`: the time that one organisation has confirmed. */
  settle(confirmedMs: number): void {
    const ownMs = this.#options.own()
    // Forget statements ahead of our own clocks: one of the clocks was wrong, and the organisation will state another time.
    for (const [organisation, word] of this.#words)
      if (this.#current(word) > ownMs + LIMITS.skew) this.#words.delete(organisation)
    const [only, ...others] = this.#options.peers()
    if (only !== undefined && others.length === 0)
      this.#settleAlone(Math.min(confirmedMs, ownMs), this.#words.get(only))
    else {
      this.#leapMs = 0
      this.#advance(this.#second())
    }
  }

  /**
   * Advances the agreed time by the statements of the only paired organisation. No second organisation can confirm them, so a
   * leap of more than a week counts only after it has lasted for a week of running time. `latestMs` may come from an
   * organisation that is no longer paired, so only a statement of the paired organisation advances the time. After a restart,
   * that organisation has not stated a time yet, but a leap in progress continues.
   */
  #settleAlone(latestMs: number, word: Reading | undefined): void {
    const now = this.ms
    const ms = Math.min(latestMs, word === undefined ? latestMs : this.#current(word))
    const isLeap = now > 0 && ms - now > WEEK
    if (!isLeap) this.#leapMs = 0
    if (word === undefined) return
    if (!isLeap) this.#advance(ms)
    else if (this.#leapMs === 0) this.#leapMs = now
    else if (now - this.#leapMs >= WEEK) {
      this.#leapMs = 0
      this.#advance(ms)
    }
  }

  /** Returns the latest time that two paired organisations have reached according to their statements; 0 if fewer than two have stated a time. */
  #second(): number {
    const peers = new Set(this.#options.peers())
    const stated = [...this.#words].filter(([id]) => peers.has(id)).map(([, word]) => this.#current(word))
    return stated.toSorted((a, b) => b - a)[1] ?? 0
  }

  #advance(ms: number): void {
    if (ms > this.ms) this.#set(ms)
  }

  #set(ms: number): void {
    this.#reached = { ms, steadyMs: this.#options.steady() }
  }

  #current({ ms, steadyMs }: Reading): number {
    return ms + this.#options.steady() - steadyMs
  }
}
