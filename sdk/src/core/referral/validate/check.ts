// Checks a value against its description and reports every problem with its path. docs/spec/referral.md, "Validation"

import { type Place, pathOf } from '../../input/path.ts'
import { isLonger } from '../../input/text.ts'
import { codesOf, knownCode } from '../codes/codes.ts'
import { matches } from '../formats.ts'
import { closest } from '../messages/closest.ts'
import { PROBLEMS_REPORTED, type Problem, problem } from '../messages/problem.ts'
import type { PROBLEMS } from '../messages/problems.ts'
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

/** The problems found so far, and how to treat unknown codes. */
interface Report {
  readonly codes: UnknownCodes
  readonly problems: Problem[]
}

/** The position of the value that is being checked, and the report that collects its problems. */
interface Here {
  readonly report: Report
  readonly place: Place | undefined
}

/** The fault of a value, without its path. */
interface Fault {
  readonly code: ProblemCode
  readonly values?: Values | undefined
  readonly suggestion?: string | undefined
}

type Values = Problem['values']
type ProblemCode = keyof typeof PROBLEMS

const CODE: Of<'text'> = { kind: 'text', format: 'code', max: 64 }
/** A message shows all codes of a list if these have at most this many characters together. */
const CODES_SHOWN = 120
const FIELDS_SHOWN = 6
const ABSENCE: Of<'code'> = { kind: 'code', list: 'absence' }

function inspect(node: Node, value: unknown, here: Here): void {
  const fault = value === null ? NULL : faultOf(node, value, here)
  if (fault !== undefined) put(here.report, here.place, fault)
}

/** Returns the fault of a value. Records the faults of the value's members, at the positions of these members. */
function faultOf(node: Node, value: unknown, here: Here): Fault | undefined {
  switch (node.kind) {
    case 'text':
      return textFault(node, value)
    case 'code':
      return codeFault(node, value, here)
    case 'choice':
      return choiceFault(node, value)
    case 'flag':
      return typeof value === 'boolean' ? undefined : (listed(value) ?? fault(`boolean${quoted(value)}`))
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
      return message === undefined ? undefined : fault('value', { fault: message })
    }
  }
}

const NULL: Fault = { code: 'null' }

function fault(code: ProblemCode, values?: Values, suggestion?: string): Fault {
  return { code, values, suggestion }
}

function textFault({ format, max }: Of<'text'>, value: unknown): Fault | undefined {
  const form = { form: format }
  const free = FREE.has(format)
  if (typeof value !== 'string') return listed(value) ?? (free ? fault('text') : fault('text-form', form))
  if (value === '') return fault('empty')
  if (isLonger(value, max))
    return free || max >= SHORT ? fault('characters', { max: `${max}` }) : fault('form', form)
  if (matches(format, value)) return undefined
  if (TIMED.has(format) && LOCAL_TIME.test(value)) return fault('zone-missing')
  // The error must not contain the URL that was given.
  return fault(format === 'url' && matches(format, refanged(value)) ? 'form-defanged' : 'form', form)
}

/** Returns a fault if a list was given in place of a single value. */
function listed(value: unknown): Fault | undefined {
  return Array.isArray(value) ? fault('single') : undefined
}

/** Formats of free text. */
const FREE: ReadonlySet<string> = new Set(['prose', 'name', 'line'])
/**
 * If a field allows fewer characters than this, a text that is too long probably has the wrong form altogether. The message then states the
 * form instead of the limit.
 */
const SHORT = 100
const TIMED: ReadonlySet<string> = new Set(['instant', 'partial-date'])
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?([+-]\d{4})?$/

function codeFault({ list }: Of<'code'>, value: unknown, { report: { codes } }: Here): Fault | undefined {
  if (codes === 'keep' || typeof value !== 'string') return textFault(CODE, value)
  if (knownCode(list, value)) return undefined
  const all = codesOf(list).join(', ')
  const known = all.length <= CODES_SHOWN ? 'code-shown' : 'code'
  return fault(
    knownCode('absence', value) ? 'code-absence' : known,
    { list, codes: all },
    codeMeant(list, value),
  )
}

/** Returns the suffix of the problem code if a number or Boolean was written as text. */
function quoted(value: unknown): '-quoted' | '' {
  return typeof value === 'string' && /^(true|false|\d{1,16})$/.test(value) ? '-quoted' : ''
}

function choiceFault({ values }: Of<'choice'>, value: unknown): Fault | undefined {
  const chosen = typeof value === 'string' ? value : ''
  return values.includes(chosen)
    ? undefined
    : fault('choice', { codes: values.join(', ') }, choiceMeant(values, chosen))
}

