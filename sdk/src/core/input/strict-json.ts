// Strict JSON: RFC 8259 text that every parser interprets alike. docs/spec/envelope-slots.md, "Strict JSON"

import { at } from './path.ts'
import { RexError } from './refusal.ts'

/** Limits on the size and nesting of a JSON text. */
interface JsonBounds {
  /** Maximum size in bytes. */
  readonly limit: number
  /** Maximum nesting of objects and arrays. Default: 16. */
  readonly depth?: number
}

/** Rules for the values in a JSON text. */
export interface JsonRules {
  /** Maximum nesting of objects and arrays. Default: 16. */
  readonly depth?: number
  /** Maximum members of an object. Default: 256. */
  readonly members?: number
  /** Whether numbers may have decimals, as in JSON from other systems (REX-REF-124). Default: false. */
  readonly decimals?: boolean
}

/** The first part of a JSON text that parsers interpret differently, or that exceeds a limit. */
export interface JsonFault {
  readonly found:
    | 'a forbidden name'
    | 'a repeated name'
    | 'an inexact number'
    | 'a lone surrogate'
    | 'too deep'
    | 'too many members'
  /** Start of the fault, in UTF-16 code units. */
  readonly at: number
  /** Path of the faulty member; empty for the whole text. */
  readonly path: string
  /** The limit that is exceeded. Default: none. */
  readonly limit?: number
}

/** Maximum members of an object. With so few members, names with colliding hashes are harmless (T-058). */
const MEMBERS = 256
const DEPTH = 16
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Tokens of valid JSON that need a further check: strings, names (strings with a colon), numbers, brackets and commas. */
const TOKENS = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|-?\d[\d.eE+-]*|[{}[\],]/g
const WHOLE_NUMBER = /^(?:0|-?[1-9]\d*)$/

/**
 * Parses JSON that every parser interprets alike (REX-JOSE-020, I-JSON of RFC 7493): well-formed UTF-8 without byte order mark, unique
 * names other than `__proto__`, no lone surrogates, and only whole numbers that a double holds exactly. The time is linear in the size.
 * `path` names the text in errors.
 * @throws RexError LIMIT_EXCEEDED if it is larger or deeper than `bounds` or an object has more than 256 members, else MALFORMED
 */
export function parseStrictJson(bytes: Uint8Array, path: string, bounds: JsonBounds): unknown {
  checkLimit(bytes.length, bounds.limit, path)
  const { text, value } = parseJson(bytes, path)
  const fault = jsonFault(text, bounds.depth === undefined ? {} : { depth: bounds.depth })
  if (fault === undefined) return value
  if (fault.limit !== undefined) checkLimit(fault.limit + 1, fault.limit, path)
  throw new RexError('MALFORMED', `${path} has ${fault.found}.`, { path })
}

/** Rejects a value above its limit. @throws RexError LIMIT_EXCEEDED */
export function checkLimit(actual: number, limit: number, path: string): void {
  if (actual <= limit) return
  const metadata = { limit: String(limit), actual: String(actual) }
  throw new RexError('LIMIT_EXCEEDED', `${path} is larger than ${limit}.`, { path, metadata })
}

function parseJson(bytes: Uint8Array, path: string): { text: string; value: unknown } {
  try {
    const text = UTF8.decode(bytes)
    return { text, value: JSON.parse(text) }
  } catch (cause) {
    throw new RexError('MALFORMED', `${path} is not JSON.`, { path, cause })
  }
}

/** An object or list that is still open at this point of the text. */
interface Open {
  /** Member names so far. Undefined for a list. */
  readonly names?: Set<string>
  /** Member name or list index. */
  step: string | number
}

/** Finds the first fault of a text that JSON.parse accepts. The grammar is already checked, so the first character identifies each token. */
export function jsonFault(text: string, rules: JsonRules = {}): JsonFault | undefined {
  const open: Open[] = []
  for (const { 0: token, 1: string, 2: colon, index: at } of text.matchAll(TOKENS)) {
    const fault =
      string === undefined ? tokenFault(token, open, rules) : stringFault(string, { colon, open, rules })
    if (fault !== undefined) return { ...fault, at, path: pathOf(open) }
  }
  return undefined
}

type Fault = Omit<JsonFault, 'at' | 'path'>

function tokenFault(token: string, open: Open[], { depth = DEPTH, decimals }: JsonRules): Fault | undefined {
  const within = open.at(-1)
  if (token === ',') {
    if (typeof within?.step === 'number') within.step += 1
  } else if (token === '{' || token === '[') {
    if (open.length === depth) return { found: 'too deep', limit: depth }
    open.push(token === '[' ? { step: 0 } : { names: new Set(), step: '' })
  } else if (token === '}' || token === ']') open.pop()
  else if (
    !(WHOLE_NUMBER.test(token)
      ? Number.isSafeInteger(Number(token))
      : decimals === true && Number.isFinite(Number(token)))
  )
    return { found: 'an inexact number' }
  return undefined
}

interface Context {
  readonly colon: string | undefined
  readonly open: readonly Open[]
  readonly rules: JsonRules
}

function stringFault(escaped: string, { colon, open, rules }: Context): Fault | undefined {
  const { members = MEMBERS } = rules
  const text = escaped.includes('\\') ? (JSON.parse(`"${escaped}"`) as string) : escaped
  if (!text.isWellFormed()) return { found: 'a lone surrogate' }
  const within = open.at(-1)
  if (colon === undefined || within?.names === undefined) return undefined
  const { names } = within
  within.step = text
  if (text === '__proto__') return { found: 'a forbidden name' }
  if (names.has(text)) return { found: 'a repeated name' }
  return names.add(text).size > members ? { found: 'too many members', limit: members } : undefined
}

function pathOf(open: readonly Open[]): string {
  return open.reduce(
    (path, { step }) => (typeof step === 'number' ? `${path}[${step}]` : step === '' ? path : at(path, step)),
    '',
  )
}
