// Tables of the specification that come from the code's data. `npm run generate:docs` writes them; a test compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { ErrorReason } from '@rex/proto/core/v1/error'
import { LIMITS, REASONS, type ErrorReason as Reason } from '@rex/sdk/core'
import table from '../../sdk/src/core/thread/transitions.json' with { type: 'json' }
import { DEADLINES } from '../../sdk/src/core/thread/view.ts'

const SPEC = new URL('../spec/', import.meta.url)

/** A generated region: between `<!-- name -->` and `<!-- /name -->` of a page. */
export interface Region {
  readonly page: string
  readonly name: string
  readonly text: string
}

/** All generated regions. */
export function regions(): Region[] {
  return [
    { page: 'errors.md', name: 'reasons', text: reasonsTable() },
    { page: 'errors.md', name: 'limits', text: limitsTable() },
    { page: 'thread.md', name: 'transitions', text: transitionsTable() },
    { page: 'thread.md', name: 'states', text: statesTable() },
    { page: 'thread.md', name: 'deadlines', text: deadlinesTable() },
  ]
}

/** The region as it stands in the page. */
export function current({ page, name }: Region): string | undefined {
  return regionPattern(name).exec(readFileSync(new URL(page, SPEC), 'utf8'))?.[1]
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
  const rows = Object.entries(table.events).map(([move, { roles, next }]) => {
    const cells = states.map((state) => (next as Record<string, string>)[state] ?? '')
    return `| ${move} | ${roles.join(', ')} | ${cells.join(' | ')} |`
  })
  return [`| move | by | ${states.join(' | ')} |`, `|---|---|${'---|'.repeat(states.length)}`, ...rows].join(
    '\n',
  )
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

function regionPattern(name: string): RegExp {
  return new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n?<!-- /${name} -->`)
}

if (import.meta.main) {
  for (const region of regions()) {
    const url = new URL(region.page, SPEC)
    const marked = `<!-- ${region.name} -->\n${region.text}\n<!-- /${region.name} -->`
    writeFileSync(
      url,
      readFileSync(url, 'utf8').replace(regionPattern(region.name), () => marked),
    )
  }
}
