// Checks a value against its description: every problem with its path. docs/spec/referral.md, "Validation"
import { FORMATS, matches } from './format.ts'
import { codeEntry, LISTS } from './lists.ts'
import type { Node, ObjectNode, Rule } from './node.ts'
import { at, closest, type Problem, problem } from './problem.ts'

/** How strictly codes are checked: refused for what is written here, kept for what others sent. */
export type UnknownCodes = 'refuse' | 'keep'

type Of<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>

const CODE_LENGTH = 64

/** The problems of a value, in the order of its fields. */
export function check(node: Node, value: unknown, path: string, codes: UnknownCodes): Problem[] {
  switch (node.kind) {
    case 'text':
      return checkText(node, value, path)
    case 'code':
      return checkCode(node, value, path, codes)
    case 'choice':
      return node.values.includes(value as string)
        ? []
        : [problem(path, `must be one of ${node.values.join(', ')}`, suggest(value, node.values))]
    case 'flag':
      return typeof value === 'boolean' ? [] : [problem(path, 'must be true or false')]
    case 'integer':
      return checkInteger(node, value, path)
    case 'list':
      return checkList(node, value, path, codes)
    case 'absent':
      return checkAbsent(node, value, path, codes)
    case 'object':
      return checkObject(node, value, path, codes)
  }
}

function checkText({ format, max }: Of<'text'>, value: unknown, path: string): Problem[] {
  if (typeof value !== 'string') return [problem(path, 'must be text')]
  if (value === '') return [problem(path, 'must not be empty; leave the field out if it is not known')]
  if (value.length > max * 2 || [...value].length > max)
    return [problem(path, `must have at most ${max} characters`)]
  return matches(format, value) ? [] : [problem(path, `must be ${FORMATS[format].says}`)]
}

function checkCode({ list }: Of<'code'>, value: unknown, path: string, codes: UnknownCodes): Problem[] {
  const shape = checkText({ kind: 'text', format: 'code', max: CODE_LENGTH }, value, path)
  if (shape.length > 0 && (codes === 'keep' || typeof value !== 'string')) return shape
  if (codes === 'keep' || codeEntry(list, value as string) !== undefined) return []
  const known = LISTS[list].entries.map(({ code }) => code)
  return [problem(path, `must be a code of the list ${list}`, suggest(value, known))]
}

function checkInteger({ min, max }: Of<'integer'>, value: unknown, path: string): Problem[] {
  const whole = Number.isSafeInteger(value) && !Object.is(value, -0)
  return whole && (value as number) >= min && (value as number) <= max
    ? []
    : [problem(path, `must be a whole number from ${min} to ${max}`)]
}

function checkList({ of, max }: Of<'list'>, value: unknown, path: string, codes: UnknownCodes): Problem[] {
  if (!Array.isArray(value)) return [problem(path, 'must be a list')]
  if (value.length === 0) return [problem(path, 'must not be empty; leave the field out if there is nothing')]
  if (value.length > max) return [problem(path, `must have at most ${max} entries`)]
  return Array.from(value, (entry, i) => check(of, entry, `${path}[${i}]`, codes)).flat()
}

function checkAbsent({ fields }: Of<'absent'>, value: unknown, path: string, codes: UnknownCodes): Problem[] {
  if (!isPlain(value)) return [problem(path, 'must be an object of field names and reasons')]
  const entries = Object.entries(value)
  if (entries.length === 0)
    return [problem(path, 'must not be empty; leave the field out if there is nothing')]
  return entries.flatMap(([name, reason]) =>
    fields.includes(name)
      ? checkCode({ kind: 'code', list: 'absence' }, reason, at(path, name), codes)
      : [problem(at(path, name), 'is not a field that may be absent for a reason', suggest(name, fields))],
  )
}

function checkObject(node: ObjectNode, value: unknown, path: string, codes: UnknownCodes): Problem[] {
  if (!isPlain(value)) return [problem(path, 'must be an object')]
  const names = Object.keys(node.fields)
  const present = Object.keys(value).filter((name) => value[name] !== undefined)
  return [
    ...present
      .filter((name) => !names.includes(name))
      .map((name) => problem(at(path, name), 'is not a known field', suggest(name, names))),
    ...names.flatMap((name) => checkField(node, name, value, { path, codes })),
    ...(node.rule ? checkRule(node.rule, present, path) : []),
    ...checkReasons(value, present, path),
  ]
}

interface Place {
  readonly path: string
  readonly codes: UnknownCodes
}

function checkField(node: ObjectNode, name: string, value: Members, { path, codes }: Place): Problem[] {
  const field = node.fields[name]
  const member = Object.hasOwn(value, name) ? value[name] : undefined
  if (field === undefined) return []
  if (member === undefined) return field.required === true ? [problem(at(path, name), 'is required')] : []
  return check(field, member, at(path, name), codes)
}

function checkRule(rule: Rule, present: readonly string[], path: string): Problem[] {
  const [names, exactly] = 'exactlyOne' in rule ? [rule.exactlyOne, true] : [rule.atLeastOne, false]
  const count = names.filter((name) => present.includes(name)).length
  if (count === 1 || (count > 1 && !exactly)) return []
  return [problem(path, `must have ${exactly ? 'exactly' : 'at least'} one of ${names.join(', ')}`)]
}

/** A reason for absence beside a value is a contradiction. */
function checkReasons(value: Members, present: readonly string[], path: string): Problem[] {
  if (!isPlain(value.absent)) return []
  return Object.keys(value.absent)
    .filter((name) => name !== 'absent' && present.includes(name))
    .map((name) => problem(at(at(path, 'absent'), name), 'gives a reason for a field that has a value'))
}

type Members = Readonly<Record<string, unknown>>

/** Objects as JSON makes them: no class instances, no lists (T-057). */
function isPlain(value: unknown): value is Members {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function suggest(value: unknown, candidates: readonly string[]): string | undefined {
  return typeof value === 'string' ? closest(value, candidates) : undefined
}
