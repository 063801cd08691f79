// Checks a value against its description and reports every problem with its path. docs/spec/referral.md, "Validation"

import { type Place, pathOf } from '../../input/path.ts'
import { isLonger } from '../../input/text.ts'
import { codesOf, knownCode } from '../codes/codes.ts'
import { closest, PROBLEMS_REPORTED, type Problem } from '../problem.ts'
import { FORMATS, matches } from '../schema/format.ts'
import type { Node, ObjectNode, Rule } from '../schema/node.ts'
import { choiceMeant, codeMeant, fieldMeant, listMeant } from './meant.ts'
import { refanged } from './refanged.ts'

/** Treatment of unknown codes: `refuse` for our own input, `keep` for input from others. */
export type UnknownCodes = 'refuse' | 'keep'

/** Returns the problems of a value located at `path`. */
export function check(node: Node, value: unknown, path: string, codes: UnknownCodes): Problem[] {
  const report = { codes, problems: [] }
  inspect(node, value, { report, place: path === '' ? undefined : { step: path, within: undefined } })
  return report.problems
}

type Of<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>
type Members = Readonly<Record<string, unknown>>

/** Problems found. */
interface Report {
  readonly codes: UnknownCodes
  readonly problems: Problem[]
}

/** Current position. */
interface Here {
  readonly report: Report
  readonly place: Place | undefined
}

/** Fault of a value itself. */
type Fault = Omit<Problem, 'path'>

const CODE: Of<'text'> = { kind: 'text', format: 'code', max: 64 }
/** Messages show all codes of a list if the codes have at most this many characters in total. */
const CODES_SHOWN = 120
const FIELDS_SHOWN = 6
const ABSENCE: Of<'code'> = { kind: 'code', list: 'absence' }

function inspect(node: Node, value: unknown, here: Here): void {
  const fault = value === null ? NULL : faultOf(node, value, here)
  if (fault !== undefined) here.report.problems.push({ path: pathOf(here.place), ...fault })
}

/** Returns the fault of a value itself. Faults of its members are recorded at the members' positions. */
function faultOf(node: Node, value: unknown, here: Here): Fault | undefined {
  switch (node.kind) {
    case 'text':
      return textFault(node, value)
    case 'code':
      return codeFault(node, value, here)
    case 'choice':
      return choiceFault(node, value)
    case 'flag':
      return typeof value === 'boolean'
        ? undefined
        : (listed(value) ?? fault(`must be true or false${quoted(value)}`))
    case 'integer':
      return integerFault(node, value)
    case 'list':
      return listFault(node, value, here)
    case 'absent':
      return absentFault(node, value, here)
    case 'object':
      return objectFault(node, value, here)
    case 'checked': {
      const message = node.fault(value)
      return message === undefined ? undefined : fault(message)
    }
  }
}

const NULL: Fault = { message: 'must not be null; omit the field if it is unknown' }

function fault(message: string, suggestion?: string): Fault {
  return { message, ...(suggestion !== undefined && { suggestion }) }
}

function textFault({ format, max }: Of<'text'>, value: unknown): Fault | undefined {
  const form = FREE.has(format) ? undefined : FORMATS[format].says
  if (typeof value !== 'string')
    return listed(value) ?? fault(form === undefined ? 'must be text' : `must be text: ${form}`)
  if (value === '') return fault('must not be empty; omit the field if it is unknown')
  if (isLonger(value, max))
    return fault(
      form !== undefined && max < SHORT ? `must be ${form}` : `must have at most ${max} characters`,
    )
  if (matches(format, value)) return undefined
  if (TIMED.has(format) && LOCAL_TIME.test(value)) return fault(NO_ZONE)
  // The URL itself must not stand in an error.
  const asItIs = format === 'url' && matches(format, refanged(value)) ? ', as it is, not defanged' : ''
  return fault(`must be ${FORMATS[format].says}${asItIs}`)
}

/** Returns the fault if a list stands in place of a single value. */
function listed(value: unknown): Fault | undefined {
  return Array.isArray(value) ? fault('expected one value, found a list') : undefined
}

/** Formats of free text. */
const FREE: ReadonlySet<string> = new Set(['prose', 'name', 'line'])
/** A text that exceeds a limit below this is probably of the wrong form, so the message states the form instead of the limit. */
const SHORT = 100
const TIMED: ReadonlySet<string> = new Set(['instant', 'partial-date'])
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?([+-]\d{4})?$/
const NO_ZONE = 'must state its zone, as in "2026-05-09T14:30:00+02:00", or in "2026-05-09T12:30:00Z" for UTC'

function codeFault({ list }: Of<'code'>, value: unknown, { report: { codes } }: Here): Fault | undefined {
  if (codes === 'keep' || typeof value !== 'string') return textFault(CODE, value)
  if (knownCode(list, value)) return undefined
  const reason = knownCode('absence', value) && '; a reason for having no value belongs in "absent"'
  const all = codesOf(list).join(', ')
  const codesShown = all.length <= CODES_SHOWN ? `: ${all}` : ''
  return fault(`must be a code of the list ${list}${reason || codesShown}`, codeMeant(list, value))
}

/** Returns a remark if a number or Boolean was written as text. */
function quoted(value: unknown): string {
  return typeof value === 'string' && /^(true|false|\d{1,16})$/.test(value) ? ', without quotation marks' : ''
}

