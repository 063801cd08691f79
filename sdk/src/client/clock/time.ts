// Computes the current time, as far as the desk's gateway and other organisations agree. docs/spec/identity.md, "Trusted time"
import type { AcquireLeaseResponse } from '@rex/proto/mailbox/v1/mailbox'
import type { KeptTime } from '../../core/agreed-time.ts'
import { LIMITS } from '../../core/limits.ts'
import { createTrustedTime, type TrustedTime } from '../../core/trusted-time.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Clock } from './clock.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WEEK = 7 * DAY

/** The times in the gateway's answer to a lease request. */
type GatewayWord = Pick<AcquireLeaseResponse, 'timeMs' | 'trustedMs' | 'agreedMs' | 'peersAheadMs'>

/** The trusted time of a desk. Other organisations confirm it by the times that they sign. The clock of this desk's gateway limits the trusted time, but does not confirm it. */
export interface DeskTime extends TrustedTime {
  /** Records an answer from this desk's gateway. */
  gateway(word: GatewayWord): void
  /**
   * Returns a time that has passed according to both desk and gateway, in Unix milliseconds. For deadlines that can be
   * corrected later, such as `expired` (REX-RCP-014).
   */
  passed(): number
  /** Returns the current time, corrected by the gateway's clock and by other organisations, in Unix milliseconds. */
  date(): number
  /**
   * Returns the date for a person's message: the clock's time, or a later time if the clock is behind. If the clock is ahead,
   * the message waits until the clock is corrected (REX-MBX-025); `problems` reports this. Unix milliseconds.
   */
  messageTime(): number
  /** Returns how far this computer's clock is ahead of the gateway's, in milliseconds. Undefined if the gateway has not answered. */
  aheadMs(): number | undefined
  /** Reports contradicting clocks, and which clock is probably wrong. */
  problems(): DeskProblem[]
}

/** Creates the time of a desk, starting from the stored time. `peers` returns the paired organisations. */
export function createDeskTime(
  { now, steady }: Pick<Clock, 'now' | 'steady'>,
  kept: KeptTime,
  peers: () => readonly string[],
): DeskTime {
  const trusted = createTrustedTime({ now, steady, kept, peers })
  let heard: (GatewayWord & { readonly steadyMs: number }) | undefined
  const ran = (): number => (heard === undefined ? 0 : steady() - heard.steadyMs)

  const gatewayNow = (): number | undefined => heard && Math.floor(heard.timeMs + ran())
  const aheadMs = (): number | undefined => {
    const gateway = gatewayNow()
    return gateway === undefined ? undefined : now() - gateway
  }

  /**
   * Returns the corrected time. If the clocks of other organisations together contradict the gateway's clock, their time
   * counts. Otherwise the earlier of the desk's and the gateway's clock counts, unless the confirmed time shows that the
   * earlier clock is behind.
   */
  const date = (): number => {
    const gateway = gatewayNow()
    const { peersAheadMs = 0 } = heard ?? {}
    if (gateway !== undefined && Math.abs(peersAheadMs) > LIMITS.skew) return gateway + peersAheadMs
    const confirmed = trusted.atLeast()
    if (gateway === undefined) return Math.max(trusted.own(), confirmed)
    if (confirmed > gateway + LIMITS.skew) return trusted.own()
    return now() < confirmed - LIMITS.skew ? gateway : Math.max(trusted.own(), Math.min(confirmed, gateway))
  }

  return {
    ...trusted,
    gateway(word) {
      heard = { ...word, steadyMs: steady() }
      trusted.bound(word.timeMs)
      trusted.agree(word.agreedMs)
      trusted.others(word.peersAheadMs === undefined ? undefined : word.timeMs + word.peersAheadMs)
    },
    passed() {
      const { trustedMs = 0 } = heard ?? {}
      const others = Math.max(trusted.atLeast(), trustedMs === 0 ? 0 : trustedMs + ran())
      return Math.floor(Math.min(trusted.own(), others))
    },
    date,
    messageTime: () => Math.max(now(), date()),
    aheadMs,
    problems() {
      const ahead = aheadMs()
      const known = ahead === undefined ? undefined : contradiction(ahead, heard?.peersAheadMs)
      const message = known ?? beforeConfirmed(now(), trusted.atLeast())
      if (message !== undefined) return [{ code: 'clock', severity: 'warning', message }]
      const unconfirmed =
        (peers().length > 0 ? needsFirst(trusted.own(), trusted.atLeast()) : undefined) ??
        (peers().length > 1 ? needsSecond(trusted.passed(), trusted.agreed()) : undefined)
      if (unconfirmed === undefined) return []
      return [{ code: 'clock-unconfirmed', severity: 'warning', message: unconfirmed }]
    },
  }
}

