// The report as one self-contained HTML page without scripts. docs/guide/conformance.md
import { type Coverage, type Share, shares } from '../coverage.ts'
import type { RunResult } from '../run.ts'
import { isBad, type Outcome, SEEN_LAST, type Verdict } from '../verdict.ts'
import { escaped } from './junit.ts'
import { figures, type ReportHead } from './report.ts'
import { CHAPTER_WORDS, KIND_WORDS, OUTCOME_WORDS, ROLE_WORDS, SUITE_WORDS } from './words.ts'

const STYLE = `
:root { color-scheme: light dark; --good: light-dark(#116329, #56d364); --bad: light-dark(#a40e26, #ff9089); --text: light-dark(#1f2328, #e6edf3); --quiet: light-dark(#57606a, #9ea7b3); --page: light-dark(#fff, #0d1117); --line: light-dark(#d0d7de, #3d444d); --soft: light-dark(#f3f5f8, #171d26); --bar: light-dark(#2f6feb, #6ea0ff) }
* { box-sizing: border-box } body { font: 16px/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1rem; background: var(--page); color: var(--text); overflow-wrap: break-word }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 1rem 0 .25rem; overflow-wrap: anywhere } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; overflow-wrap: anywhere } h4 { font-size: .9rem; margin: .9rem 0 .2rem }
p { margin: .4rem 0; max-width: 46rem } .quiet, caption { color: var(--quiet) } a { color: inherit; text-underline-offset: .15em } :focus-visible { outline: .2rem solid var(--bar); outline-offset: .15rem }
.skip { position: absolute; left: -99rem } .skip:focus { background: var(--page); left: 1rem; padding: .5rem; top: .5rem }
.verdict { border-left: .35rem solid; border-radius: .3rem; background: var(--soft); font-size: 1.1rem; font-weight: 600; margin: 1rem 0; padding: .7rem 1rem }
.good { color: var(--good) } .bad { color: var(--bad) } .verdict span { color: var(--text); display: block; font-size: 1rem; font-weight: 400 }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { border-bottom: 1px solid var(--line); padding: .35rem .7rem .35rem 0; text-align: left; vertical-align: top } thead th { white-space: nowrap } th small { color: var(--quiet); display: block; font-weight: 400; min-width: 14rem } .number { white-space: nowrap }
.bars { width: 100% } .bars th { font-weight: 400; width: 11rem } .bars td:last-child { white-space: nowrap; width: 6.5rem } .bar { background: var(--soft); border: 1px solid var(--line); border-radius: .25rem; height: 1.1rem; margin-top: .2rem } .bar div { background: var(--bar); border-radius: .2rem; height: 100% }
article { border: 1px solid var(--line); border-left: .35rem solid var(--bad); border-radius: .3rem; margin: 1.2rem 0; padding: .3rem 1rem 1rem } article h3 { margin-top: .5rem }
.pair { display: grid; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)) } .pair > div { min-width: 0 }
pre, ol.steps { background: var(--soft); border-radius: .3rem; font: .875rem/1.5 ui-monospace, monospace; margin: 0; overflow-wrap: anywhere; padding: .6rem .8rem; white-space: pre-wrap } ol.steps { padding-left: 3rem } ol.steps li.bad { font-weight: 600 }
dl { margin: .3rem 0 } dt { font-weight: 600 } dd { margin: 0 0 .5rem } summary { cursor: pointer; font-weight: 600 } details { margin: 1rem 0 }
@media (max-width: 36rem) { .bars th { width: 8rem } .pair { grid-template-columns: 1fr } }
@media print { article { break-inside: avoid } }
`

