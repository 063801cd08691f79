// Values in the steps of a case: resolves references, generates values, and compares results with expectations. docs/guide/conformance.md
import { randomBytes } from 'node:crypto'
import { BadFile } from '../../suite/read.ts'

/** Results of earlier steps by name. */
export type Names = ReadonlyMap<string, unknown>

/** Number of characters after which a report truncates bytes and texts. */
const LONGEST = 80

type Members = Readonly<Record<string, unknown>>

/** Generators of values such as `{ "random": 16 }`, which are resolved when the step runs. */
const MADE: Readonly<Record<string, (size: number, nowMs: number) => unknown>> = {
  random: (size) => randomBytes(size),
  zeros: (size) => new Uint8Array(size),
  now: (aheadMs, nowMs) => nowMs + aheadMs,
  text: (size) => 'x'.repeat(size),
}

/** Replaces references and generators in a value. `$name.member` refers to a result; `$$` stands for a leading `$`. `nowMs`: the suite's time. @throws BadFile */
export function resolve(value: unknown, names: Names, nowMs = Date.now()): unknown {
  if (typeof value === 'string') return value.startsWith('$') ? referred(value, names) : value
  if (Array.isArray(value)) return value.flatMap((entry) => repeated(entry, names, nowMs))
  if (!isMembers(value)) return value
  const [key = '', ...others] = Object.keys(value)
  if (others.length === 0 && Object.hasOwn(MADE, key)) return MADE[key]?.(Number(value[key]), nowMs)
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, resolve(member, names, nowMs)]),
  )
}

/** Expands `{ "times": 3, "of": … }` in a list to three entries, and resolves each entry separately. */
function repeated(entry: unknown, names: Names, nowMs: number): unknown[] {
  if (!isMembers(entry) || !('times' in entry)) return [resolve(entry, names, nowMs)]
  return Array.from({ length: Number(entry.times) }, () => resolve(entry.of, names, nowMs))
}

function referred(reference: string, names: Names): unknown {
  if (reference.startsWith('$$')) return reference.slice(1)
  const [name = '', ...path] = reference.slice(1).split('.')
  if (!names.has(name)) throw new BadFile(`No earlier step is named ${name}.`)
  return path.reduce<unknown>((value, member) => (value as Members | undefined)?.[member], names.get(name))
}

/** Flattens a message: each choice (`oneof`) becomes a member. Bytes stay bytes. */
export function flattened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flattened)
  if (!isMembers(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (member === undefined) return []
      if (!isMembers(member) || !('$case' in member)) return [[name, flattened(member)]]
      return [[String(member.$case), flattened(member.value)]]
    }),
  )
}

/** Makes the field `content` of a request from a message whose only member is the choice. */
export function choice(message: Members): { content?: { $case: string; value: unknown } } {
  const [entry] = Object.entries(message)
  return entry === undefined ? {} : { content: { $case: entry[0], value: entry[1] } }
}

/** Rules that an expectation may have in place of a value. */
const RULES: Readonly<Record<string, (wanted: unknown, got: unknown) => boolean>> = {
  not: (wanted, got) => !matches(wanted, got),
  any: (wanted, got) => (wanted as unknown[]).some((one) => matches(one, got)),
  length: (wanted, got) => (got as ArrayLike<unknown> | undefined)?.length === wanted,
  contains: (wanted, got) => typeof got === 'string' && got.includes(String(wanted)),
  atLeast: (wanted, got) => Number(got) >= Number(wanted),
  atMost: (wanted, got) => Number(got) <= Number(wanted),
  has: (wanted, got) => Array.isArray(got) && got.some((one) => matches(wanted, one)),
}

/** Returns whether a result is as expected. Members that `wanted` lacks are ignored; `*` matches any present value, null an absent one. */
export function matches(wanted: unknown, got: unknown): boolean {
  if (wanted === '*') return got !== undefined
  if (wanted === null) return got === undefined
  if (!isMembers(wanted) && (isBytes(wanted) || isBytes(got))) return textOf(wanted) === textOf(got)
  if (Array.isArray(wanted))
    return (
      Array.isArray(got) && got.length === wanted.length && wanted.every((one, i) => matches(one, got[i]))
    )
  if (!isMembers(wanted)) return wanted === got
  return Object.entries(wanted).every(([name, value]) => {
    const rule = RULES[name]
    return rule ? rule(value, got) : matches(value, isMembers(got) ? got[name] : undefined)
  })
}

/** Formats a value for people as JSON, with bytes in base64url and long values truncated. */
export function inWords(value: unknown): string {
  return JSON.stringify(value, function (this: Members, name, member) {
    // Read the raw value, because JSON.stringify has already turned a Buffer into an object.
    const raw = this[name]
    const text = isBytes(raw) ? textOf(raw) : member
    return typeof text === 'string' && text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  })
}

function textOf(value: unknown): unknown {
  return isBytes(value) ? Buffer.from(value).toString('base64url') : value
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isBytes(value)
}
