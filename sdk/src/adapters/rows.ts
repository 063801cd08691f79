// Rows of a mapping, each with a field of the other system, its place in a referral, and the form of its values. docs/spec/referral.md, "Other
// systems"
import type { Conversion, Located, Members, Why } from './conversion.ts'
import { memberOf } from './conversion.ts'
import type { Form } from './form.ts'
import { find, type Place, pathOf, put } from './place.ts'

/** One row of a mapping: a field of the other system, its place in a referral, and the form that converts its values. */
export interface Row {
  /** Field of the other system. */
  readonly field: string
  readonly at: Place
  readonly as: Form
  /** Field of an earlier row. If the value of that field was not carried, this row's value is not carried either. */
  readonly with?: string
}

const TAKEN: Why = { code: 'one-only', message: 'Another field has given a different value already.' }
/** Why a field that only describes another field is lost, if the other field was not carried. */
export const ALONE: Why = {
  code: 'no-field',
  message: 'It makes no sense without the field that it belongs to.',
}

/** Carries the fields of a record into a referral. */
export function toReferralBy(
  rows: readonly Row[],
  { record, referral, conversion }: { record: Located<Members>; referral: Members; conversion: Conversion },
): void {
  const reached = new Set<string>()
  for (const row of rows) {
    const value = record.value[row.field]
    if (value === undefined || value === null || value === '') continue
    const source = { value, path: memberOf(record.path, row.field) }
    const needed = row.with === undefined || reached.has(row.with)
    const made = needed ? row.as.to(value) : { why: ALONE }
    const held = find(referral, row.at)
    if (
      made.value !== undefined &&
      held !== undefined &&
      JSON.stringify(held.value) !== JSON.stringify(made.value)
    ) {
      conversion.lose(source, TAKEN, held.path)
    } else {
      conversion.account(source, made, pathOf(referral, row.at))
      if (made.value === undefined) continue
      put(referral, row.at, made.value)
      reached.add(row.field)
    }
  }
}

/** Carries the values at places of a referral into the fields of a record. */
export function fromReferralBy(
  rows: readonly Row[],
  { record, referral, conversion }: { record: Located<Members>; referral: unknown; conversion: Conversion },
): void {
  for (const { field, at, as, with: other } of rows) {
    const found = find(referral, at)
    if (found === undefined || (other !== undefined && record.value[other] === undefined)) continue
    const made = as.from(found.value)
    conversion.account(found, made, memberOf(record.path, field))
    if (made.value === undefined) continue
    record.value[field] = made.value
    for (const key of found.by) conversion.carry(key)
  }
}
