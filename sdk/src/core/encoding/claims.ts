// Reads claims of a signed JSON object. Every access checks the type, and errors state the path. docs/spec/identity.md

import { RexError } from '../error.ts'
import { isLonger } from '../input/text.ts'
import { fromBase64url } from './encoding.ts'

const SECOND = 1000

/** A JSON object whose members are checked when read. Members that nobody reads are ignored (OpenID Federation 1.0, section 3). */
export interface Claims {
  /** Path of this object, such as `metadata.rex_party`. */
  readonly path: string
  /** Reads a string of 1 to `limit` characters (default 1024). @throws RexError MALFORMED */
  text(name: string, limit?: number): string
  /** Reads a member that is a non-negative safe integer. @throws RexError MALFORMED */
  integer(name: string): number
  /** Reads a NumericDate (RFC 7519, section 2) and returns it in Unix milliseconds. @throws RexError MALFORMED */
  timeMs(name: string): number
  /** Reads a base64url member and returns its bytes. @throws RexError MALFORMED */
  bytes(name: string, limit: number): Uint8Array
  /** Reads a member that is an object. @throws RexError MALFORMED */
  object(name: string): Claims
  /** Reads a member that is an array of at most `limit` entries. `read` reads each entry. @throws RexError MALFORMED */
  list<T>(name: string, limit: number, read: (value: unknown, path: string) => T): T[]
  /** Whether the member is present. */
  has(name: string): boolean
  /** Returns all members. */
  entries(): [string, unknown][]
}

/** Starts reading a value as an object. @throws RexError MALFORMED if the value is not an object */
export function claimsOf(value: unknown, path: string): Claims {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(path, 'an object')
  const members = value as Readonly<Record<string, unknown>>
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  const get = (name: string) => (Object.hasOwn(members, name) ? members[name] : undefined)
  const claims: Claims = {
    path,
    text: (name, limit = 1024) => textOf(get(name), at(name), limit),
    integer: (name) => integerOf(get(name), at(name)),
    timeMs: (name) => integerOf(get(name), at(name)) * SECOND,
    bytes: (name, limit) => fromBase64url(textOf(get(name), at(name), Math.ceil((limit * 4) / 3)), at(name)),
    object: (name) => claimsOf(get(name), at(name)),
    list: (name, limit, read) =>
      listOf(get(name), at(name), limit).map((entry, i) => read(entry, `${at(name)}[${i}]`)),
    has: (name) => get(name) !== undefined,
    entries: () => Object.entries(members),
  }
  return claims
}

/** Returns the value, which must be a string of 1 to `limit` characters (code points). @throws RexError MALFORMED */
export function textOf(value: unknown, path: string, limit = 1024): string {
  if (typeof value !== 'string' || value.length === 0 || isLonger(value, limit))
    throw malformed(path, `text of 1 to ${limit} characters`)
  return value
}

/** Returns the value, which must be a non-negative safe integer. @throws RexError MALFORMED */
export function integerOf(value: unknown, path: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw malformed(path, 'a whole number from 0')
  return value as number
}

/** Converts a time in milliseconds to a NumericDate, in whole seconds. */
export function numericDate(ms: number): number {
  return Math.floor(ms / SECOND)
}

function listOf(value: unknown, path: string, limit: number): unknown[] {
  if (!Array.isArray(value) || value.length > limit)
    throw malformed(path, `a list of at most ${limit} entries`)
  return value
}

function malformed(path: string, expected: string): RexError {
  return new RexError('MALFORMED', `${path || 'The object'} is not ${expected}.`, { path })
}
