// Reads JSON by a description of its fields. Refuses unknown fields, with a suggestion. docs/guide/gateway.md, "Configuration"
import { RexError } from '@rex/sdk/core'

/**
 * A function that reads the value at `path`. If there is none, `value` is undefined. @throws RexError
 * CONFIG_INVALID, and errors of `check`
 */
export type Read<T> = (value: unknown, path: string) => T

/** The reader of each field of an object. */
export type Fields<T> = { readonly [Name in keyof T]-?: Read<T[Name]> }

/** Creates a reader of strings, which `check` checks or converts. */
export function text<T>(check: (value: string, path: string) => T, byDefault?: string): Read<T> {
  return (value = byDefault, path) => {
    if (typeof value === 'string' && value !== '') return checked(() => check(value, path), path)
    throw expected(value, path, 'a text')
  }
}

/** Creates a reader of integers within bounds. */
export function whole(bounds: { from: number; to: number; byDefault?: number }): Read<number> {
  return (value = bounds.byDefault, path) => {
    if (Number.isSafeInteger(value) && Number(value) >= bounds.from && Number(value) <= bounds.to)
      return Number(value)
    throw expected(value, path, `a whole number from ${bounds.from} to ${bounds.to}`)
  }
}

/** Creates a reader of lists with a limited number of entries. */
export function list<T>(read: Read<T>, bounds: { from: number; to: number }): Read<T[]> {
  return (value, path) => {
    if (Array.isArray(value) && value.length >= bounds.from && value.length <= bounds.to) {
      return value.map((entry, i) => read(entry, `${path}[${i}]`))
    }
    throw expected(value, path, `a list of ${bounds.from} to ${bounds.to}`)
  }
}

/** Creates a reader of optional values. */
export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, path) => (value === undefined ? undefined : read(value, path))
}

/** Creates a reader of objects with exactly these fields. */
export function object<T extends object>(fields: Fields<T>, byDefault?: object): Read<T> {
  return (value = byDefault, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw expected(value, path, 'an object')
    const names = Object.keys(fields)
    for (const name of Object.keys(value))
      if (!Object.hasOwn(fields, name)) throw unknown(join(path, name), name, names)
    const entries = Object.entries(fields) as [string, Read<unknown>][]
    return Object.fromEntries(
      entries.map(([name, read]) => [name, read((value as Record<string, unknown>)[name], join(path, name))]),
    ) as T
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function checked<T>(check: () => T, path: string): T {
  try {
    return check()
  } catch (cause) {
    const { message, hint } = RexError.from(cause)
    throw new RexError('CONFIG_INVALID', message, { path, cause, hint })
  }
}

function expected(value: unknown, path: string, what: string): RexError {
  const where = path || 'The configuration'
  const problem = value === undefined ? 'is missing' : 'is wrong'
  return new RexError('CONFIG_INVALID', `${where} ${problem}; it must be ${what}.`, { path })
}

function unknown(path: string, name: string, names: readonly string[]): RexError {
  const near = names.filter(
    (candidate) => distance(candidate, name) <= Math.max(1, Math.floor(name.length / 3)),
  )
  const suggestion =
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Known entries: ${names.join(', ')}.`
  return new RexError('CONFIG_INVALID', `${path} is not an entry of the configuration. ${suggestion}`, {
    path,
  })
}

/** Computes the Levenshtein distance, ignoring case. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, left] of [...a.toLowerCase()].entries()) {
    const next = [i + 1]
    for (const [j, right] of [...b.toLowerCase()].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (left === right ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