function choiceFault({ values }: Of<'choice'>, value: unknown): Fault | undefined {
  const chosen = typeof value === 'string' ? value : ''
  return values.includes(chosen)
    ? undefined
    : fault(`must be one of ${values.join(', ')}`, choiceMeant(values, chosen))
}

function integerFault({ min, max }: Of<'integer'>, value: unknown): Fault | undefined {
  const whole = Number.isSafeInteger(value) && !Object.is(value, -0)
  return whole && (value as number) >= min && (value as number) <= max
    ? undefined
    : fault(`must be a whole number from ${min} to ${max}${quoted(value)}`)
}

function listFault(
  { of, max, mayBeEmpty = false }: Of<'list'>,
  value: unknown,
  here: Here,
): Fault | undefined {
  if (!Array.isArray(value))
    return fault(value === undefined ? 'must be a list' : 'must be a list, even of one entry: [ … ]')
  if (value.length === 0 && !mayBeEmpty) return fault('must not be empty; omit the field if there is nothing')
  if (value.length > max) return fault(`must have at most ${max} entries${MORE[pathOf(here.place)] ?? ''}`)
  for (let i = 0; i < value.length; i++) inspect(of, value[i], within(here, i))
  return undefined
}

/** Advice about lists that are often too long, by path. */
const MORE: Readonly<Record<string, string>> = {
  items: '; `rex-desk split` divides the referral into a group',
}

function absentFault({ fields }: Of<'absent'>, value: unknown, here: Here): Fault | undefined {
  if (!isPlain(value)) return fault('must be an object of field names and reasons')
  const names = Object.keys(value)
  for (const name of names.slice(0, PROBLEMS_REPORTED)) {
    if (fields.includes(name)) inspect(ABSENCE, value[name], within(here, name))
    else add(here, name, fault('is not a field that may be absent for a reason', closest(name, fields)))
  }
  return names.length > 0 ? undefined : fault('must not be empty; omit the field if there is nothing')
}

function objectFault(node: ObjectNode, value: unknown, here: Here): Fault | undefined {
  if (!isPlain(value)) return fault(`must be an object${fieldsShown(node)}`)
  const strange = Object.keys(value).filter(
    (name) => isPresent(value, name) && !Object.hasOwn(node.fields, name),
  )
  for (const name of strange.slice(0, PROBLEMS_REPORTED)) {
    add(here, name, fault('is not a known field', fieldMeant(node.name, name, Object.keys(node.fields))))
  }
  for (const name in node.fields) inspectField(node, name, { value, here })
  if (isPlain(value.absent)) inspectReasons(value.absent, value, within(here, 'absent'))
  return node.rule === undefined ? undefined : ruleFault(node.rule, value)
}

/** Lists the fields that an object can have, required fields first. */
function fieldsShown({ fields }: Of<'object'>): string {
  const needed = (name: string) => Number(fields[name]?.required === true)
  const names = Object.keys(fields).sort((a, b) => needed(b) - needed(a))
  const shown = names.slice(0, FIELDS_SHOWN).join(', ')
  return names.length === 0 ? '' : ` with ${shown}${names.length > FIELDS_SHOWN ? ', …' : ''}`
}

function inspectField(node: ObjectNode, name: string, { value, here }: { value: Members; here: Here }): void {
  const field = node.fields[name] as ObjectNode['fields'][string]
  const meant = Array.isArray(value[name]) && field.kind !== 'list' ? listMeant(node.name, name) : undefined
  if (meant !== undefined) add(here, name, fault('expected one value, found a list', meant))
  else if (isPresent(value, name)) inspect(field, value[name], within(here, name))
  else if (field.required === true) add(here, name, fault(REQUIRED[`${node.name}.${name}`] ?? 'is required'))
}

/** Messages about fields that are often missing, by type and name. */
const REQUIRED: Readonly<Record<string, string>> = {
  'Urgency.reason': 'is required; a day or time without urgency is triage.neededBy',
}

function ruleFault(rule: Rule, value: Members): Fault | undefined {
  const [names, exactly] = 'exactlyOne' in rule ? [rule.exactlyOne, true] : [rule.atLeastOne, false]
  const count = names.filter((name) => isPresent(value, name)).length
  if (count === 1 || (count > 1 && !exactly)) return undefined
  return fault(`must have ${exactly ? 'exactly' : 'at least'} one of ${names.join(', ')}`)
}

/** Records absence reasons for fields that have a value, because these contradict each other. */
function inspectReasons(reasons: Members, value: Members, here: Here): void {
  for (const name of Object.keys(reasons).slice(0, PROBLEMS_REPORTED)) {
    if (isPresent(value, name)) add(here, name, fault('gives a reason for a field that has a value'))
  }
}

function isPresent(value: Members, name: string): boolean {
  return Object.hasOwn(value, name) && value[name] !== undefined
}

/** Records a fault of a member. The name may be any text, so the path quotes it if necessary. */
function add(here: Here, name: string, found: Fault): void {
  here.report.problems.push({ path: pathOf(within(here, name).place), ...found })
}

function within({ report, place }: Here, step: string | number): Here {
  return { report, place: { step, within: place } }
}

/** Whether a value is an object as JSON produces it, not a class instance or list (T-057). */
export function isPlain(value: unknown): value is Members {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
