// Trusted time: a time that has certainly been reached, for irreversible steps. docs/spec/identity.md, "Trusted time"
import { AgreedTime, type KeptTime, type Reading } from './agreed-time.ts'
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
  /** What was stored before (`toKeep`). */
  readonly kept: KeptTime
  /** Paired organisations. */
  readonly peers: () => readonly string[]
}

/** A stored time that all others agreed with. `ms`: Unix milliseconds; 0: none. */
export function keptAt(ms: number): KeptTime {
  return { confirmedMs: ms, agreedMs: ms, leapMs: 0 }
}

/** A time that has certainly been reached (REX-ID-060 to 062, 071). */
export interface TrustedTime {
  /**
   * The trusted time: never later than any clock of our own organisation, the time confirmed by others, the one they agree on, or the
   * current time of most of their clocks. Irreversible steps use it. Unix milliseconds; 0: nobody has confirmed a time.
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
  /** The time that two other organisations have stated, here or to the other program of our own. Unix milliseconds; 0: none. */
  agreed(): number
  /**
   * The time for judging certificates of others. It follows neither a clock of ours that runs ahead of the time confirmed by others, nor
   * one that has lost the date. Unix milliseconds.
   */
  judging(): number
  /** The earliest of our own clocks. It confirms nothing. Unix milliseconds. */
  own(): number
  /** Whether our own clocks agree with the time confirmed by another organisation, to within a day. For steps that can be corrected. */
  confirmed(): boolean
  /**
   * Takes a time that another organisation signed, or sent over mutual TLS. A time ahead of our own clocks is ignored. `isNow`: its clock
   * shows this time now. Default: false, it was signed some time ago.
   */
  witness(organisation: string, ms: number, isNow?: boolean): void
  /** Takes the current time of another clock of our own organisation: the trusted time is never later. It confirms nothing. */
  bound(ms: number): void
  /** Takes the time that another program of our own organisation has found agreed. Unix milliseconds; 0: none. */
  agree(ms: number): void
  /** Takes the current time of most other organisations: a single wrong clock cannot outvote the others. Undefined: not known. */
  others(ms: number | undefined): void
  /** What to store durably, if the time has advanced by an hour. */
  toKeep(): KeptTime | undefined
  /** Records that this is stored. */
  kept(time: KeptTime): void
}

/** A trusted time that starts with the stored time and advances with the steady clock. */
export function createTrustedTime({ now, steady, kept, peers }: TrustedTimeOptions): TrustedTime {
  let anchor: Reading | undefined =
    kept.confirmedMs > 0 ? { ms: kept.confirmedMs, steadyMs: steady() } : undefined
  let other: Reading | undefined
  let most: Reading | undefined
  let elsewhere: Reading | undefined
  let lastKept = kept

  const current = (reading: Reading): number => reading.ms + steady() - reading.steadyMs
  const atLeast = (): number => (anchor === undefined ? 0 : Math.floor(current(anchor)))
  const ceiling = (): number =>
    Math.min(now(), other === undefined ? Number.POSITIVE_INFINITY : current(other))
  const passed = (): number => Math.floor(Math.min(ceiling(), atLeast()))
  const agreement = new AgreedTime({ steady, own: ceiling, peers, kept })
  const agreed = (): number =>
    Math.floor(Math.max(agreement.ms, elsewhere === undefined ? 0 : current(elsewhere)))
  /** What this organisation's clocks and those of others show, even if only one organisation has confirmed it. */
  const shown = (): number =>
    Math.floor(Math.max(Math.min(passed(), most === undefined ? Number.POSITIVE_INFINITY : current(most)), 0))
  const trusted = (): number => Math.min(shown(), agreed())

  return {
    now: trusted,
    passed,
    atLeast,
    agreed,
    judging() {
      const confirmed = atLeast()
      if (confirmed === 0) return now()
      return now() < CERTIFICATES_BEGIN ? confirmed : Math.min(now(), confirmed)
    },
    own: () => Math.floor(ceiling()),
    confirmed: () => shown() > 0 && Math.abs(now() - atLeast()) <= DAY && now() - shown() <= DAY,
    witness(organisation, ms, isNow = false) {
      const own = ceiling()
      if (!(ms > 0 && ms <= own + LIMITS.skew)) return
      const isFresh = ms > own - DAY
      if (isFresh && agreement.ms > own + LIMITS.skew) agreement.correct(ms)
      // The confirmed time is ahead of every clock: a wrong clock has confirmed it.
      const wasWrong = isFresh && atLeast() > own + LIMITS.skew
      if (wasWrong || ms > atLeast()) anchor = { ms, steadyMs: steady() }
      agreement.state(organisation, ms, isNow)
      agreement.settle(atLeast())
    },
    bound(ms) {
      other = { ms, steadyMs: steady() }
    },
    agree(ms) {
      elsewhere = ms > 0 ? { ms, steadyMs: steady() } : undefined
    },
    others(ms) {
      most = ms === undefined ? undefined : { ms, steadyMs: steady() }
    },
    toKeep() {
      const confirmedMs = atLeast()
      const isOld = (ms: number, lastMs: number): boolean => Math.abs(ms - lastMs) >= HOUR
      if (!isOld(confirmedMs, lastKept.confirmedMs) && !isOld(agreement.ms, lastKept.agreedMs))
        return undefined
      agreement.settle(confirmedMs)
      return { confirmedMs, ...agreement.kept }
    },
    kept(time) {
      lastKept = time
    },
  }
}
