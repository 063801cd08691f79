// Decides which of the letters (queued alerts) to a recipient are sent now, in one mail, or when to decide again.
// docs/guide/alerts.md, "How many mails"
import type { QueuedLetter } from '../webhooks/queue.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Longest wait of a letter for its digest: a day, plus the hour by which clocks are set back. */
const DIGEST_MS = 25 * HOUR
/** Maximum number of mails to a recipient in an hour. If more alerts wait than mails remain, one mail covers them all. */
export const MAILS_AN_HOUR = 10
/** Number of waiting alerts at which a digest is sent early. */
export const DIGEST_FULL = 5000
/**
 * How long to wait after each failure, in milliseconds: as for a webhook, but at most an hour, because later alerts
 * wait for the failed mail.
 */
export const MAIL_PAUSES = [5000, 30_000, 5 * MINUTE, 30 * MINUTE, ...Array<number>(95).fill(HOUR)]

/** The waiting letters of a recipient, and its recent mails. */
export interface Waiting {
  readonly letters: readonly QueuedLetter[]
  readonly nowMs: number
  /** When the mails of the last hour were made. Unix milliseconds. */
  readonly mailed: readonly number[]
}

/** The letters of the next mail, or the time at which to plan again. If both are absent, nothing waits. */
export interface Plan {
  readonly send?: readonly QueuedLetter[]
  readonly nextMs?: number
}

/** Plans the next mail. A failed mail comes first, because later mails would fail, too. */
export function planMail({ letters, nowMs, mailed }: Waiting): Plan {
  const begun = letters.find(({ mail }) => mail !== '')
  if (begun !== undefined) {
    const whole = letters.filter(({ mail }) => mail === begun.mail)
    return isDue(begun, nowMs, 2 * HOUR) ? { send: whole } : { nextMs: begun.nextMs }
  }
  const atOnce = letters.filter(({ nextMs }) => nextMs === 0)
  const digest = letters.filter(({ nextMs }) => nextMs !== 0)
  const due = digest.length >= DIGEST_FULL ? digest : digest.filter((one) => isDue(one, nowMs, DIGEST_MS))
  const [soonest] = digest.map(({ nextMs }) => nextMs).sort((a, b) => a - b)
  if (atOnce.length === 0 && due.length === 0) return soonest === undefined ? {} : { nextMs: soonest }
  const recent = mailed.filter((atMs) => atMs <= nowMs && atMs > nowMs - HOUR)
  const left = MAILS_AN_HOUR - recent.length
  if (left <= 0) return { nextMs: Math.min(...recent) + HOUR }
  if (atOnce.length >= left) return { send: [...atOnce, ...due] }
  return { send: atOnce.length > 0 ? atOnce.slice(0, 1) : due }
}

/** Whether a time has been reached, or is so far ahead that a clock must have been wrong. */
function isDue({ nextMs }: QueuedLetter, nowMs: number, farMs: number): boolean {
  return nextMs <= nowMs || nextMs > nowMs + farMs
}
