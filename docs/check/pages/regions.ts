// Generates tables in the specification and guides from data in the code. `npm run generate:docs` writes them; a test compares them.
import { readFileSync, writeFileSync } from 'node:fs'
import { ErrorReason } from '@rex/proto/core/v1/error'
import { LIMITS, type ProblemMeaning, REASONS, type ErrorReason as Reason } from '@rex/sdk/core'
import { GATEWAY_PROBLEMS } from '../../../gateway/src/admin/problems.ts'
import { DESK_PROBLEMS } from '../../../sdk/src/client/api/problems.ts'
import table from '../../../sdk/src/core/thread/transitions.json' with { type: 'json' }
import { DEADLINES } from '../../../sdk/src/core/thread/view.ts'

const DOCS = new URL('../../', import.meta.url)

/** A generated region of a page, between `<!-- name -->` and `<!-- /name -->`. */
export interface Region {
  readonly page: string
  readonly name: string
  readonly text: string
}

export function regions(): Region[] {
  return [
    { page: 'spec/errors.md', name: 'reasons', text: reasonsTable() },
    { page: 'spec/errors.md', name: 'limits', text: limitsTable() },
    { page: 'spec/thread.md', name: 'transitions', text: transitionsTable() },
    { page: 'spec/thread.md', name: 'states', text: statesTable() },
    { page: 'spec/thread.md', name: 'deadlines', text: deadlinesTable() },
    { page: 'guide/gateway.md', name: 'problems', text: problemsTable(GATEWAY_PROBLEMS) },
    { page: 'guide/rex-desk.md', name: 'problems', text: problemsTable(DESK_PROBLEMS) },
  ]
}

/** Returns the current text of a region in its page. */
export function current({ page, name }: Region): string | undefined {
  return regionPattern(name).exec(readFileSync(new URL(page, DOCS), 'utf8'))?.[1]
}

function reasonsTable(): string {
  const rows = (Object.keys(REASONS) as Reason[]).map((reason) => {
    const { status, retryable, metadata, hint } = REASONS[reason]
    return `| ${ErrorReason[reason]} | \`${reason}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${metadata.join(', ')} | ${hint} |`
  })
  return [
    '| number | reason | gRPC status | retryable | metadata | what to do |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function limitsTable(): string {
  const rows = Object.entries(LIMITS).map(([name, value]) => `| \`${name}\` | ${value} |`)
  return ['| limit | value (bytes, milliseconds or count) |', '|---|---|', ...rows].join('\n')
}

function transitionsTable(): string {
  const states = Object.keys(table.states)
  const rows = Object.entries(table.events).map(([transition, { roles, next }]) => {
    const cells = states.map((state) => (next as Record<string, string>)[state] ?? '')
    return `| ${transition} | ${roles.join(', ')} | ${cells.join(' | ')} |`
  })
  return [
    `| transition | by | ${states.join(' | ')} |`,
    `|---|---|${'---|'.repeat(states.length)}`,
    ...rows,
  ].join('\n')
}

function statesTable(): string {
  const rows = Object.entries(table.states).map(([state, rule]) => {
    const owes = 'owes' in rule ? `${rule.owes.who}: ${rule.owes.what}` : ''
    return `| ${state} | ${rule.terminal ? 'yes' : 'no'} | ${rule.responsible} | ${owes} |`
  })
  return ['| state | terminal | responsible | owes |', '|---|---|---|---|', ...rows].join('\n')
}

function deadlinesTable(): string {
  const hours = (ms: number) => `${ms / 3_600_000} h`
  const rows = Object.entries(DEADLINES).map(
    ([step, { urgent, routine }]) => `| ${step} | ${hours(urgent)} | ${hours(routine)} |`,
  )
  return ['| step | urgent | routine |', '|---|---|---|', ...rows].join('\n')
}

function problemsTable(problems: Readonly<Record<string, ProblemMeaning>>): string {
  const rows = Object.entries(problems).map(
    ([code, { when, action }]) => `| \`${code}\` | ${when} | ${action} |`,
  )
  return ['| code | when | what to do |', '|---|---|---|', ...rows].join('\n')
}

function regionPattern(name: string): RegExp {
  return new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n?<!-- /${name} -->`)
}

if (import.meta.main) {
  for (const region of regions()) {
    const url = new URL(region.page, DOCS)
    const marked = `<!-- ${region.name} -->\n${region.text}\n<!-- /${region.name} -->`
    writeFileSync(
      url,
      readFileSync(url, 'utf8').replace(regionPattern(region.name), () => marked),
    )
  }
}
