// Recognises names with the endings of their language, as in "мати Олени" for "Олена". docs/spec/referral.md, "Lint"
import { plainText } from './words.ts'

/** Endings that names have in the dictionary form, without accents ("ий" is "ии"). */
const OF_NAMES = /(?:ая|яя|ии|ыи|ои|[аяоеєьиіыую]|[aeiu]s|[aeoiy])$/u
/** Endings of names in other cases, in Slavic and Baltic languages, without accents. */
const ENDINGS = new Set(
  plainText(`а я у ю е є и і ы о ой ей ою ею єю ої ій ая яя ом ем єм ым им ого его ому ему ові еві ових ам ям ами ями ах ях ия ию ием ии
  a e i o u y em om ou ej ie ii iu ami ach ovi owi ego emu ych ym im ego ova ove
  as is us os es ai ei io iui ui am ams ems imi`).split(/\s+/),
)
const LONGEST = 4
/** Minimum length of a stem. Too many other words begin with shorter stems. */
const SHORTEST = 3
const CYRILLIC = /^[\p{sc=Cyrillic}\p{M}ʼ'’]+$/u
/** Languages in Latin script whose names have endings. */
const INFLECTING: ReadonlySet<string> = new Set(['pl', 'cs', 'sk', 'sl', 'hr', 'sr', 'bs', 'lt', 'lv'])

/**
 * Returns the stem of a name: the part that stays the same with every ending. The name is in lower case and without accents.
 */
export function stemOfName(name: string): string {
  const stem = name.replace(OF_NAMES, '')
  return stem.length < SHORTEST ? name : stem
}

/** Returns the stems that a word may have, the longest first. None: the language of the text does not inflect names. */
export function stemsOf(word: string, language: string): string[] {
  const primary = language.toLowerCase().split('-', 1)[0] ?? ''
  if (!CYRILLIC.test(word) && !INFLECTING.has(primary)) return []
  const stems = Array.from({ length: LONGEST + 1 }, (_, count) => count)
    .filter((count) => count === 0 || ENDINGS.has(word.slice(-count)))
    .map((count) => word.slice(0, word.length - count))
  return stems.filter((stem) => stem.length >= SHORTEST)
}
