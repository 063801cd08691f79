// Computes trusted time: a time that has certainly been reached, on which irreversible steps rely. docs/spec/identity.md, "Trusted time"
import { AgreedTime, type KeptTime, type Reading } from './agreed-time.ts'
import { LIMITS } from './limits.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
/**
 * A new authority is valid from this time or earlier, and a certificate is valid from the same time as its authority. Therefore both are
 * valid now even if the clock was ahead when they were made (REX-ID-064). Unix milliseconds.
 */
export const CERTIFICATES_BEGIN = Date.UTC(2020, 0, 1)

/** Inputs of trusted time. */
export interface TrustedTimeOptions {
  /** The local wall clock; it may jump. Unix milliseconds. */
  readonly now: () => number
  /** A monotonic clock with any origin. Milliseconds. */
  readonly steady: () => number
  /** The values stored last (see `toKeep`). */
  readonly kept: KeptTime
  /** Paired organisations. */
  readonly peers: () => readonly string[]
}

/** Makes the stored values for a time that is both confirmed and agreed. `ms`: Unix milliseconds; 0: none. */
export function keptAt(ms: number): KeptTime {
  return { confirmedMs: ms, agreedMs: ms, leapMs: 0 }
}

/** A time that has certainly been reached (REX-ID-060 to 062, 071). */
export interface TrustedTime {
  /**
   * Returns the trusted time, for irreversible steps. It is never later than any clock of our own organisation, the confirmed time, the
   * agreed time, or the current time of most other organisations' clocks. Unix milliseconds; 0 if nobody has confirmed a time.
   */
  now(): number
  /**
   * Returns the trusted time without regard to the agreed time and the current clocks of others. Use it for expiries that can
   * be corrected later, because one organisation with a slow clock must not delay them. Unix milliseconds.
   */
  passed(): number
  /** Returns the confirmed time, whatever our own clocks say. Certificates must not expire before this time. Unix milliseconds; 0: none. */
  atLeast(): number
  /** Returns the time that two other organisations have stated to this program or to our organisation's other program. Unix milliseconds; 0: none. */
  agreed(): number
  /**
   * Returns the time for judging certificates of others. A clock of ours that is ahead of the confirmed time or has lost the date does not
   * affect it. Unix milliseconds.
   */
  judging(): number
  /** Returns the time of the earliest of our own clocks, which confirms nothing. Unix milliseconds. */
  own(): number
  /** Whether our own clocks agree with the confirmed time to within a day. Use it for steps that can be corrected. */
  confirmed(): boolean
  /**
   * Records a time that another organisation signed or sent over mutual TLS. A time ahead of our own clocks is ignored. `isNow`: the
   * organisation's clock shows this time now. Default: false, for a time signed earlier.
   */
  witness(organisation: string, ms: number, isNow?: boolean): void
  /** Records the current time of another clock of our own organisation. The trusted time is never later than this clock, which confirms nothing. */
  bound(ms: number): void
  /** Records the agreed time of our organisation's other program. Unix milliseconds; 0: none. */
  agree(ms: number): void
  /** Records the current time of most other organisations' clocks, so that a single wrong clock cannot outvote the others. Undefined if not known. */
  others(ms: number | undefined): void
  /** Returns the values to store durably, if a time has changed by an hour or more since they were last stored. */
  toKeep(): KeptTime | undefined
  /** Records that these values have been stored. */
  kept(time: KeptTime): void
}

/** Creates a trusted time that starts with the stored time and advances with the steady clock. */
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
  /** Returns the time that both our own clocks and most other clocks have reached, even if only one organisation has confirmed it. */
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
      // If the confirmed time is ahead of every clock of ours, a wrong clock must have confirmed it, so replace it.
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
