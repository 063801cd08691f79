// JSON that people wrote: where it is wrong is said by line and column, and nothing is silently dropped. docs/guide/rex-desk.md
import { RexError } from '../../core/error.ts'

const TOKEN = /\s+|[{}[\]:,]|"(?:[^"\\]|\\[\s\S])*"|[-\w.+]+/gy
const WORD = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)$/

interface Token {
  readonly text: string
  readonly at: number
}

/**
 * Parses JSON strictly; a member that is there twice is refused, because one of the two would be lost.
 * @throws RexError MALFORMED with line and column; the message carries nothing of the content
 */
export function parseJson(text: string): unknown {
  const tokens = tokensOf(text)
  const value = parse(text)
  const twice = memberTwice(tokens)
  if (twice !== undefined) throw malformed(text, twice.at, 'A field is there twice')
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    throw malformed(text, position === undefined ? text.length : Number(position))
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (const [token] of text.matchAll(TOKEN)) {
    if (/^[-\w.+]/.test(token) && !WORD.test(token)) throw malformed(text, at)
    if (/\S/.test(token)) tokens.push({ text: token, at })
    at += token.length
  }
  if (at < text.length) throw malformed(text, at)
  return tokens
}

function memberTwice(tokens: readonly Token[]): Token | undefined {
  const open: (Set<string> | undefined)[] = []
  return tokens.find((token, i) => {
    if (token.text === '{') open.push(new Set())
    else if (token.text === '[') open.push(undefined)
    else if (token.text === '}' || token.text === ']') open.pop()
    const members = open.at(-1)
    if (members === undefined || tokens[i + 1]?.text !== ':') return false
    const name: string = JSON.parse(token.text)
    return members.size === members.add(name).size
  })
}

function malformed(text: string, position: number, what = 'The JSON is not well-formed'): RexError {
  const before = text.slice(0, position).split('\n')
  const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
  return new RexError('MALFORMED', `${what} at ${place}.`, { hint: 'Correct it there, or just before.' })
}
