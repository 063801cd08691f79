// The parts of a text that may be data. docs/spec/referral.md, "Content guard"

/** Longer words are data. */
const LONGEST_WORD = 16
/** Longer words in capitals are data. */
const LONGEST_CAPITALS = 6
/** The first character of scripts without spaces between words, and of most of UTF-16. */
const IDEOGRAPHS = 0x2e80

const SPACE = 1
const LOWER = 2
const UPPER = 4
/** Punctuation of sentences. */
const NEUTRAL = 8
const OTHER = 16
const CLASSES = new Uint8Array(128).fill(OTHER)
for (const code of [9, 10, 11, 12, 13, 32]) CLASSES[code] = SPACE
for (let i = 0; i < 26; i++) {
  CLASSES[0x41 + i] = UPPER
  CLASSES[0x61 + i] = LOWER
}
for (const mark of '.,;:!?"\'()-') CLASSES[mark.charCodeAt(0)] = NEUTRAL
const HEX = new Uint8Array(128)
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1

/** As many words between data may be data as well, by chance. */
const MOST_BRIDGED = 4

/**
 * The text without words: words are tokens of fewer than 16 letters, in small letters, in capitals or with a capital at the start, and
 * marks of punctuation. Everything between other tokens stays. Empty if the text has only words, as most texts do.
 */
export function dense(text: string): string {
  const parts: string[] = []
  let from = -1
  let to = -1
  let words = 0
  for (let at = 0; at < text.length; at++) {
    const start = at
    at = endOfToken(text, start)
    if (at < 0) {
      at = ~at
      if (at === start) continue
      words += 1
      if (from < 0 || words <= MOST_BRIDGED) continue
      parts.push(text.slice(from, to))
      from = -1
    } else {
      if (from < 0) from = start
      to = at
      words = 0
    }
  }
  if (from >= 0) parts.push(text.slice(from, to))
  return parts.join(' ')
}

/** The end of the token that begins at an offset; its complement (`~`) if the token is a word, or empty. */
function endOfToken(text: string, start: number): number {
  let seen = 0
  let mixed = false
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const kind = code < 128 ? (CLASSES[code] as number) : code < 0xa0 || code >= IDEOGRAPHS ? OTHER : LOWER
    if (kind === SPACE) break
    if (kind === UPPER && (seen & LOWER) !== 0) mixed = true
    seen |= kind
  }
  const longest = (seen & (LOWER | UPPER)) === UPPER ? LONGEST_CAPITALS : LONGEST_WORD
  const isWord = !mixed && (seen & OTHER) === 0 && at - start < longest && !isRegular(text, start, at)
  return isWord ? ~at : at
}

/** Whether a token is bytes in hexadecimal, or one character repeated, as zeros are. */
function isRegular(text: string, start: number, end: number): boolean {
  const length = end - start
  if (length === 2 || length === 4) return isHex(text, start, end)
  return length > 4 && text[start] === text[start + 1] && text[start] === text[end - 1]
}

function isHex(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (HEX[text.charCodeAt(at)] !== 1) return false
  return true
}
