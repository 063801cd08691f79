// Lint: identifying content that leaks into sections granted to every recipient. docs/spec/referral.md, "Lint"
import { SECTIONS, sections } from '../section.ts'
import type { Referral } from '../types.ts'
import { error, type Finding, warning, when } from './finding.ts'
import { GENERIC, tellingTexts, WORDS_TOO } from './telling.ts'

/** Scripts without spaces between words, or with suffixes that nothing separates: every character counts as a word. */
const CHARACTER =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]'
const WORD = new RegExp(`${CHARACTER}|(?:(?!${CHARACTER})[\\p{L}\\p{N}\\p{M}])+`, 'gu')
/** Fast path for most texts: ASCII has no optional characters and no alternative forms. */
const ASCII = /^\p{ASCII}*$/u
const ASCII_WORD = /[A-Za-z0-9]+/g
/** Minimum length of a phrase to count as a name rather than an ordinary word, by script. */
const CERTAIN: readonly (readonly [RegExp, number])[] = [
  [/^[\p{sc=Han}\p{sc=Hangul} ]+$/u, 2],
  [/^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana} ]+$/u, 3],
  [/^/, 4],
]
/** Optional characters: accents, Hebrew and Arabic points, the Arabic stretcher, invisible characters. */
const OPTIONAL =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\p{Cf}]/gu
/** "And", "to", "by", "from", … in Arabic and Hebrew: prefixes joined to the next word. */
const JOINED = /^[وفبلكובלמשכ](?=\p{L}{3})/u
/** Words of a phrase that are compared: enough to identify it, and a limit on the time (T-058). */
const COMPARED = 16
/** Maximum number of words searched one by one in a whole text; for more, all words are compared in one pass. */
const SOUGHT = 16

/** Phrases and their prefixes: a complete phrase has the id of whom it tells. */
type Phrases = Map<string, string | undefined>

/** Names, numbers and handles in sections granted to every recipient (REX-REF-021, REX-REF-093). */
export function leakFindings(referral: Referral): Finding[] {
  const telling = tellingPhrases(referral)
  const open = sections(referral).filter(({ type }) => !SECTIONS[type].identifying)
  return open.flatMap(({ type, content }) => {
    const texts = freeTexts(content, '').filter(({ text }) => mayTell(text, telling))
    return leaksOf(type, texts, telling)
  })
}

/** Identifying phrases of a referral. */
interface Telling {
  readonly certain: Phrases
  readonly perhaps: Phrases
  /** The first words of the phrases, in lower case; none if there are too many to search one by one. */
  readonly beginnings: readonly string[] | undefined
}

/** Whether an identifying phrase may occur in a text. Rules out most texts quickly. */
function mayTell(text: string, { beginnings }: Telling): boolean {
  if (beginnings === undefined || !ASCII.test(text)) return true
  const folded = text.toLowerCase()
  return beginnings.some((word) => folded.includes(word))
}

function leaksOf(type: string, texts: readonly FreeText[], { certain, perhaps }: Telling): Finding[] {
  const read = texts.map(({ text, path }) => {
    const words = wordsOf(text)
    return { path, words, folded: words.map((word) => word.toLowerCase()) }
  })
  if (read.some(({ words, folded }) => [words, folded].some((each) => whoIn(each, certain) !== undefined)))
    return [
      error(
        type,
        `the section ${type} reveals who somebody is`,
        'Move it to a section that is disclosed later, such as narrative.',
      ),
    ]
  return read.flatMap(({ path, folded }) => {
    const who = whoIn(folded, perhaps)
    return when(
      who !== undefined,
      warning(
        type,
        `the section ${type} may reveal who somebody is: a word of ${path} is also a name of ${who}`,
        `If it means ${who}, move it to a section that is disclosed later; if it is an ordinary word, leave it or say it otherwise.`,
      ),
    )
  })
}

function tellingPhrases(referral: Referral): Telling {
  const naming = tellingTexts(referral).flatMap(({ text, ...rest }) => {
    const phrase = wordsOf(text).slice(0, COMPARED).join(' ')
    const number = isShort(phrase) && /^[\p{N} ]+$/u.test(phrase)
    return lengthOf(phrase) < 2 || number || GENERIC.has(phrase.toLowerCase()) ? [] : [{ ...rest, phrase }]
  })
  const beginnings = new Set(naming.map(({ phrase }) => phrase.toLowerCase().split(' ', 1)[0] as string))
  return {
    beginnings: beginnings.size <= SOUGHT ? [...beginnings] : undefined,
    certain: phrasesOf(
      naming.flatMap((one) => certainForms(one).map((phrase) => [phrase, one.who] as const)),
    ),
    perhaps: phrasesOf(
      naming.filter(mayBeOrdinary).map(({ phrase, who }) => [phrase.toLowerCase(), who] as const),
    ),
  }
}

