// Forms convert values of another system to values of a referral and back. docs/spec/referral.md, "Other systems"

import { isLonger } from '../core/input/text.ts'
import { type FormatName, matches } from '../core/referral/formats.ts'
import { guard } from '../core/referral/index.ts'
import type { Converted, Why } from './conversion.ts'

/** Converts the values of a field: `to` converts a value of the other system for a referral, `from` converts it back. */
export interface Form {
  readonly to: (value: unknown) => Converted
  readonly from: (value: unknown) => Converted
}

export const INVALID: Why = {
  code: 'invalid',
  message: 'The value is not of the kind that this field needs.',
}
export const UNKNOWN: Why = {
  code: 'unknown-code',
  message: 'The other side has no such code. Choose one by hand, or say it in the narrative.',
}
export const CHANGED: Why = {
  code: 'changed',
  message: 'It was carried over, but comes back in another form.',
}
export const MEDIA: Why = {
  code: 'media',
  message:
    'Pictures, recordings and documents are never carried. Keep them in your system, and refer to them.',
}
export const NO_ROOM: Why = { code: 'one-only', message: 'There is no room for so many.' }

/** Maximum number of characters of a text that is searched for media. No field permits a longer text. */
const SEARCHED = 100_000

/** Makes a form for a text in a format, with at most `max` characters. Numbers are converted to texts. */
export function text(format: FormatName, max: number): Form {
  const to = (value: unknown): Converted => {
    const plain = typeof value === 'number' && Number.isFinite(value) ? String(value) : value
    if (typeof plain !== 'string') return { why: INVALID }
    if (guard([plain.slice(0, SEARCHED)]) !== undefined) return { why: MEDIA }
    return !isLonger(plain, max) && matches(format, plain) ? { value: plain } : { why: INVALID }
  }
  return { to, from: (value) => ({ value }) }
}

/** Converts a value to a text. Returns undefined for objects and lists. */
export function written(value: unknown): string | undefined {
  return typeof value === 'object' || value === undefined ? undefined : String(value)
}

/** Form for yes or no, which may also be given as a text. */
export const flag: Form = {
  to: (value) =>
    written(value) === 'true' || written(value) === 'false'
      ? { value: written(value) === 'true' }
      : { why: INVALID },
  from: (value) => ({ value }),
}

/** Makes a form for a whole number within bounds, which may also be given as a text. */
export function integer(min: number, max: number): Form {
  const to = (value: unknown): Converted => {
    const number = typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : value
    const holds = typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
    return holds ? { value: number } : { why: INVALID }
  }
  return { to, from: (value) => ({ value }) }
}

/** Makes a form that translates values by a table. If several values of the other system mean the same, `from` returns the first. */
export function table(pairs: readonly (readonly [theirs: string, ours: unknown])[]): Form {
  const ours = new Map(pairs)
  const theirs = new Map(pairs.toReversed().map(([left, right]) => [right, left]))
  return {
    to: (value) => {
      const found = ours.get(written(value) ?? '')
      if (found === undefined) return { why: UNKNOWN }
      return { value: found, ...(theirs.get(found) !== value && { why: CHANGED }) }
    },
    from: (value) => {
      const found = theirs.get(value)
      return found === undefined ? { why: UNKNOWN } : { value: found }
    },
  }
}

/** Makes a form for free text in this language, a BCP 47 tag. Default: `und` (undetermined). */
export function prose(language = 'und'): Form {
  const { to } = text('prose', 20_000)
  return {
    to: (value) => {
      const { value: plain, why } = to(value)
      return why === undefined ? { value: { text: plain, language } } : { why }
    },
    from: (value) => {
      const { text: plain, language: spoken } = value as { text: string; language: string }
      return { value: plain, ...(spoken !== 'und' && { inside: new Map([['.language', NO_LANGUAGE]]) }) }
    },
  }
}
const NO_LANGUAGE: Why = {
  code: 'no-field',
  message: 'The other side has no field for the language of a text.',
}

/** Makes a form for a list of at most `max` values. A single value counts as a list of one. */
export function many(form: Form, max = 16): Form {
  const convert = (one: (value: unknown) => Converted, value: unknown): Converted => {
    if (!Array.isArray(value)) return listOf(one(value))
    const made: unknown[] = []
    const inside = new Map<string, Why>()
    for (const [i, entry] of value.entries()) {
      const result = made.length < max ? one(entry) : { why: NO_ROOM }
      if (result.value !== undefined) made.push(result.value)
      if (result.why !== undefined) inside.set(`[${i}]`, result.why)
      for (const [path, why] of result.inside ?? []) inside.set(`[${i}]${path}`, why)
    }
    return { inside, ...(made.length > 0 && { value: made }) }
  }
  return { to: (value) => convert(form.to, value), from: (value) => convert(form.from, value) }
}

function listOf({ value, ...rest }: Converted): Converted {
  return value === undefined ? rest : { ...rest, value: [value] }
}

/** Makes a form that carries only the first value of a list, because the field of the referral has space for only one. */
export function first(form: Form): Form {
  return {
    to: (value) => {
      const [head, ...others] = Array.isArray(value) ? value : [value]
      const result = form.to(head)
      if (!Array.isArray(value)) return result
      const { why, ...made } = result
      const lost = others.map((_, i): [string, Why] => [`[${i + 1}]`, NO_ROOM])
      return { ...made, inside: new Map([...(why ? [['[0]', why] as const] : []), ...lost]) }
    },
    from: (value) => listOf(form.from(value)),
  }
}

/**
 * Makes a form that converts a single value to a list with this value. In the other direction, the form converts the first value of the list that
 * `form` can convert.
 */
export function only(form: Form): Form {
  return {
    to: (value) => listOf(form.to(value)),
    from: (value) => {
      const results = (value as unknown[]).map(form.from)
      const index = results.findIndex((result) => result.value !== undefined)
      const others = results.flatMap(({ why = NO_ROOM }, i): [string, Why][] =>
        i === index ? [] : [[`[${i}]`, why]],
      )
      return { ...results[index], inside: new Map(others) }
    },
  }
}

/** Makes a form that converts yes and no of the other system to the values `yes` and `no` of a referral. */
export function flagAs(yes: unknown, no: unknown): Form {
  return {
    to: (value) => {
      const { value: flagged, why } = flag.to(value)
      return why === undefined ? { value: flagged === true ? yes : no } : { why }
    },
    from: (value) => (value === yes || value === no ? { value: value === yes } : { why: UNKNOWN }),
  }
}

const LINE = text('name', 200)

/** Form that splits a text of the other system into a list of its lines. */
export const lines: Form = {
  to: (value) => {
    if (typeof value !== 'string') return { why: INVALID }
    const list = value.split(/\r\n|\n|\r/).filter((line) => line !== '')
    if (list.length > 16) return { why: NO_ROOM }
    const [fault] = list.flatMap((line) => LINE.to(line).why ?? [])
    if (fault !== undefined) return { why: fault }
    return { value: list, ...(list.join('\n') !== value && { why: CHANGED }) }
  },
  from: (value) => ({ value: (value as string[]).join('\n') }),
}