/** Returns the report as an HTML page. */
export function htmlReport(result: RunResult, head: ReportHead): string {
  const { verdicts } = result
  const bad = verdicts.filter(({ outcome }) => isBad(outcome))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>REX conformance: ${escaped(head.target)}</title><style>${STYLE}</style></head><body>
<a class="skip" href="#results">To the results</a>
<header><h1>REX conformance of ${escaped(head.target)}</h1>
<p>REX is an open protocol with which child-protection organisations hand over cases. ${KIND_WORDS[head.kind]} This page shows how far one such program keeps to the protocol: each <em>case</em> gives it a task and compares what it does with what the specification requires.</p>
<p class="quiet">${escaped(about(result, head))}</p></header>
<main id="results">
${verdict(verdicts, bad.length)}
<h2>Results by suite</h2>
<p>A suite is a group of cases. Each cell says how many of its cases passed; a column has the cases that need a feature, which programs may leave out.</p>
${matrix(verdicts, head)}
${skipped(verdicts)}${outcomes(verdicts)}
${bad.length === 0 ? '' : failures(bad, head)}
${head.coverage === undefined ? '' : coverage(head.coverage)}
</main></body></html>
`
}

function about({ target }: RunResult, { made }: ReportHead): string {
  const program = target
    ? `Program: ${target.name}, with the features ${target.features.join(', ') || 'none'}.`
    : 'The program never greeted.'
  return `${program} Tested on ${made.toISOString().slice(0, 16).replace('T', ' at ')} UTC.`
}

function verdict(verdicts: readonly Verdict[], bad: number): string {
  const counts = Object.entries(figures(verdicts)).map(([outcome, count]) => `${count} ${outcome}`)
  const sentence =
    bad === 0 ? 'Every case passed or was skipped.' : `${bad} of ${verdicts.length} cases failed.`
  return `<p class="verdict ${bad === 0 ? 'good' : 'bad'}">${sentence} <span>${escaped(counts.join(', '))}.</span></p>`
}

/** Heading of the column for cases that need no feature. */
const ANY = 'no feature'

/** Makes the table with the numbers of passed cases and of all cases, by suite and required feature. */
function matrix(verdicts: readonly Verdict[], { kind }: ReportHead): string {
  const featuresOf = ({ features }: Verdict) => (features.length === 0 ? [ANY] : features)
  const features = [...new Set(verdicts.flatMap(featuresOf))].sort()
  const columns = features.includes(ANY) ? [ANY, ...features.filter((one) => one !== ANY)] : features
  const rows = [...Map.groupBy(verdicts, ({ suite }) => suite)].map(([suite, list]) => {
    const cells = columns.map((column) => cell(list.filter((one) => featuresOf(one).includes(column))))
    const words = SUITE_WORDS[kind][suite]
    return `<tr><th scope="row">${escaped(suite)}${words ? `<small>${words}</small>` : ''}</th>${cells.join('')}</tr>`
  })
  const head = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('')
  return `<div class="scroll" tabindex="0" role="region" aria-label="Results by suite"><table><thead><tr><th scope="col">suite</th>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

function cell(list: readonly Verdict[]): string {
  if (list.length === 0) return '<td class="number quiet"><span aria-hidden="true">–</span></td>'
  const passed = list.filter(({ outcome }) => outcome === 'passed').length
  const bad = list.filter(({ outcome }) => isBad(outcome)).length
  const words = bad === 0 ? '' : `<br><strong class="bad">${bad} failed</strong>`
  return `<td class="number">${passed} of ${list.length}${words}</td>`
}

/** Says why cases were skipped. */
function skipped(verdicts: readonly Verdict[]): string {
  const list = verdicts.filter(({ outcome }) => outcome === 'skipped')
  if (list.length === 0) return ''
  const reasons = [...Map.groupBy(list, ({ received }) => received)]
  return `<details><summary>Why cases were skipped (${list.length})</summary><ul>${reasons
    .map(([reason, { length }]) => `<li>${length}: ${escaped(reason)}</li>`)
    .join('')}</ul></details>\n`
}

/** Explains the outcomes that occur. */
function outcomes(verdicts: readonly Verdict[]): string {
  const rows = (Object.keys(figures(verdicts)) as Outcome[]).map(
    (outcome) => `<dt>${outcome}</dt><dd>${OUTCOME_WORDS[outcome]}</dd>`,
  )
  return `<details><summary>What the outcomes mean</summary><dl>${rows.join('')}</dl></details>`
}

function failures(bad: readonly Verdict[], head: ReportHead): string {
  const links = bad.map(
    ({ name, title, outcome }) =>
      `<li><a href="#${escaped(name)}">${escaped(title)}</a> <span class="bad">${outcome}</span></li>`,
  )
  return `<h2>Failures</h2>
<p>Each title says what a right program does.</p>
<nav aria-label="Failures"><ol>${links.join('\n')}</ol></nav>
${bad.map((one) => failure(one, head)).join('\n')}`
}

function failure(verdict: Verdict, head: ReportHead): string {
  const { suite, name, title, outcome, requirements, expected, received } = verdict
  const [came = '', seen] = received.split(`\n${SEEN_LAST}\n`)
  const texts = requirements.map((id) => `<dt>${escaped(id)}</dt><dd>${escaped(head.textOf(id) ?? '')}</dd>`)
  return `<article id="${escaped(name)}" tabindex="-1"><h3>${escaped(title)} <span class="bad">${escaped(outcome)}</span></h3>
<p class="quiet">${escaped(OUTCOME_WORDS[outcome])} Case ${escaped(name)} of the suite ${escaped(suite)}.</p>
<div class="pair"><div><h4>Expected</h4><pre>${escaped(expected)}</pre></div><div><h4>Received</h4><pre>${escaped(came)}</pre></div></div>
${exchange(verdict)}${observed(seen)}<h4>What the specification says</h4><dl>${texts.join('')}</dl>
<h4>Repeat this case</h4><pre>${escaped(`${head.repeat} --case ${name}`)}</pre></article>`
}

/** Shows the suite's observations on the wire before a failure. */
function observed(seen: string | undefined): string {
  if (seen === undefined) return ''
  return `<details><summary>What was seen last</summary><pre>${escaped(seen)}</pre></details>\n`
}

function exchange({ exchange }: Verdict): string {
  if (exchange === undefined) return ''
  const { steps, leftOut, lastFailed } = exchange
  const failed = lastFailed ? steps.length - 1 : undefined
  const items = steps.map((step, i) => `<li${i === failed ? ' class="bad"' : ''}>${escaped(step)}</li>`)
  const less =
    leftOut === 0 ? '' : ` ${leftOut} earlier steps are left out: it fails in the same way without them.`
  return `<h4>What happened</h4><p class="quiet">${lastFailed ? 'The steps in order; the last one failed.' : 'The steps in order. The failure came after them.'}${less}</p><ol class="steps">${items.join('')}</ol>\n`
}

/** Makes two charts: the share of requirements with cases by chapter, and by the programs that they bind. */
function coverage(all: Coverage): string {
  const { chapters, parties } = shares(all)
  return `<h2>How much of the specification is tested</h2>
<p>A requirement is a numbered sentence of the specification. The bars show how many of them have at least one case in all suites, whichever program is tested.</p>
${bars('By chapter', chapters, CHAPTER_WORDS)}
${bars('By the programs that must keep to them', parties, ROLE_WORDS)}`
}

function bars(title: string, list: readonly Share[], words: Readonly<Record<string, string>>): string {
  const rows = list.map(({ name, covered, of }) => {
    const width = Math.round((100 * covered) / of)
    return `<tr><th scope="row">${escaped(words[name] ?? name)}</th><td aria-hidden="true"><div class="bar"><div style="width:${width}%"></div></div></td><td>${covered} of ${of}</td></tr>`
  })
  return `<h3>${title}</h3><table class="bars">${rows.join('')}</table>`
}
