// Checks a value against its description: every problem with its path. docs/spec/referral.md, "Validation"

import { codeEntry, LISTS } from '../lists.ts'
import { at, closest, PROBLEMS_REPORTED, type Problem } from '../problem.ts'
import { FORMATS, matches } from '../schema/format.ts'
import type { Node, ObjectNode, Rule } from '../schema/node.ts'

/** How strictly codes are checked: refused for what is written here, kept for what others sent. */
export type UnknownCodes = 'refuse' | 'keep'

/** The problems of a value. */
export function check(node: Node, value: unknown, path: string, codes: UnknownCodes): Problem[] {
  const problems: Problem[] = []
  inspect(node, value, { path, codes, problems })
  return problems
}

type Of<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>
type Members = Readonly<Record<string, unknown>>

/** Where we are, and what was found. */
interface Place {
  readonly path: string
  readonly codes: UnknownCodes
  readonly problems: Problem[]
}

/** What is wrong with a value itself. */
type Fault = Omit<Problem, 'path'>

const CODE: Of<'text'> = { kind: 'text', format: 'code', max: 64 }
const ABSENCE: Of<'code'> = { kind: 'code', list: 'absence' }

function inspect(node: Node, value: unknown, place: Place): void {
  const fault = faultOf(node, value, place)
  if (fault !== undefined) place.problems.push({ path: place.path, ...fault })
}

/** The fault of a value; the faults of what it contains go to the place. */
function faultOf(node: Node, value: unknown, place: Place): Fault | undefined {
  switch (node.kind) {
    case 'text':
      return textFault(node, value)
    case 'code':
      return codeFault(node, value, place)
    case 'choice':
      return choiceFault(node, value)
    case 'flag':
      return typeof value === 'boolean' ? undefined : fault('must be true or false')
    case 'integer':
      return integerFault(node, value)
    case 'list':
      return listFault(node, value, place)
    case 'absent':
      return absentFault(node, value, place)
    case 'object':
      return objectFault(node, value, place)
  }
}

function fault(message: string, suggestion?: string): Fault {
  return { message, ...(suggestion !== undefined && { suggestion }) }
}

function textFault({ format, max }: Of<'text'>, value: unknown): Fault | undefined {
  if (typeof value !== 'string') return fault('must be text')
  if (value === '') return fault('must not be empty; leave the field out if it is not known')
  if (isLonger(value, max)) return fault(`must have at most ${max} characters`)
  return matches(format, value) ? undefined : fault(`must be ${FORMATS[format].says}`)
}

/** Whether a text has more than `max` code points. */
function isLonger(text: string, max: number): boolean {
  return text.length > max && (text.length > max * 2 || [...text].length > max)
}

function codeFault({ list }: Of<'code'>, value: unknown, { codes }: Place): Fault | undefined {
  if (codes === 'keep' || typeof value !== 'string') return textFault(CODE, value)
  if (codeEntry(list, value) !== undefined) return undefined
  const known = LISTS[list].entries.map(({ code }) => code)
  return fault(`must be a code of the list ${list}`, closest(value, known))
}

function choiceFault({ values }: Of<'choice'>, value: unknown): Fault | undefined {
  const chosen = typeof value === 'string' ? value : ''
  return values.includes(chosen)
    ? undefined
    : fault(`must be one of ${values.join(', ')}`, closest(chosen, values))
}

function integerFault({ min, max }: Of<'integer'>, value: unknown): Fault | undefined {
  const whole = Number.isSafeInteger(value) && !Object.is(value, -0)
  return whole && (value as number) >= min && (value as number) <= max
    ? undefined
    : fault(`must be a whole number from ${min} to ${max}`)
}

function listFault({ of, max }: Of<'list'>, value: unknown, place: Place): Fault | undefined {
  if (!Array.isArray(value)) return fault('must be a list')
  if (value.length === 0) return fault('must not be empty; leave the field out if there is nothing')
  if (value.length > max) return fault(`must have at most ${max} entries`)
  for (let i = 0; i < value.length; i++) inspect(of, value[i], { ...place, path: `${place.path}[${i}]` })
  return undefined
}

function absentFault({ fields }: Of<'absent'>, value: unknown, place: Place): Fault | undefined {
  if (!isPlain(value)) return fault('must be an object of field names and reasons')
  const names = Object.keys(value)
  for (const name of names.slice(0, PROBLEMS_REPORTED)) {
    if (fields.includes(name)) inspect(ABSENCE, value[name], within(place, name))
    else report(place, name, fault('is not a field that may be absent for a reason', closest(name, fields)))
  }
  return names.length > 0 ? undefined : fault('must not be empty; leave the field out if there is nothing')
}

function objectFault(node: ObjectNode, value: unknown, place: Place): Fault | undefined {
  if (!isPlain(value)) return fault('must be an object')
  const strange = Object.keys(value).filter(
    (name) => isPresent(value, name) && !Object.hasOwn(node.fields, name),
  )
  for (const name of strange.slice(0, PROBLEMS_REPORTED)) {
    report(place, name, fault('is not a known field', closest(name, Object.keys(node.fields))))
  }
  for (const name in node.fields) inspectField(node, name, { value, place })
  if (isPlain(value.absent)) inspectReasons(value.absent, value, within(place, 'absent'))
  return node.rule === undefined ? undefined : ruleFault(node.rule, value)
}

function inspectField(
  node: ObjectNode,
  name: string,
  { value, place }: { value: Members; place: Place },
): void {
  const field = node.fields[name] as ObjectNode['fields'][string]
  if (isPresent(value, name)) inspect(field, value[name], within(place, name))
  else if (field.required === true) report(place, name, fault('is required'))
}

function ruleFault(rule: Rule, value: Members): Fault | undefined {
  const [names, exactly] = 'exactlyOne' in rule ? [rule.exactlyOne, true] : [rule.atLeastOne, false]
  const count = names.filter((name) => isPresent(value, name)).length
  if (count === 1 || (count > 1 && !exactly)) return undefined
  return fault(`must have ${exactly ? 'exactly' : 'at least'} one of ${names.join(', ')}`)
}

/** A reason for absence beside a value is a contradiction. */
function inspectReasons(reasons: Members, value: Members, place: Place): void {
  for (const name of Object.keys(reasons).slice(0, PROBLEMS_REPORTED)) {
    if (isPresent(value, name)) report(place, name, fault('gives a reason for a field that has a value'))
  }
}

function isPresent(value: Members, name: string): boolean {
  return Object.hasOwn(value, name) && value[name] !== undefined
}

/** Records a fault of a member, whose name may be anything. */
function report({ path, problems }: Place, name: string, found: Fault): void {
  problems.push({ path: at(path, name), ...found })
}

/** The place of a field of the schema. */
function within(place: Place, name: string): Place {
  return { ...place, path: place.path === '' ? name : `${place.path}.${name}` }
}

/** Objects as JSON makes them: no class instances, no lists (T-057). */
function isPlain(value: unknown): value is Members {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
