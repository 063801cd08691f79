// Ages that people may have, and age bands. docs/spec/referral.md, "Lint"
import { parseDate } from '../../dates.ts'
import type { Age, Person } from '../../types.ts'

const YEAR = 365.25 * 86_400_000
/** Number of years by which a stated or estimated age may be wrong. */
const ABOUT = 1

/** A range of possible ages in years, both ends included. */
export interface Ages {
  readonly min: number
  readonly max: number
}

/** Whether two ranges have no age in common. */
export function disjoint(a: Ages, b: Ages): boolean {
  return a.max < b.min || b.max < a.min
}

/** Returns the ages that belong to an age band. `max` is the birthday on which a person leaves the band. Undefined for an unknown band. */
export function bandOf(band: string): Ages | undefined {
  if (band === 'unborn') return { min: -1, max: 0 }
  const [, from, until] = /^(\d+)-(?:(\d+)|plus)$/.exec(band) ?? []
  if (from === undefined) return undefined
  return { min: Number(from), max: until === undefined ? Number.POSITIVE_INFINITY : Number(until) + 1 }
}

/** Returns the possible ages of a person at a time, one range for each field that says something about the age. */
export function agesAt(person: Person, now: number): { readonly field: string; readonly ages: Ages }[] {
  const { dateOfBirth, age } = person
  const born = dateOfBirth === undefined ? undefined : parseDate(dateOfBirth)
  const about = born?.approximate === true ? ABOUT : 0
  return [
    ...(born === undefined
      ? []
      : [
          {
            field: 'dateOfBirth',
            ages: { min: (now - born.endMs) / YEAR - about, max: (now - born.startMs) / YEAR + about },
          },
        ]),
    ...(age === undefined ? [] : [{ field: 'age', ages: statedAt(age, now) }]),
  ]
}

/** Converts an age that was stated on the date `asOf` to the possible ages at `now`. An undocumented age may be wrong by a year. */
function statedAt(
  { value, min = value ?? 0, max = value ?? 150, unit, basis, asOf }: Age,
  now: number,
): Ages {
  const day = asOf === undefined ? undefined : parseDate(asOf)
  const [early, late] = day === undefined ? [now, now] : [day.startMs, day.endMs]
  const scale = unit === 'months' ? 12 : 1
  const about = basis === 'documented' ? 0 : ABOUT
  return {
    min: min / scale + Math.max(0, now - late) / YEAR - about,
    max: (max + 1) / scale + Math.max(0, now - early) / YEAR + about,
  }
}

/** Age from which a person can be expecting a child. Years. */
const FERTILE = 9

/** Whether a person may be old enough to expect a child. True if the present time is not given. */
export function isOldEnough(person: Person, now: number | undefined): boolean {
  return now === undefined || agesAt(person, now).every(({ ages }) => ages.max >= FERTILE)
}
