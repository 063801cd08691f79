// Agreed time: a leap ahead needs the word of two other organisations. docs/spec/identity.md, REX-ID-071
import { LIMITS } from './limits.ts'

const WEEK = 7 * 24 * 60 * 60_000

/** A time at a moment of the steady clock. Milliseconds. */
export interface Reading {
  readonly ms: number
  readonly steadyMs: number
}

/** What a program stores of its trusted time. Unix milliseconds; 0: none. */
export interface KeptTime {
  /** The time that one organisation has confirmed. */
  readonly confirmedMs: number
  /** The agreed time. */
  readonly agreedMs: number
  /** The agreed time when the only paired organisation began to state one more than a week later. */
  readonly leapMs: number
}

/** Dependencies of the agreed time. */
export interface AgreedTimeOptions {
  /** A monotonic clock with any origin. Milliseconds. */
  readonly steady: () => number
  /** The earliest of our own clocks. Unix milliseconds. */
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

  /** Unix milliseconds; 0: none. */
  get ms(): number {
    return this.#reached === undefined ? 0 : Math.floor(this.#current(this.#reached))
  }

  /** What to store. */
  get kept(): Pick<KeptTime, 'agreedMs' | 'leapMs'> {
    return { agreedMs: this.ms, leapMs: this.#leapMs }
  }

  /**
   * An organisation has stated a time that our own clocks have reached. `isNow`: it is its clock's present time, so it replaces an
   * earlier word even if it is earlier.
   */
  state(organisation: string, ms: number, isNow: boolean): void {
    const known = this.#words.get(organisation)
    if (!isNow && known !== undefined && ms <= this.#current(known)) return
    this.#words.set(organisation, { ms, steadyMs: this.#options.steady() })
  }

  /** A stated time has shown that all clocks were wrong together. */
  correct(ms: number): void {
    if (ms < this.ms) this.#set(ms)
    this.#leapMs = 0
  }

  /** Draws the conclusion from all words. `confirmedMs`: the time that one organisation has confirmed. */
  settle(confirmedMs: number): void {
    const ownMs = this.#options.own()
    // A clock that was ahead, or was taken for one: its organisation will state another time.
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
   * With a single organisation there is no second word: a long leap must last for a week of running time. Only its own word counts: another
   * that is no longer paired may have confirmed `latestMs`. After a restart it has not spoken yet, and a leap goes on.
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

  /** The latest time that two paired organisations have stated; 0: they have not. */
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
