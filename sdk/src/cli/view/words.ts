// Wording shared by several views. docs/guide/rex-desk.md

import type { ThreadSummary } from '../../client/api/desk.ts'
import { codeOf } from '../../core/code.ts'
import { bad, bold, type Line, type Piece, warn } from '../output/lines.ts'
import { distance, localTime } from '../output/time.ts'

/** Context that a view needs in addition to its data. */
export interface Viewer {
  /** Entity identifier of this desk's organisation. */
  readonly organisation: string
  /** The current time. Unix milliseconds. */
  readonly now: number
}

/** The next owed step. */
export type Step = NonNullable<ThreadSummary['nextStep']>

/** Returns the short form of an id, long enough to type. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}

/** Formats a code as words. */
export function words(code: string): string {
  return code.replaceAll('-', ' ').replaceAll('_', ' ').toLowerCase()
}

/** Returns the organisation, or `you` for this one. */
export function party(organisation: string, { organisation: self }: Viewer): string {
  return organisation === self ? 'you' : organisation
}

/** Verbs whose name in the command differs from their name in the SDK. */
const VERBS: Readonly<Record<string, string>> = {
  changeConsent: 'consent',
  acknowledgeConsent: 'consent --acknowledge',
}

/** Returns the verbs that can be typed now, from those that a thread allows. */
export function verbsOf(allowed: readonly string[]): string[] {
  return allowed.map((verb) => VERBS[verb] ?? codeOf(verb))
}

/** Meanings of the steps that somebody may owe. */
const STEPS: Readonly<Record<string, string>> = {
  decide: 'decide (accept, decline, waitlist or ask)',
  'provide-info': 'answer the questions',
  start: 'start the work',
  report: 'report progress or the outcome',
  'acknowledge-consent':
    'act on the change of consent, and confirm it (`consent --acknowledge`; if consent was withdrawn, `erase --reason consent`)',
  repair: 'this thread cannot be read: see the log, and restore the desk from a backup',
  'attest-recall': 'destroy the recalled content (`erase --reason recall`), or attest what became of it',
  'await-arrival': 'it has not arrived yet',
  'refer-again':
    'it never arrived; refer it elsewhere or send it again, with --follows and its id, or withdraw it',
}

/** Formats a time, absolute and relative. */
export function when(ms: number, { now }: Viewer): string {
  return `${localTime(ms)} (${distance(ms, now)})`
}

/** States the next step, who owes it, and until when. `counterpart`: the other side, for a message that has not arrived there. */
export function stepPieces(step: Step | undefined, viewer: Viewer, counterpart?: string): Piece[] {
  if (step === undefined) return ['nothing: this is finished']
  if (step.what === 'await-arrival' && step.who === viewer.organisation)
    return arrivalPieces(step, counterpart)
  const mine = step.who === viewer.organisation
  const until = step.byMs === undefined ? '' : `, until ${when(step.byMs, viewer)}`
  const text = `${STEPS[step.what] ?? words(step.what)}${until}`
  return [mine ? bold('your move: ') : `${step.who}: `, step.overdue ? bad(`${text}, overdue`) : text]
}

function arrivalPieces({ overdue }: Step, counterpart = 'the other side'): Piece[] {
  const text = `it has not arrived yet at ${counterpart}`
  return overdue ? [bold('your move: '), bad(`${text}; call them, overdue`)] : [warn(text)]
}

/** Returns the mark that all rehearsal traffic carries. */
export function testMark(test: boolean): Piece[] {
  return test ? [' ', warn('TEST TRAFFIC')] : []
}

/** Formats a count, as in `1 message`, `2 messages`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Formats a number of bytes for people. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

/** Counts items per outcome, most frequent first: `4000 removed, 990 not found`. */
export function outcomeCounts(outcomes: readonly { readonly code: string }[]): string {
  return [...Map.groupBy(outcomes, ({ code }) => code)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([code, items]) => `${items.length} ${words(code)}`)
    .join(', ')
}

const LABEL = 9

/** Formats `label  value` rows. */
export function facts(rows: readonly (readonly [string, ...Piece[]])[]): Line[] {
  const width = Math.max(LABEL, ...rows.map(([label]) => label.length))
  return rows.map(([label, ...pieces]) => [`  ${label.padEnd(width)}  `, ...pieces])
}
