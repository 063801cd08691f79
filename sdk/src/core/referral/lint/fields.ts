// Lint: fields that a recipient needs in order to decide. docs/spec/referral.md, "Lint"
import type { Referral } from '../types.ts'
import { error, type Finding, missing, when } from './finding.ts'

const CARE: Readonly<Record<string, string>> = {
  ageBand: 'services depend on the age',
  country: 'the recipient must know whether it is responsible',
  languages: 'somebody must be able to talk to the child',
  risk: 'the recipient sets priorities by it',
  services: 'the recipient must know what you ask for',
  abuse: 'the recipient must know what it is about',
}
const REPORT: Readonly<Record<string, string>> = {
  country: 'the recipient must know whether it is responsible',
  risk: 'the recipient sets priorities by it',
}
const WANTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'victim-support': CARE,
  'law-enforcement-report': REPORT,
  'information-request': { country: 'the recipient must know whether it is responsible' },
}

/** Recommended fields without a value, and fields required by incidents and items. */
export function fieldFindings(referral: Referral): Finding[] {
  const wanted = Object.entries(WANTED[referral.kind] ?? {})
  return [
    ...wanted.flatMap(([field, why]) => missing(referral.triage, field, { path: 'triage', why })),
    ...incidentFindings(referral),
    ...traceFindings(referral),
  ]
}

function incidentFindings({ kind, incident }: Referral): Finding[] {
  if (incident === undefined || kind !== 'law-enforcement-report') return []
  return ['period', 'platforms'].flatMap((field) =>
    missing(incident, field, { path: 'incident', why: 'an investigation starts from it' }),
  )
}

/** A report without any lead cannot be acted on. */
function traceFindings({ kind, people, accounts, items, references, incident }: Referral): Finding[] {
  const traces = [people, accounts, items, references, incident?.identifiers, incident?.addresses].some(
    (list) => list !== undefined,
  )
  return when(
    kind === 'law-enforcement-report' && !traces,
    error(
      'accounts',
      'the report names no person, account, item or evidence to follow up',
      'Add the facts that you know.',
    ),
  )
}