/**
 * Describes which clock is wrong. `ahead` is this computer's clock minus the gateway's; `peersAhead` is the clocks of
 * other organisations minus the gateway's.
 */
function contradiction(ahead: number, peersAhead: number | undefined): string | undefined {
  const differs = Math.abs(ahead) > MINUTE
  if (peersAhead === undefined || (differs && Math.abs(peersAhead) <= LIMITS.skew)) {
    if (!differs) return undefined
    const others = peersAhead === undefined ? '' : ' and those of other organisations'
    const advice = peersAhead === undefined ? 'Correct the clock that is wrong.' : 'Correct it.'
    return `The clock of this computer is ${span(ahead)} the clock of your gateway${others}. ${advice}`
  }
  if (Math.abs(peersAhead) <= LIMITS.skew) return undefined
  if (Math.abs(ahead - peersAhead) <= LIMITS.skew)
    return `The clock of your gateway is ${span(-peersAhead)} the clock of this computer and those of other organisations. Correct the clock of the gateway.`
  const [own, gateway] = [span(ahead - peersAhead), span(-peersAhead)]
  return `The clocks of this computer and of your gateway are ${own === gateway ? own : `${own} and ${gateway}`} those of other organisations. Correct them.`
}

function beforeConfirmed(ms: number, confirmedMs: number): string | undefined {
  if (ms >= confirmedMs - LIMITS.skew) return undefined
  return `The clock of this computer is ${span(ms - confirmedMs)} the time that other organisations have confirmed. Correct it.`
}

/** Returns a problem if no organisation has confirmed the time for more than a week, although each desk signs a new statement every day. */
function needsFirst(ownMs: number, confirmedMs: number): string | undefined {
  if (confirmedMs === 0 || ownMs - confirmedMs <= WEEK) return undefined
  const [here, then] = [dateOf(ownMs), dateOf(confirmedMs)]
  return `It is ${here} by the clock of this computer, but no other organisation has confirmed a date after ${then}. Until one does, no old keys are destroyed and no retention period ends. Check the date of this computer; if it is right, check that your partners can be reached, and unpair those that are gone.`
}

/** Returns a problem if only one organisation has confirmed the time for more than a week (REX-ID-071). */
function needsSecond(confirmedMs: number, agreedMs: number): string | undefined {
  if (confirmedMs - agreedMs <= WEEK) return undefined
  const [one, two] = [dateOf(confirmedMs), dateOf(agreedMs)]
  const last =
    agreedMs === 0 ? 'no two have agreed on a time yet' : `the last date that two agreed on is ${two}`
  return `Only one other organisation confirms that it is ${one}; ${last}. Until a second one does, no old keys are destroyed and no retention period ends. Check the date of this computer; if it is right, check that your partners can be reached, and unpair those that are gone.`
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** Returns text such as `3 days ahead of`. */
function span(ms: number): string {
  return `${duration(Math.abs(ms))} ${ms > 0 ? 'ahead of' : 'behind'}`
}

/** Returns text such as `3 days` or `20 minutes`. */
export function duration(ms: number): string {
  if (ms >= 2 * DAY) return `${Math.round(ms / DAY)} days`
  if (ms >= 2 * HOUR) return `${Math.round(ms / HOUR)} hours`
  return `${Math.round(ms / MINUTE)} minutes`
}