/** A phrase that tells who somebody is. */
interface Naming {
  readonly phrase: string
  /** Id of the person or account. */
  readonly who: string
  /** Whether an ordinary phrase may stand for it, as for display names and handles. Default: only if it is one word. */
  readonly chosen?: boolean
}

/** Whether a phrase may also be an ordinary word: one word of letters, a name of which a word was made, or what people call themselves. */
function mayBeOrdinary({ phrase, chosen }: Naming): boolean {
  if (isShort(phrase) || WORDS_TOO.has(phrase)) return true
  const letters = /^[\p{L}\p{M} ]+$/u.test(phrase)
  const cased = phrase.toLowerCase() !== phrase.toUpperCase()
  return letters && cased && (chosen === true || !phrase.includes(' '))
}

/** The forms in which a phrase certainly identifies somebody. */
function certainForms(naming: Naming): string[] {
  const { phrase, chosen } = naming
  if (!mayBeOrdinary(naming)) return [phrase.toLowerCase()]
  if (WORDS_TOO.has(phrase) || (chosen === true && phrase === phrase.toLowerCase())) return []
  return asNames(phrase)
}

/** Forms of a short phrase that no ordinary word has in the middle of a sentence. */
function asNames(phrase: string): string[] {
  const lower = phrase.toLowerCase()
  const spellings = [phrase, phrase.toUpperCase(), lower.charAt(0).toUpperCase() + lower.slice(1)]
  const cased = spellings.filter((spelling) => spelling !== lower)
  return cased.length > 0 || new RegExp(CHARACTER, 'u').test(phrase) ? cased : [phrase]
}

function phrasesOf(whole: readonly (readonly [string, string])[]): Phrases {
  const phrases: Phrases = new Map(
    whole.flatMap(([phrase]) => {
      const words = phrase.split(' ')
      return words.map((_, i) => [words.slice(0, i + 1).join(' '), undefined] as const)
    }),
  )
  for (const [phrase, who] of whole) phrases.set(phrase, who)
  return phrases
}

/** The id of the person or account that a phrase in these words identifies. Undefined: there is no such phrase. */
function whoIn(words: readonly string[], phrases: Phrases): string | undefined {
  for (const [i, word] of words.entries()) {
    const one = word.replace(JOINED, '')
    const firsts = one === word ? [word] : [word, one, one.replace(JOINED, '')]
    for (const first of firsts) {
      const who = begins(first, { words, i, phrases })
      if (who !== undefined) return who
    }
  }
  return undefined
}

/** The id that a phrase identifies. The phrase begins with `first`, in place of the word at `i`, and continues with the words after it. */
function begins(
  first: string,
  { words, i, phrases }: { words: readonly string[]; i: number; phrases: Phrases },
): string | undefined {
  let phrase = first
  for (let next = i + 1; phrases.has(phrase); next++) {
    const who = phrases.get(phrase)
    if (who !== undefined) return who
    phrase = `${phrase} ${words[next] ?? ''}`
  }
  return undefined
}

/** A free text of people, and its place. */
interface FreeText {
  readonly text: string
  readonly path: string
}

/** The values of members named `text` and `fileName`: what people write. */
function freeTexts(value: unknown, path: string): FreeText[] {
  if (Array.isArray(value)) return value.flatMap((entry, i) => freeTexts(entry, `${path}[${i}]`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const within = path === '' ? name : `${path}.${name}`
    const free = (name === 'text' || name === 'fileName') && typeof member === 'string'
    return free ? [{ text: member, path: within }] : freeTexts(member, within)
  })
}

function wordsOf(text: string): string[] {
  if (ASCII.test(text)) return text.match(ASCII_WORD) ?? []
  return text.normalize('NFKD').replace(OPTIONAL, '').normalize('NFC').match(WORD) ?? []
}

function isShort(phrase: string): boolean {
  return lengthOf(phrase) < (CERTAIN.find(([script]) => script.test(phrase))?.[1] ?? 0)
}

/** Length of a phrase in characters. */
function lengthOf(phrase: string): number {
  return [...phrase.replaceAll(' ', '')].length
}