function integerFault({ min, max }: Of<'integer'>, value: unknown): Fault | undefined {
  const whole = Number.isSafeInteger(value) && !Object.is(value, -0)
  return whole && (value as number) >= min && (value as number) <= max
    ? undefined
    : fault(`integer${quoted(value)}`, { min: `${min}`, max: `${max}` })
}

function listFault(
  { of, max, mayBeEmpty = false }: Of<'list'>,
  value: unknown,
  here: Here,
): Fault | undefined {
  if (!Array.isArray(value)) return fault(value === undefined ? 'list' : 'list-of-one')
  if (value.length === 0 && !mayBeEmpty) return fault('list-empty')
  if (value.length > max)
    return fault(pathOf(here.place) === 'items' ? 'items' : 'entries', { max: `${max}` })
  for (let i = 0; i < value.length; i++) inspect(of, value[i], within(here, i))
  return undefined
}

function absentFault({ fields }: Of<'absent'>, value: unknown, here: Here): Fault | undefined {
  if (!isPlain(value)) return fault('reasons')
  const names = Object.keys(value)
  for (const name of names.slice(0, PROBLEMS_REPORTED)) {
    if (fields.includes(name)) inspect(ABSENCE, value[name], within(here, name))
    else add(here, name, fault('no-reason', undefined, closest(name, fields)))
  }
  return names.length > 0 ? undefined : fault('list-empty')
}

function objectFault(node: ObjectNode, value: unknown, here: Here): Fault | undefined {
  if (!isPlain(value)) return noObject(node)
  const strange = Object.keys(value).filter(
    (name) => isPresent(value, name) && !Object.hasOwn(node.fields, name),
  )
  for (const name of strange.slice(0, PROBLEMS_REPORTED)) {
    add(here, name, fault('unknown-field', undefined, fieldMeant(node.name, name, Object.keys(node.fields))))
  }
  for (const name in node.fields) inspectField(node, name, { value, here })
  if (isPlain(value.absent)) inspectReasons(value.absent, value, within(here, 'absent'))
  return node.rule === undefined ? undefined : ruleFault(node.rule, value)
}

/** Returns the fault of a value that is no object, with the fields that the object can have, required fields first. */
function noObject({ fields }: Of<'object'>): Fault {
  const needed = (name: string) => Number(fields[name]?.required === true)
  const names = Object.keys(fields).sort((a, b) => needed(b) - needed(a))
  const shown = names.slice(0, FIELDS_SHOWN).join(', ')
  return names.length === 0
    ? fault('object')
    : fault('object-with', { fields: `${shown}${names.length > FIELDS_SHOWN ? ', …' : ''}` })
}

function inspectField(node: ObjectNode, name: string, { value, here }: { value: Members; here: Here }): void {
  const field = node.fields[name] as ObjectNode['fields'][string]
  const meant = Array.isArray(value[name]) && field.kind !== 'list' ? listMeant(node.name, name) : undefined
  if (meant !== undefined) add(here, name, fault('single', undefined, meant))
  else if (isPresent(value, name)) inspect(field, value[name], within(here, name))
  else if (field.required === true) add(here, name, fault(REQUIRED[`${node.name}.${name}`] ?? 'required'))
}

/** Problem codes for required fields that are often missing, by type and field name. */
const REQUIRED: Readonly<Record<string, ProblemCode>> = {
  'Urgency.reason': 'urgency-reason',
}

function ruleFault(rule: Rule, value: Members): Fault | undefined {
  const [names, exactly] = 'exactlyOne' in rule ? [rule.exactlyOne, true] : [rule.atLeastOne, false]
  const count = names.filter((name) => isPresent(value, name)).length
  if (count === 1 || (count > 1 && !exactly)) return undefined
  return fault(exactly ? 'exactly-one' : 'at-least-one', { fields: names.join(', ') })
}

/** Records the fault of fields that have both a value and a reason for its absence. */
function inspectReasons(reasons: Members, value: Members, here: Here): void {
  for (const name of Object.keys(reasons).slice(0, PROBLEMS_REPORTED)) {
    if (isPresent(value, name)) add(here, name, fault('reason-beside-value'))
  }
}

function isPresent(value: Members, name: string): boolean {
  return Object.hasOwn(value, name) && value[name] !== undefined
}

/** Records a fault of a member. The name may be any text, so the path quotes it if necessary. */
function add(here: Here, name: string, found: Fault): void {
  put(here.report, within(here, name).place, found)
}

function put({ problems }: Report, place: Place | undefined, { code, values, suggestion }: Fault): void {
  problems.push(problem(pathOf(place), code, values, suggestion))
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
