// Finds a case in a Primero export (a list of records) or API response (`data`). docs/spec/referral.md, "Other systems"
import { RexError } from '../../core/error.ts'
import { plainCopy } from '../../core/referral/validate/plain.ts'
import { type Located, leavesOf, type Members, memberOf } from '../conversion.ts'

/** Maximum number of values in one case. */
const MOST_VALUES = 20_000

/** A case. `whole`: the part of the input that contains it; `fields`: its fields, by name. */
export interface Case {
  readonly whole: Located
  readonly fields: Located<Members>
}

/**
 * Returns one case of an input, which may be a single case or a list. `number`: position of the case in the list, from 1; needed only if there
 * are several.
 * @throws RexError MALFORMED or LIMIT_EXCEEDED, with the path and what to do
 */
export function caseOf(input: unknown, known: ReadonlySet<string>, number?: number): Case {
  const plain = plainCopy(input, {
    refuse: ({ path, message }) =>
      new RexError(
        message === 'cannot be read' ? 'MALFORMED' : 'LIMIT_EXCEEDED',
        `${path || 'The input'} ${message}.`,
        {
          path,
          hint: 'Export the case from Primero once more, alone and as JSON.',
        },
      ),
  })
  const whole = chosen({ value: plain, path: '' }, number)
  const fields = fieldsOf(whole)
  refuseForeign(whole)
  if (!Object.keys(fields.value).some((name) => known.has(name))) throw noCase(fields)
  return { whole, fields }
}

/** Returns one case. The input may be a list of cases, an object with this list under `data`, or the only case. */
function chosen(input: Located, number: number | undefined): Located {
  const data = isObject(input.value) ? input.value.data : undefined
  const list: Located = Array.isArray(data) ? { value: data, path: 'data' } : input
  if (!Array.isArray(list.value)) {
    if (number === undefined || number === 1) return input
    throw refused(list, `has one case, so there is no case ${number}`, 'Leave the number out.')
  }
  const cases = list.value as unknown[]
  if (number === undefined && cases.length !== 1)
    throw refused(list, `has ${cases.length} cases`, 'Choose one by its number, counted from 1 (`--case 1`).')
  const index = (number ?? 1) - 1
  if (!(index in cases))
    throw refused(list, `has ${cases.length} cases, so there is no case ${number}`, 'Choose another.')
  return { value: cases[index], path: `${list.path}[${index}]` }
}

/** Returns the fields of a record, which are in `data` or in the record itself. */
function fieldsOf(whole: Located): Located<Members> {
  const { value, path } = whole
  if (!isObject(value))
    throw refused(whole, 'is no object', 'Give the JSON of one case, as Primero exports it.')
  return isObject(value.data) ? { value: value.data, path: memberOf(path, 'data') } : { value, path }
}

/** Rejects values that JSON cannot represent, such as a Date object, because their loss could not be reported. */
function refuseForeign({ value, path }: Located): void {
  let left = MOST_VALUES
  for (const _ of leavesOf(value, path)) {
    left -= 1
    if (left < 0)
      throw new RexError('LIMIT_EXCEEDED', `The case has more than ${MOST_VALUES} values.`, {
        path,
        hint: 'Export fewer forms of the case.',
      })
  }
  const foreign = foreignPath(value, path)
  if (foreign !== undefined)
    throw refused(
      { path: foreign },
      'is no JSON',
      'Give plain JSON: texts, numbers, true, false, lists and objects.',
    )
}

function foreignPath(value: unknown, path: string): string | undefined {
  if (Array.isArray(value)) return firstOf(value.map((entry, i) => foreignPath(entry, `${path}[${i}]`)))
  if (typeof value !== 'object' || value === null) return undefined
  if (Object.getPrototypeOf(value) !== Object.prototype) return path
  return firstOf(Object.entries(value).map(([name, member]) => foreignPath(member, memberOf(path, name))))
}

const firstOf = (paths: readonly (string | undefined)[]) => paths.find((path) => path !== undefined)

function noCase({ value, path }: Located<Members>): RexError {
  const isReferral = 'kind' in value && 'triage' in value
  const hint = isReferral
    ? 'This is a referral already: send it as it is.'
    : 'Give the JSON of one case, as Primero exports it, with fields such as name_first or age.'
  return refused({ path }, 'has no field of a Primero case', hint)
}

function refused({ path }: Pick<Located, 'path'>, message: string, hint: string): RexError {
  return new RexError('MALFORMED', `${path || 'The input'} ${message}.`, { path, hint })
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
