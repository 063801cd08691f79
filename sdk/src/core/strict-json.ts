// Strict JSON: RFC 8259 text with one reading only. docs/spec/envelope-slots.md, "Strict JSON"
import { RexError } from './error.ts'

/** Bounds of one JSON text. */
export interface JsonBounds {
  /** Largest size in bytes. */
  readonly limit: number
  /** Deepest nesting of objects and arrays. Default: 16. */
  readonly depth?: number
}

/** Most members of one object: keeps colliding names harmless (T-058). */
const MEMBERS = 256
const DEPTH = 16
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** The tokens of valid JSON that need a second look: strings (a colon makes them names), numbers, brackets. */
const TOKENS = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|-?\d[\d.eE+-]*|[{}[\]]/g
const WHOLE_NUMBER = /^(?:0|-?[1-9]\d*)$/

/**
 * Parses JSON that every parser reads alike (REX-JOSE-020, I-JSON of RFC 7493): well-formed UTF-8 without byte order mark,
 * names that are unique, none of them `__proto__`, no lone surrogates, only whole numbers that a double holds exactly.
 * Time is linear in the size. `path` names the text in errors.
 * @throws RexError LIMIT_EXCEEDED if it is larger or deeper than `bounds` or an object has more than 256 members, else MALFORMED
 */
export function parseStrictJson(bytes: Uint8Array, path: string, bounds: JsonBounds): unknown {
  checkLimit(bytes.length, bounds.limit, path)
  const { text, value } = parseJson(bytes, path)
  checkTokens(text, path, bounds.depth ?? DEPTH)
  return value
}

/** Refuses what is larger than its limit. @throws RexError LIMIT_EXCEEDED */
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

/** JSON.parse has proved the grammar, so the first character tells each token; what it tolerates is refused here. */
function checkTokens(text: string, path: string, depth: number): void {
  const open: Set<string>[] = []
  for (const [token, string, colon] of text.matchAll(TOKENS)) {
    if (string !== undefined) checkString(string, path, colon === undefined ? undefined : open.at(-1))
    else if (token === '{' || token === '[') checkLimit(open.push(new Set()), depth, path)
    else if (token === '}' || token === ']') open.pop()
    else check(WHOLE_NUMBER.test(token) && Number.isSafeInteger(Number(token)), path, 'an inexact number')
  }
}

/** `names` are those of the object so far, if the string is a name. */
function checkString(escaped: string, path: string, names: Set<string> | undefined): void {
  const text = escaped.includes('\\') ? (JSON.parse(`"${escaped}"`) as string) : escaped
  check(text.isWellFormed(), path, 'a lone surrogate')
  if (names === undefined) return
  check(text !== '__proto__' && !names.has(text), path, 'a forbidden or repeated name')
  checkLimit(names.add(text).size, MEMBERS, path)
}

function check(condition: boolean, path: string, found: string): void {
  if (!condition) throw new RexError('MALFORMED', `${path} has ${found}.`, { path })
}
