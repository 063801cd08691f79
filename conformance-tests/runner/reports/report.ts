// Reports of a run: lines for the terminal, and JSON. docs/guide/conformance.md
import type { Coverage } from '../coverage.ts'
import type { Kind } from '../process.ts'
import type { RunResult } from '../run.ts'
import { isBad, type Verdict } from '../verdict.ts'

/** Members of a report other than the verdicts. */
export interface ReportHead {
  /** Name of the target's configuration. */
  readonly target: string
  readonly kind: Kind
  /** When the run ended. */
  readonly made: Date
  /** The command that repeats one case, without the name of the case. */
  readonly repeat: string
  /** Returns the text of a requirement, or undefined if the specification is not available. */
  readonly textOf: (requirement: string) => string | undefined
  /** Coverage of the specification by all cases. Undefined if the specification is not available. */
  readonly coverage: Coverage | undefined
}

/** Counts the verdicts by outcome. */
export function figures(verdicts: readonly Verdict[]): Record<string, number> {
  const groups = Object.groupBy(verdicts, ({ outcome }) => outcome)
  return Object.fromEntries(Object.entries(groups).map(([outcome, of]) => [outcome, of.length]))
}

/** Returns the report as JSON. */
export function jsonReport({ target, verdicts }: RunResult, head: ReportHead): string {
  const { name = '', features = [] } = target ?? {}
  const content = {
    target: { configuration: head.target, kind: head.kind, name, features },
    figures: figures(verdicts),
    cases: verdicts.map((verdict) => ({ ...verdict, repeat: `${head.repeat} --case ${verdict.name}` })),
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

/** Returns the report for people: each failure with the expected and received result, the requirement, and the command that repeats it. */
export function terminalReport({ target, verdicts }: RunResult, head: ReportHead): string {
  const bad = verdicts
    .filter(({ outcome }) => isBad(outcome))
    .flatMap((verdict) => [...failure(verdict, head), ''])
  const counts = Object.entries(figures(verdicts)).map(([outcome, count]) => `${count} ${outcome}`)
  const name = target
    ? `${shown(target.name)} (${target.features.map(shown).join(', ') || 'no features'})`
    : 'never greeted'
  return [...bad, `${head.target}, ${name}: ${counts.join(', ')}.`].join('\n')
}

function failure(
  { name, title, outcome, requirements, expected, received, exchange }: Verdict,
  head: ReportHead,
): string[] {
  const texts = requirements.map((id) => `  ${id}  ${head.textOf(id) ?? ''}`.trimEnd())
  const what = [`  expected  ${shown(expected)}`, `  received  ${shown(received)}`]
  const steps = (exchange?.steps ?? []).map((step, i) => `  step ${i + 1}`.padEnd(12) + shown(step))
  const less = exchange?.leftOut
    ? [`  ${exchange.leftOut} earlier steps are left out: it fails in the same way without them.`]
    : []
  const repeat = `  repeat    ${head.repeat} --case ${name}`
  return [`${outcome}: ${name}`, `  ${title}`, ...what, ...steps, ...less, ...texts, repeat]
}

/** Returns a target's text on one line, without control characters. */
export function shown(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 600)
}
