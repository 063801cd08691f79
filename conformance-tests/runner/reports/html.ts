// The report as one self-contained HTML page without scripts. docs/guide/conformance.md
import { type Share, shares } from '../coverage.ts'
import type { RunResult } from '../run.ts'
import { isBad, type Verdict } from '../verdict.ts'
import { escaped } from './junit.ts'
import { figures, type ReportHead } from './report.ts'

const STYLE = `
:root { color-scheme: light dark; --good: light-dark(#1a7f37, #3fb950); --bad: light-dark(#b3261e, #ff7b72); --line: light-dark(#d0d7de, #3d444d); --soft: light-dark(#f6f8fa, #161b22); --bar: light-dark(#2f6feb, #6ea0ff) }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #e6edf3) }
h1 { font-size: 1.6rem; margin: 1rem 0 0 } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem } h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere }
table { border-collapse: collapse } th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left } td.number { text-align: right; font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto } .good { color: var(--good) } .bad { color: var(--bad); font-weight: 600 }
article { border: 1px solid var(--line); border-left: .3rem solid var(--bad); border-radius: .3rem; margin: 1rem 0; padding: .8rem }
.pair { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)) }
pre { background: var(--soft); border-radius: .3rem; margin: .3rem 0; overflow-x: auto; padding: .5rem; white-space: pre-wrap; overflow-wrap: anywhere }
svg { display: block; height: auto; max-width: 100% } svg text { fill: currentColor; font: 13px system-ui, sans-serif }
dt { font-weight: 600 } dd { margin: 0 0 .4rem }
`

/** Returns the report as an HTML page. */
export function htmlReport(result: RunResult, head: ReportHead): string {
  const { verdicts, target } = result
  const bad = verdicts.filter(({ outcome }) => isBad(outcome))
  const name = target ? `${target.name} (${target.features.join(', ')})` : 'It never greeted.'
  const counts = Object.entries(figures(verdicts)).map(([outcome, count]) => `${count} ${outcome}`)
  const sentence =
    bad.length === 0
      ? 'Every case passed or was skipped.'
      : `${bad.length} of ${verdicts.length} cases failed.`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>REX conformance: ${escaped(head.target)}</title><style>${STYLE}</style></head><body><main>
<h1>REX conformance of ${escaped(head.target)}</h1>
<p>${escaped(name)}</p>
<p class="${bad.length === 0 ? 'good' : 'bad'}">${sentence} <span>${escaped(counts.join(', '))}.</span></p>
<h2>Suites and features</h2>
${matrix(verdicts)}
${head.coverage === undefined ? '' : coverage(shares(head.coverage))}
${bad.length === 0 ? '' : `<h2>Failures</h2>\n${bad.map((verdict) => failure(verdict, head)).join('\n')}`}
</main></body></html>
`
}

/** Heading of the column for cases that need no feature. */
const ANY = 'no feature'

/** Makes the table of passed and all cases, by suite and needed feature. */
function matrix(verdicts: readonly Verdict[]): string {
  const featuresOf = ({ features }: Verdict) => (features.length === 0 ? [ANY] : features)
  const columns = [...new Set(verdicts.flatMap(featuresOf))].sort()
  const rows = [...Map.groupBy(verdicts, ({ suite }) => suite)].map(([suite, list]) => {
    const cells = columns.map((column) =>
      cell(list.filter((verdict) => featuresOf(verdict).includes(column))),
    )
    return `<tr><th scope="row">${escaped(suite)}</th>${cells.join('')}</tr>`
  })
  const head = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('')
  return `<div class="scroll" tabindex="0" role="region" aria-label="Suites and features"><table><thead><tr><th scope="col">suite</th>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

function cell(list: readonly Verdict[]): string {
  if (list.length === 0) return '<td class="number">–</td>'
  const passed = list.filter(({ outcome }) => outcome === 'passed').length
  const isGood = !list.some(({ outcome }) => isBad(outcome))
  return `<td class="number ${isGood ? 'good' : 'bad'}">${passed} of ${list.length}</td>`
}

/** Makes two charts: the share of requirements with cases by chapter, and by the role that they bind. */
function coverage({ chapters, parties }: { chapters: readonly Share[]; parties: readonly Share[] }): string {
  return `<h2>Coverage of the specification</h2>
<p>Requirements with at least one case in the suites that ran.</p>
<h3>By chapter</h3>${bars(
    chapters.map((share) => ({ ...share, name: CHAPTERS[share.name] ?? share.name })),
    'Coverage by chapter',
  )}
<h3>By the program that a requirement binds</h3>${bars(parties, 'Coverage by program')}`
}

/** Titles of the chapters, by the middle part of their requirement ids. */
const CHAPTERS: Readonly<Record<string, string>> = {
  DLV: 'delivery',
  ENC: 'encoding',
  ENV: 'envelope',
  ERR: 'errors',
  ID: 'identity',
  JOSE: 'JOSE objects',
  MBX: 'mailbox',
  RCP: 'receipts',
  REF: 'referral',
  THR: 'thread',
}

const ROW = 26
const LEFT = 90
const WIDTH = 400

function bars(list: readonly Share[], label: string): string {
  const words = list.map(({ name, covered, of }) => `${name} ${covered} of ${of}`).join(', ')
  const rows = list.map(({ name, covered, of }, i) => {
    const y = i * ROW
    const width = Math.round((WIDTH * covered) / of)
    return `<text x="0" y="${y + 17}">${escaped(name)}</text><rect x="${LEFT}" y="${y + 4}" width="${WIDTH}" height="18" fill="var(--soft)" stroke="var(--line)"/><rect x="${LEFT}" y="${y + 4}" width="${width}" height="18" fill="var(--bar)"/><text x="${LEFT + WIDTH + 8}" y="${y + 17}">${covered} of ${of}</text>`
  })
  return `<svg role="img" aria-label="${escaped(`${label}: ${words}`)}" width="${LEFT + WIDTH + 90}" height="${list.length * ROW}" viewBox="0 0 ${LEFT + WIDTH + 90} ${list.length * ROW}">${rows.join('')}</svg>`
}

function failure(
  { suite, name, title, outcome, requirements, expected, received }: Verdict,
  head: ReportHead,
): string {
  const texts = requirements.map((id) => `<dt>${escaped(id)}</dt><dd>${escaped(head.textOf(id) ?? '')}</dd>`)
  return `<article id="${escaped(name)}"><h3>${escaped(`${suite}: ${name}`)} <span class="bad">${escaped(outcome)}</span></h3>
<p>${escaped(title)}</p>
<div class="pair"><div>expected<pre>${escaped(expected)}</pre></div><div>received<pre>${escaped(received)}</pre></div></div>
<dl>${texts.join('')}</dl>
<div>repeat<pre>${escaped(`${head.repeat} --case ${name}`)}</pre></div></article>`
}
