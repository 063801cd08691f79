// The report as JUnit XML, which build servers read. docs/guide/conformance.md
import type { RunResult } from '../run.ts'
import { isBad, type Verdict } from '../verdict.ts'
import type { ReportHead } from './report.ts'

/** Returns the report as JUnit XML: a `testsuite` for each suite, and a `testcase` for each case. */
export function junitReport({ verdicts }: RunResult, head: ReportHead): string {
  const suites = [...Map.groupBy(verdicts, ({ suite }) => suite)]
  const parts = suites.map(([suite, list]) => {
    const count = (is: (verdict: Verdict) => boolean) => list.filter(is).length
    const figures = `tests="${list.length}" failures="${count(({ outcome }) => isBad(outcome))}" skipped="${count(({ outcome }) => outcome === 'skipped')}"`
    return `  <testsuite name="${escaped(suite)}" ${figures}>\n${list.map((verdict) => testCase(verdict, head)).join('')}  </testsuite>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escaped(`REX conformance: ${head.target}`)}">\n${parts.join('')}</testsuites>\n`
}

function testCase(
  { suite, name, title, outcome, expected, received, requirements }: Verdict,
  { repeat }: ReportHead,
): string {
  const open = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}"`
  if (outcome === 'skipped') return `${open}><skipped message="${escaped(received)}"/></testcase>\n`
  if (!isBad(outcome)) return `${open}/>\n`
  const lines = [
    title,
    `expected: ${expected}`,
    `received: ${received}`,
    requirements.join(', '),
    `${repeat} --case ${name}`,
  ]
  return `${open}><failure type="${escaped(outcome)}" message="${escaped(title)}">${escaped(lines.join('\n'))}</failure></testcase>\n`
}

/** Escapes text for XML. Characters that XML 1.0 forbids become spaces. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
