// Forms for values of Primero: lookup values, dates and ages. docs/spec/referral.md, "Other systems"

import { parseDate } from '../../core/referral/dates.ts'
import type { ListName } from '../../core/referral/index.ts'
import { LISTS } from '../../core/referral/lists.ts'
import type { Converted, Why } from '../conversion.ts'
import { CHANGED, type Form, INVALID, integer, table, text } from '../form.ts'
import countries from './countries.json' with { type: 'json' }
import languages from './languages.json' with { type: 'json' }

/** Makes a form that converts Primero's lookup values to codes of a code list, by the crosswalk of the list. */
export function codes(list: ListName): Form {
  const pairs = LISTS[list].entries.flatMap(({ code, crosswalk }) =>
    (crosswalk?.primero ?? []).map((value): [string, string] => [value, code]),
  )
  return table(pairs)
}

/** Form for countries in the lookup `lookup-country`. */
export const country: Form = table(Object.entries(countries))

const NAMED = table(Object.entries(languages))
const TAG = text('language', 35)
/** Form for languages. Primero gets the English name if the table has one, otherwise the tag, because lookups differ between installations. */
export const language: Form = {
  to: (value) => {
    const named = NAMED.to(value)
    if (named.value !== undefined) return named
    const known = NAMED.from(value).value !== undefined
    if (typeof value !== 'string' || !/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(value)) return named
    return { ...TAG.to(value), ...(known && { why: CHANGED }) }
  },
  from: (value) => {
    const named = NAMED.from(value)
    return named.value === undefined ? { value } : named
  },
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const PARTIAL: Why = {
  code: 'no-field',
  message: 'Primero stores only whole days. Put the rest into a note.',
}

/** Form for a day as Primero exports or shows it: "2018-03-01", "2018/03/01", "01-Mar-2018", with or without a time. */
export const day: Form = {
  to: (value) => {
    const made = typeof value === 'string' ? dayOf(value) : undefined
    return made !== undefined && parseDate(made.value as string) !== undefined ? made : { why: INVALID }
  },
  from: (value) => (/^\d{4}-\d{2}-\d{2}$/.test(String(value)) ? { value } : { why: PARTIAL }),
}

function dayOf(written: string): Converted | undefined {
  const [, iso, time] = /^(\d{4}[-/]\d{2}[-/]\d{2})(?:T(.+))?$/.exec(written) ?? []
  const isMidnight = time === undefined || /^00:00(:00(\.0+)?)?Z?$/.test(time)
  if (iso !== undefined) return { value: iso.replaceAll('/', '-'), ...(!isMidnight && { why: CHANGED }) }
  const [, date = '', name = '', year = ''] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(written) ?? []
  const month = MONTHS.indexOf(name.toLowerCase()) + 1
  return month === 0
    ? undefined
    : { value: `${year}-${String(month).padStart(2, '0')}-${date.padStart(2, '0')}` }
}

const YEARS = integer(0, 150)
const AGE_ONLY: Why = { code: 'no-field', message: 'Primero stores only one age, in whole years.' }

/** Form for an age in whole years, which an import marks as `stated`. */
export const age: Form = {
  to: (value) => {
    const { value: years, why } = YEARS.to(value)
    return why === undefined ? { value: { value: years, basis: 'stated' } } : { why }
  },
  from: (value) => {
    const { value: years, basis, ...others } = value as Readonly<Record<string, unknown>>
    if (years === undefined || others.unit === 'months') return { why: AGE_ONLY }
    const lost = Object.keys(others).map((name): [string, Why] => [`.${name}`, AGE_ONLY])
    return {
      value: years,
      inside: new Map([...lost, ...(basis === 'stated' ? [] : [['.basis', CHANGED] as const])]),
    }
  },
}
