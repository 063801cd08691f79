// Decides which letters of a recipient leave now, in one mail, and when the next ones do. docs/guide/alerts.md, "How many mails"
import type { QueuedLetter } from '../webhooks/queue.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Longest pause of a letter that waits for its digest: a day, and the hour by which clocks are put back. */
const DIGEST_MS = 25 * HOUR
/** Maximum number of mails to a recipient in an hour. If more alerts wait than mails are left, one mail takes them all. */
export const MAILS_AN_HOUR = 10
/** Number of alerts that leave before the time of their digest. */
export const DIGEST_FULL = 5000
/** How long to wait after each failure: like a webhook, but at most an hour, because alerts that come later wait for it. */
export const MAIL_PAUSES = [5000, 30_000, 5 * MINUTE, 30 * MINUTE, ...Array<number>(95).fill(HOUR)]

/** What a recipient waits for. */
export interface Waiting {
  readonly letters: readonly QueuedLetter[]
  readonly nowMs: number
  /** When the mails of the last hour were made. Unix milliseconds. */
  readonly mailed: readonly number[]
}

/** The letters of the next mail, or the time at which to decide again. Neither: nothing waits. */
export interface Plan {
  readonly send?: readonly QueuedLetter[]
  readonly nextMs?: number
}

/** Plans the next mail. A mail that failed goes first: what comes after it would fail, too. */
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

/** Whether a time has come, or is so far away that a clock must have been wrong. */
function isDue({ nextMs }: QueuedLetter, nowMs: number, farMs: number): boolean {
  return nextMs <= nowMs || nextMs > nowMs + farMs
}
