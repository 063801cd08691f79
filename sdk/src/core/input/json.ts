// Reads hand-written JSON: accepts only text with a single interpretation, and reports errors with line and column. docs/spec/overview.md,
// "Input"
import { RexError } from './refusal.ts'
import { type JsonFault, type JsonRules, jsonFault } from './strict-json.ts'
import { decodeText, type TextBounds } from './text.ts'

/** Maximum size of JSON in a file or a request, in bytes. The largest referral fits, even if indented. */
export const JSON_BYTES = 8 * 1024 * 1024
/** Maximum white space around JSON, in characters. No program writes more, so a file with more is damaged. */
const MOST_AROUND = 1024 * 1024
const DEPTH = 64
const TOKEN = /\s+|[{}[\]:,]|"(?:[^"\\]|\\[\s\S])*"|[-\w.+]+/gy
const WORD = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)$/

const SAYS: Readonly<Record<JsonFault['found'], string>> = {
  'a forbidden name': 'A field has a forbidden name',
  'a repeated name': 'A field occurs twice',
  'an inexact number': 'A number is not whole, or is too large',
  'a lone surrogate': 'A character is broken',
  'too deep': 'The JSON is nested too deeply',
  'too many members': 'An object has too many fields',
}

/**
 * Reads JSON from a file or a text (REX-ENC-032). Accepts a byte order mark and any line ends. Rejects duplicate names, numbers that are
 * inexact or not written as whole numbers, lone surrogates and deep nesting. Messages never quote the content. `rules` adapt the limits to
 * JSON from other systems. @throws RexError MALFORMED or LIMIT_EXCEEDED, with line and column
 */
export function readJson(
  input: Uint8Array | string,
  bounds: Partial<TextBounds> = {},
  rules: Omit<JsonRules, 'depth'> = {},
): unknown {
  const { path, limit = JSON_BYTES } = bounds
  const named = { path: path ?? 'The JSON', limit }
  const text = typeof input === 'string' ? input.replace(/^\ufeff/, '') : decodeText(input, named)
  if (text.length - text.trim().length > MOST_AROUND)
    throw new RexError('LIMIT_EXCEEDED', 'More than 1 MiB of white space stands around the JSON.', {
      path: named.path,
      hint: 'Remove the white space before and after the JSON.',
    })
  const value = parse(text, path)
  const fault = jsonFault(text, { ...rules, depth: DEPTH })
  if (fault === undefined) return value
  const reason = fault.limit === undefined ? 'MALFORMED' : 'LIMIT_EXCEEDED'
  throw errorAt({ text, path: fault.path || path, position: fault.at }, SAYS[fault.found], reason)
}

function parse(text: string, path: string | undefined): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const position = badToken(text) ?? positionIn(error) ?? text.length
    throw errorAt({ text, path, position }, 'The JSON is not well-formed')
  }
}

/** Returns the position of the first invalid JSON token. */
function badToken(text: string): number | undefined {
  let at = 0
  for (const [token] of text.matchAll(TOKEN)) {
    if (/^[-\w.+]/.test(token) && !WORD.test(token)) return at
    at += token.length
  }
  return at < text.length ? at : undefined
}

function positionIn(error: unknown): number | undefined {
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return position === undefined ? undefined : Number(position)
}

function errorAt(
  { text, path, position }: { text: string; path: string | undefined; position: number },
  what: string,
  reason: 'MALFORMED' | 'LIMIT_EXCEEDED' = 'MALFORMED',
): RexError {
  const before = text.slice(0, position).split(/\r\n|\n|\r/)
  const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
  return new RexError(reason, `${what} at ${place}.`, {
    ...(path !== undefined && { path }),
    hint: 'The fault is at this position, or just before it.',
  })
}
