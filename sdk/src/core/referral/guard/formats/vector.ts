// Vector images and page descriptions, which are text. docs/spec/referral.md, "Content guard"

import { byte, type Format, little32, type Matcher, printable, signature, textAt } from './match.ts'

/** Maximum number of characters in a namespace prefix before `svg`. */
const MOST_PREFIX = 64
/** Number of text characters that must follow `svg`; by chance, fewer follow. */
const TEXT_BEHIND = 10
/** Bytes per character: UTF-8 and Latin-1, UTF-16, UTF-32. */
const WIDTHS: readonly number[] = [1, 2, 4]

/** Returns the ASCII character at an offset in lower case, if its other bytes are zero. */
function letter(bytes: Uint8Array, at: number, width: number): string {
  for (let i = 1; i < width; i++) if (byte(bytes, at + i) !== 0) return ''
  const value = byte(bytes, at)
  return value < 0 ? '' : String.fromCharCode(value).toLowerCase()
}

/** Matches the start of an element `svg` with any namespace prefix, at its `s`. */
const element: Matcher = (bytes, at) =>
  WIDTHS.some((width) => {
    const read = (index: number) => letter(bytes, at + index * width, width)
    if (read(0) + read(1) + read(2) !== 'svg') return false
    const last = String.fromCharCode(Math.max(byte(bytes, at + 3 * width), 0))
    if (!/[\s/>]/.test(last)) return false
    for (let index = 4; index < 4 + TEXT_BEHIND; index++) if (!/^[\t-\r -~]?$/.test(read(index))) return false
    if (read(-1) === '<') return true
    if (read(-1) !== ':') return false
    let index = -2
    while (index > -2 - MOST_PREFIX && /[\w.-]|[^\0-\x7f]/.test(read(index))) index -= 1
    return index < -2 && read(index) === '<'
  })

const PDF = /^%PDF-\d\.\d\s*(?:%|\d{1,10}\s+\d{1,5}\s+obj|$)/
const pdf: Matcher = (bytes, at) => PDF.test(textAt(bytes, at, 40)) && !printable(bytes, at, 40)

const postScript: Matcher = (bytes, at) => / EPSF-\d/.test(textAt(bytes, at, 32))

/** Matches X bitmaps and pixmaps, which are C programs. */
const bitmapProgram: Matcher = (bytes, at) =>
  /^#define \w{0,64}_?width\s{1,4}\d{1,5}\s{1,4}#define \w{0,64}_?height\s/.test(textAt(bytes, at, 240))

export const VECTOR: readonly Format[] = [
  [[0x7376, 0x7356, 0x5376, 0x5356, 0x7300, 0x5300], element],
  signature('%PDF-', pdf),
  signature('%!PS-Adobe-', postScript),
  signature('/* XPM */'),
  [[0x2364], bitmapProgram],
  // PostScript with a preview. The header has 30 or 32 bytes.
  signature('\xc5\xd0\xd3\xc6', (bytes, at) => [30, 32].includes(little32(bytes, at + 4))),
]
