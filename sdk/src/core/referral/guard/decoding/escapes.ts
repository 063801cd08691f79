// Resolves escaped characters of URLs, programs, mail and markup. docs/spec/referral.md, "Content guard"

/** Maximum number of nested layers of escapes to resolve. Real texts have fewer. */
const MOST_LAYERS = 3

/** Names of the characters U+00A0 to U+00FF in markup. HTML, section 13.5 */
const LATIN_NAMES =
  `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1
ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml
ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring
aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc
uuml yacute thorn yuml`.split(/\s+/)

const NAMED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(LATIN_NAMES.map((name, i) => [name, String.fromCharCode(0xa0 + i)])),
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
  '"': '"',
  "'": "'",
  '/': '/',
  '\\': '\\',
}

const ESCAPE = new RegExp(
  [
    '%([0-9a-f]{2})', // URLs, RFC 3986
    String.raw`\\x([0-9a-f]{2})`, // C, Python, JavaScript
    String.raw`[\\%]u([0-9a-f]{4})`, // JSON, JavaScript
    String.raw`\\[ux]\{([0-9a-f]{1,6})\}`, // JavaScript, Rust, Perl
    '&#x0{0,6}([0-9a-f]{1,4});?', // markup
    '&#0{0,6}(\\d{1,5});?',
    String.raw`\\([0-3]?[0-7]{1,2})`,
    '&([a-z]{2,8}[1-4]{0,2});',
    String.raw`\\([nrtbfv"'/\\])`,
  ].join('|'),
  'gi',
)

/** Matches every text with escapes, and few other texts, so that most texts need no further check. */
const ESCAPED = /[%\\&]/
const MAY_BE_ESCAPED = /[%\\&=\0]|\+A[A-P]/

/** Whether an ASCII text may contain escapes, so that it can be read in another way. */
export function mayBeEscaped(text: string): boolean {
  return MAY_BE_ESCAPED.test(text)
}

/** Yields a text with its escapes resolved. If escapes are nested, yields it again after each further layer, at most three times in total. */
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
  const [url, c, json, braced, hex, decimal, octal, entity, letter] = groups
  const hexadecimal = url ?? c ?? json ?? braced ?? hex
  if (hexadecimal !== undefined) return String.fromCharCode(Number.parseInt(hexadecimal, 16))
  if (decimal !== undefined) return String.fromCharCode(Number(decimal))
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
  if (entity === undefined) return LETTERS[(letter ?? '').toLowerCase()] ?? all
  return NAMED[entity] ?? NAMED[entity.toLowerCase()] ?? all
}

/** Matches at least three escapes. A text with fewer is not quoted-printable; base64, for example, contains "=" only as padding. */
const QUOTED_TEXT = /(?:=(?:[0-9a-f]{2}|[ \t]{0,4}\r?\n)[^=]{0,400}){3}/i
const QUOTED = /=(?:([0-9a-f]{2})|[ \t]{0,4}\r?\n)/gi

/** Decodes quoted-printable (RFC 2045, section 6.7). Returns undefined for any other text. */
export function unquoted(text: string): string | undefined {
  if (!QUOTED_TEXT.test(text)) return undefined
  return text.replace(QUOTED, (_, hexadecimal?: string) =>
    hexadecimal === undefined ? '' : String.fromCharCode(Number.parseInt(hexadecimal, 16)),
  )
}
