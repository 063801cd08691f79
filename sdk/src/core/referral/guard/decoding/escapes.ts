// Resolves escaped characters of URLs, programs, mail and markup. docs/spec/referral.md, "Content guard"

/** Maximum number of nested layers of escapes. People never meet as many. */
const MOST_LAYERS = 3

const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  colon: ':',
  semi: ';',
  comma: ',',
  sol: '/',
  quot: '"',
  apos: "'",
  tab: '\t',
  newline: '\n',
  plus: '+',
  equals: '=',
}
const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  '"': '"',
  '/': '/',
  '\\': '\\',
}

const ESCAPE = new RegExp(
  [
    '%([0-9a-f]{2})', // URLs, RFC 3986
    String.raw`\\x([0-9a-f]{2})`, // C, Python, JavaScript
    String.raw`[\\%]u\{?([0-9a-f]{4})\}?`, // JSON, JavaScript
    '&#x0{0,6}([0-9a-f]{1,4});?', // markup
    '&#0{0,6}(\\d{1,5});?',
    String.raw`\\([0-3][0-7]{2})`,
    '&(lt|gt|amp|colon|semi|comma|sol|quot|apos|tab|newline|plus|equals);',
    String.raw`\\([nrtbfv0"/\\])`,
    String.raw`(\+ADw-)`, // "<" in UTF-7
  ].join('|'),
  'gi',
)

/** Rules out most texts quickly. */
const ESCAPED = /[%\\&]|\+ADw-/
const MAY_BE_ESCAPED = /[%\\&=\0]|\+ADw-/

/** Whether an ASCII text may contain escapes, so that it can be read in another way. */
export function mayBeEscaped(text: string): boolean {
  return MAY_BE_ESCAPED.test(text)
}

/** Yields the text with its escapes resolved; if they are nested, again after each layer, up to three times. */
export function* unescaped(text: string): Generator<string> {
  if (!ESCAPED.test(text)) return
  let now = text
  for (let layer = 0; layer < MOST_LAYERS; layer++) {
    const next = now.replace(ESCAPE, resolve)
    if (next === now) return
    yield next
    now = next
  }
}

function resolve(all: string, ...groups: (string | undefined)[]): string {
  const [url, c, json, hex, decimal, octal, entity, letter, utf7] = groups
  const hexadecimal = url ?? c ?? json ?? hex
  if (hexadecimal !== undefined) return String.fromCharCode(Number.parseInt(hexadecimal, 16))
  if (decimal !== undefined) return String.fromCharCode(Number(decimal))
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
  if (utf7 !== undefined) return '<'
  return (entity === undefined ? LETTERS[(letter ?? '').toLowerCase()] : NAMED[entity.toLowerCase()]) ?? all
}

/** Matches at least three escapes. A text with fewer does not count as mail. */
const QUOTED_TEXT = /(?:=(?:[0-9A-F]{2}|[ \t]{0,4}\r?\n)[^=]{0,400}){3}/
const QUOTED = /=(?:([0-9A-F]{2})|[ \t]{0,4}\r?\n)/g

/** Decodes quoted-printable (RFC 2045, section 6.7). Returns undefined for any other text. In base64, "=" is only padding. */
export function unquoted(text: string): string | undefined {
  if (!QUOTED_TEXT.test(text)) return undefined
  return text.replace(QUOTED, (_, hexadecimal?: string) =>
    hexadecimal === undefined ? '' : String.fromCharCode(Number.parseInt(hexadecimal, 16)),
  )
}
