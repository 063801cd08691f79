// Trusted time: a time that has certainly been reached, for steps that cannot be taken back. docs/spec/identity.md, "Trusted time"
import { LIMITS } from './limits.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
/** No authority begins later, and certificates begin with theirs: they are valid also if the clock was ahead (REX-ID-064). Unix milliseconds. */
export const CERTIFICATES_BEGIN = Date.UTC(2020, 0, 1)

/** Where a trusted time begins. */
export interface TrustedTimeOptions {
  /** The local clock; it may leap. Unix milliseconds. */
  readonly now: () => number
  /** A clock that only runs, from any beginning. Milliseconds. */
  readonly steady: () => number
  /** What was kept before (`toKeep`). Unix milliseconds; 0: nothing. */
  readonly keptMs: number
}

/** A time that has certainly been reached (REX-ID-060 to 062). */
export interface TrustedTime {
  /**
   * The trusted time: never later than a clock of the own organisation, nor than what others have confirmed, nor than most of their
   * clocks say now. Steps that cannot be taken back ask it. Unix milliseconds; 0: nobody has confirmed any time.
   */
  now(): number
  /**
   * The same without what most clocks say now: for ends that can be corrected, which one organisation whose clock is behind must not
   * put off. Unix milliseconds.
   */
  passed(): number
  /** What others have confirmed, whatever the own clocks say: certificates end after it, not before. Unix milliseconds; 0: nothing. */
  atLeast(): number
  /**
   * By which certificates of others are judged: not by an own clock that runs ahead of what others confirm, nor by one that has lost
   * the date. Unix milliseconds.
   */
  judging(): number
  /** The least of the own clocks. It confirms nothing. Unix milliseconds. */
  own(): number
  /** Whether the own clocks agree with what others have confirmed, to a day. */
  confirmed(): boolean
  /** Another organisation signed this time, or says it over mutual TLS. One that the own clocks have not reached is not taken. */
  witness(ms: number): void
  /** Another clock of the own organisation says this now: the trusted time is never later. It confirms nothing. */
  bound(ms: number): void
  /** What the clocks of most other organisations say now: one that is wrong confirms nothing against the others. Undefined: not known. */
  others(ms: number | undefined): void
  /** What to keep durably, if that has moved by an hour. Unix milliseconds. */
  toKeep(): number | undefined
  /** It is kept. */
  kept(ms: number): void
}

interface Reading {
  readonly ms: number
  readonly steadyMs: number
}

/** A trusted time that begins with what was kept and runs on with the steady clock. */
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
      // What was confirmed lies ahead of every clock: it was confirmed by a clock that was wrong too.
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
