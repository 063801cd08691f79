// Lint: fields that a recipient needs in order to decide. docs/spec/referral.md, "Lint"

import type { PhraseKey } from '../messages/findings.ts'
import type { Referral } from '../types.ts'
import { type Finding, missing, when } from './finding.ts'

const CARE: Readonly<Record<string, PhraseKey>> = {
  ageBand: 'age',
  country: 'responsible',
  languages: 'languages',
  risk: 'risk',
  services: 'services',
  abuse: 'abuse',
}
const REPORT: Readonly<Record<string, PhraseKey>> = { country: 'responsible', risk: 'risk' }
const WANTED: Readonly<Record<string, Readonly<Record<string, PhraseKey>>>> = {
  'victim-support': CARE,
  'law-enforcement-report': REPORT,
  'information-request': { country: 'responsible' },
}

/** Returns the findings about recommended fields without a value and about fields that incidents and items require. */
export function fieldFindings(referral: Referral): Finding[] {
  const wanted = Object.entries(WANTED[referral.kind] ?? {})
  return [
    ...wanted.flatMap(([field, why]) => missing(referral.triage, field, { path: 'triage', why })),
    ...incidentFindings(referral),
    ...traceFindings(referral),
    ...otherFindings(referral),
  ]
}

/** Finds each code `other` without an explanation, because this code says nothing on its own. */
function otherFindings({ triage, people = [] }: Referral): Finding[] {
  const listed = (['abuse', 'services'] as const).flatMap((field) => {
    const index = triage[field]?.indexOf('other') ?? -1
    const alone = index >= 0 && triage.note === undefined
    return when(alone, 'other-unexplained', `triage.${field}[${index}]`, { other: 'triage.note' })
  })
  const related = people.flatMap(({ relationships = [] }, i) =>
    relationships.flatMap(({ type, note }, j) => {
      const path = `people[${i}].relationships[${j}]`
      return when(type === 'other' && note === undefined, 'other-unexplained', path, {
        other: `${path}.note`,
      })
    }),
  )
  return [...listed, ...related]
}

/** Settings outside the Internet. An incident in such a setting needs no `platforms`. */
const OFFLINE: ReadonlySet<string> = new Set(['non-internet', 'cell-phone'])

function incidentFindings({ kind, incident }: Referral): Finding[] {
  if (incident === undefined || kind !== 'law-enforcement-report') return []
  const { settings = [] } = incident
  const offline = settings.length > 0 && settings.every((setting) => OFFLINE.has(setting))
  return ['period', ...(offline ? [] : ['platforms'])].flatMap((field) =>
    missing(incident, field, { path: 'incident', why: 'lead' }),
  )
}

/** Finds reports without any lead, which nobody can act on. */
function traceFindings({ kind, people, accounts, items, references, incident }: Referral): Finding[] {
  const traces = [people, accounts, items, references, incident?.identifiers, incident?.addresses].some(
    (list) => list !== undefined,
  )
  return when(kind === 'law-enforcement-report' && !traces, 'nothing-to-follow-up', 'accounts')
}
