// Wording shared by several views. docs/guide/rex-desk.md

import type { ThreadSummary } from '../../client/api/desk.ts'
import { codeOf } from '../../core/code.ts'
import { isolate, later, safety, t, wordsFor } from '../language/language.ts'
import type { LABELS } from '../language/vocabulary.ts'
import { bad, bold, type Line, type Piece, warn, widthOf } from '../output/lines.ts'
import { distance, localTime } from '../output/time.ts'

/** Context that a view needs in addition to its data. */
export interface Viewer {
  /** Entity identifier of this desk's organisation. */
  readonly organisation: string
  /** The current time. Unix milliseconds. */
  readonly now: number
}

/** The step that somebody owes next in a track. */
export type Step = NonNullable<ThreadSummary['nextStep']>

/** Returns the first 8 characters of an id, which are usually enough to name it in a command. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}

/** Formats a code as words, in the language of the run if that language has a text for it. */
export function words(code: string): string {
  const named = code.toLowerCase().replaceAll('_', '-')
  return wordsFor(named) ?? named.replaceAll('-', ' ')
}

/** Returns the organisation, or `you` for this one. */
export function party(organisation: string, { organisation: self }: Viewer): string {
  return organisation === self ? t`you` : organisation
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

/** Meanings of the steps that an organisation may owe. */
const STEPS: Readonly<Record<string, string>> = {
  decide: later`decide (accept, decline, waitlist or ask)`,
  'provide-info': later`answer the questions`,
  start: later`start the work`,
  report: later`report progress or the outcome`,
  'acknowledge-consent': later`act on the change of consent, and confirm it (consent --acknowledge; if consent was withdrawn, erase --reason consent)`,
  repair: later`this thread cannot be read: see the log, and restore the desk from a backup`,
  'attest-recall': later`destroy the recalled content (erase --reason recall), or attest what became of it`,
  'await-arrival': later`it has not arrived yet`,
  'refer-again': later`it never arrived; refer it elsewhere or send it again, with --follows and its id, or withdraw it`,
}

/** Formats a time, absolute and relative. */
export function when(ms: number, { now }: Viewer): string {
  return `${localTime(ms)} (${distance(ms, now)})`
}

/**
 * States the next step, who owes it, and until when. `counterpart` is named if the step is to wait until a message has
 * arrived there; default: "the other side".
 */
export function stepPieces(step: Step | undefined, viewer: Viewer, counterpart?: string): Piece[] {
  if (step === undefined) return [t`nothing: this is finished`]
  if (step.what === 'await-arrival' && step.who === viewer.organisation)
    return arrivalPieces(step, counterpart)
  const mine = step.who === viewer.organisation
  const what = STEPS[step.what]
  const owed = what === undefined ? words(step.what) : t(what)
  const text = step.byMs === undefined ? owed : t`${owed}, until ${when(step.byMs, viewer)}`
  return [
    mine ? bold(t`your move: `) : `${isolate(step.who)}: `,
    step.overdue ? bad(t`${text}, overdue`) : text,
  ]
}

function arrivalPieces({ overdue }: Step, counterpart = t`the other side`): Piece[] {
  if (!overdue) return [warn(t`it has not arrived yet at ${counterpart}`)]
  return [bold(t`your move: `), bad(safety`it has not arrived yet at ${counterpart}; call them, overdue`)]
}

/** Returns the mark of rehearsal traffic; nothing for real traffic. */
export function testMark(test: boolean): Piece[] {
  return test ? [' ', warn(safety`TEST TRAFFIC`)] : []
}

/** Formats a count: `one` and `many` are texts with {0} for the number. */
export function counted(count: number, one: string, many: string): string {
  return t(count === 1 ? one : many, count)
}

/** Formats a number of bytes for people. */
export function size(bytes: number): string {
  if (bytes < 1024) return t`${bytes} bytes`
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

/** Counts items per outcome, most frequent first: `4000 removed, 990 not found`. */
export function outcomeCounts(outcomes: readonly { readonly code: string }[]): string {
  return [...Map.groupBy(outcomes, ({ code }) => code)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([code, items]) => `${items.length} ${words(code)}`)
    .join(', ')
}

/** A label of a fact; empty if the fact continues the previous one. */
type Label = (typeof LABELS)[number] | ''

const LABEL = 9

/** Formats `label  value` rows. Labels are texts of this program. */
export function facts(rows: readonly (readonly [Label, ...Piece[]])[]): Line[] {
  const said = rows.map(([label, ...pieces]) => [t(label), ...pieces] as const)
  const width = Math.max(LABEL, ...said.map(([label]) => widthOf(label)))
  return said.map(([label, ...pieces]) => [
    `  ${isolate(label)}${' '.repeat(width - widthOf(label))}  `,
    ...pieces,
  ])
}
