// Lint: impossible dates. docs/spec/referral.md, "Lint"
import { parseDate } from '../../dates.ts'
import type { Referral } from '../../types.ts'
import type { Finding } from '../finding.ts'
import { warnWhen } from '../warning.ts'

/** The greatest plausible age of a person in a case, in milliseconds. */
const OLDEST = 130 * 365.25 * 86_400_000

/** How long after the expected date a child may be born, in milliseconds. */
const LATE = 21 * 86_400_000

type Dated = readonly (readonly [path: string, date: string | undefined])[]

/** Returns the findings about dates, or none if the current time is not given. */
export function timeFindings(referral: Referral, now?: number): Finding[] {
  if (now === undefined) return []
  const { people = [] } = referral
  return [
    ...happened(referral).flatMap(([path, date]) =>
      warnWhen(date !== undefined && isAfter(date, now), 'date-in-future', path),
    ),
    ...people.flatMap(({ dateOfBirth, expectedDeliveryDate }, i) => [
      ...birthFindings(dateOfBirth, `people[${i}].dateOfBirth`, now),
      ...warnWhen(isOver(expectedDeliveryDate, now - LATE), 'date-past', `people[${i}].expectedDeliveryDate`),
    ]),
    ...ahead(referral).flatMap(([path, date]) => warnWhen(isOver(date, now), 'date-past', path)),
  ]
}

function birthFindings(date: string | undefined, path: string, now: number): Finding[] {
  const born = date === undefined ? undefined : parseDate(date)
  if (born === undefined) return []
  return [
    ...warnWhen(born.startMs > now, 'birth-in-future', path),
    ...warnWhen(now - born.endMs > OLDEST, 'birth-too-long-ago', path),
  ]
}

/** Collects dates that must lie in the past. */
function happened({ people = [], incident, items = [], accounts = [], contact }: Referral): Dated {
  return [
    ['incident.period', incident?.period],
    ...(incident?.addresses ?? []).map(({ at }, i) => [`incident.addresses[${i}].at`, at] as const),
    ...people.flatMap(({ deceasedDate, age }, i) => [
      [`people[${i}].deceasedDate`, deceasedDate] as const,
      [`people[${i}].age.asOf`, age?.asOf] as const,
    ]),
    ...items.flatMap(({ firstSeen, lastSeen, classifications = [] }, i) => [
      [`items[${i}].firstSeen`, firstSeen] as const,
      [`items[${i}].lastSeen`, lastSeen] as const,
      ...classifications.map(({ on }, j) => [`items[${i}].classifications[${j}].on`, on] as const),
    ]),
    ...accounts.flatMap(({ addresses = [], statusDate }, i) => [
      ...addresses.map(({ at }, j) => [`accounts[${i}].addresses[${j}].at`, at] as const),
      [`accounts[${i}].statusDate`, statusDate] as const,
    ]),
    ...(contact?.channels ?? []).map(
      ({ confirmed }, i) => [`contact.channels[${i}].confirmed`, confirmed] as const,
    ),
    ...(contact?.addresses ?? []).map(
      ({ confirmed }, i) => [`contact.addresses[${i}].confirmed`, confirmed] as const,
    ),
  ]
}

/** Collects dates that must lie in the future. */
function ahead({ triage, references = [] }: Referral): Dated {
  return [
    ['triage.urgency.due', triage.urgency?.due],
    ['triage.neededBy', triage.neededBy],
    ...references.map(({ keptUntil }, i) => [`references[${i}].keptUntil`, keptUntil] as const),
  ]
}

/** Whether a date lies entirely before a time. */
function isOver(date: string | undefined, time: number): boolean {
  return date !== undefined && (parseDate(date)?.endMs ?? time) < time
}

/** Whether a date lies entirely after a time. */
function isAfter(date: string, time: number): boolean {
  return (parseDate(date)?.startMs ?? time) > time
}
