// Trusted time: a time that has certainly been reached, for irreversible steps. docs/spec/identity.md, "Trusted time"
import { LIMITS } from './limits.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
/**
 * No authority starts later, and certificates start with their authority: both are valid even if the clock was ahead (REX-ID-064).
 * Unix milliseconds.
 */
export const CERTIFICATES_BEGIN = Date.UTC(2020, 0, 1)

/** Inputs of trusted time. */
export interface TrustedTimeOptions {
  /** The local wall clock; it may jump. Unix milliseconds. */
  readonly now: () => number
  /** A monotonic clock with any origin. Milliseconds. */
  readonly steady: () => number
  /** The time stored before (`toKeep`). Unix milliseconds; 0: none. */
  readonly keptMs: number
}

/** A time that has certainly been reached (REX-ID-060 to 062). */
export interface TrustedTime {
  /**
   * The trusted time: never later than any clock of our own organisation, the time confirmed by others, or the current time of most of
   * their clocks. Irreversible steps use it. Unix milliseconds; 0: nobody has confirmed a time.
   */
  now(): number
  /**
   * The trusted time without the current clocks of others: for expiries that can be corrected, which one organisation with a slow clock
   * must not delay. Unix milliseconds.
   */
  passed(): number
  /**
   * The time confirmed by others, whatever our own clocks say. Certificates may expire after it, not before. Unix milliseconds; 0: none.
   */
  atLeast(): number
  /**
   * The time for judging certificates of others. It follows neither a clock of ours that runs ahead of the time confirmed by others, nor
   * one that has lost the date. Unix milliseconds.
   */
  judging(): number
  /** The earliest of our own clocks. It confirms nothing. Unix milliseconds. */
  own(): number
  /** Whether our own clocks agree with the time confirmed by others, to within a day. */
  confirmed(): boolean
  /** Takes a time that another organisation signed, or sent over mutual TLS. A time ahead of our own clocks is ignored. */
  witness(ms: number): void
  /** Takes the current time of another clock of our own organisation: the trusted time is never later. It confirms nothing. */
  bound(ms: number): void
  /** Takes the current time of most other organisations: a single wrong clock cannot outvote the others. Undefined: not known. */
  others(ms: number | undefined): void
  /** The time to store durably, if it has advanced by an hour. Unix milliseconds. */
  toKeep(): number | undefined
  /** Records that the time is stored. */
  kept(ms: number): void
}

interface Reading {
  readonly ms: number
  readonly steadyMs: number
}

/** A trusted time that starts with the stored time and advances with the steady clock. */
export function createTrustedTime({ now, steady, keptMs }: TrustedTimeOptions): TrustedTime {
  let anchor: Reading | undefined = keptMs > 0 ? { ms: keptMs, steadyMs: steady() } : undefined
  let other: Reading | undefined
  let most: Reading | undefined
  let lastKeptMs = keptMs

  const current = (reading: Reading): number => reading.ms + steady() - reading.steadyMs
  const atLeast = (): number => (anchor === undefined ? 0 : Math.floor(current(anchor)))
  const ceiling = (): number =>
    Math.min(now(), other === undefined ? Number.POSITIVE_INFINITY : current(other))
  const passed = (): number => Math.floor(Math.min(ceiling(), atLeast()))
  const trusted = (): number =>
    most === undefined ? passed() : Math.floor(Math.max(Math.min(passed(), current(most)), 0))

  return {
    now: trusted,
    passed,
    atLeast,
    judging() {
      const confirmed = atLeast()
      if (confirmed === 0) return now()
      return now() < CERTIFICATES_BEGIN ? confirmed : Math.min(now(), confirmed)
    },
    own: () => Math.floor(ceiling()),
    confirmed: () => trusted() > 0 && Math.abs(now() - atLeast()) <= DAY && now() - trusted() <= DAY,
    witness(ms) {
      const own = ceiling()
      if (!(ms > 0 && ms <= own + LIMITS.skew)) return
      // The confirmed time is ahead of every clock: a wrong clock has confirmed it.
      const wasWrong = atLeast() > own + LIMITS.skew && ms > own - DAY
      if (wasWrong || ms > atLeast()) anchor = { ms, steadyMs: steady() }
    },
    bound(ms) {
      other = { ms, steadyMs: steady() }
    },
    others(ms) {
      most = ms === undefined ? undefined : { ms, steadyMs: steady() }
    },
    toKeep() {
      const ms = atLeast()
      return Math.abs(ms - lastKeptMs) >= HOUR ? ms : undefined
    },
    kept(ms) {
      lastKeptMs = ms
    },
  }
}
