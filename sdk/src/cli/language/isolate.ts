// Keeps the words of a text and the cells of a line in their order on terminals that write from right to left. docs/guide/rex-desk.md, "Languages"
import { randomBytes } from 'node:crypto'

/** U+2068 FIRST STRONG ISOLATE and U+2069 POP DIRECTIONAL ISOLATE (UAX 9). */
const [FSI, PDI] = ['\u2068', '\u2069']
/**
 * Marks that stand for these two characters until the text is written. They are random and consist of noncharacters, so
 * that no input can contain them and thereby control the direction of a terminal (T-122).
 */
const secret = String.fromCharCode(...[...randomBytes(8)].map((byte) => 0xfdd0 + (byte & 31)))
const [OPEN, CLOSE] = [`${secret}\ufdd0`, `${secret}\ufdd1`]
const MARKS = new RegExp(`${OPEN}|${CLOSE}`, 'g')

/** Isolates a value, so that its direction does not reorder the text around it. */
export const isolated = (text: string): string => `${OPEN}${text}${CLOSE}`

/** Matches the isolation marks in a text, for code that must leave them unchanged. */
export const ISOLATION = `${OPEN}|${CLOSE}`

/** Returns a text without isolation marks, so that its width can be measured. */
export const unmarked = (text: string): string => text.replace(MARKS, '')

/** Returns a text for the output, with Unicode isolates in place of the isolation marks. */
export const directed = (text: string): string =>
  text.replace(MARKS, (mark) => (mark === OPEN ? FSI : PDI) as string)
