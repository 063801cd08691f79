// Lint: identifying content that leaks into sections granted to every recipient. docs/spec/referral.md, "Lint"
import { SECTIONS, sections } from '../section.ts'
import type { Referral } from '../types.ts'
import { error, type Finding, warning, when } from './finding.ts'

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

/** Phrases and their prefixes: `true` marks a complete phrase. */
type Phrases = Map<string, boolean>

/** Names, numbers and handles in sections granted to every recipient (REX-REF-021, REX-REF-093). */
export function leakFindings(referral: Referral): Finding[] {
  const telling = tellingPhrases(referral)
  const open = sections(referral).filter(({ type }) => !SECTIONS[type].identifying)
  const texts = (content: unknown) => freeTexts(content).filter((text) => mayTell(text, telling))
  return open.flatMap(({ type, content }) => leaksOf(type, texts(content).map(wordsOf), telling))
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

function leaksOf(type: string, texts: readonly string[][], { certain, perhaps }: Telling): Finding[] {
  const folded = texts.map((words) => words.map((word) => word.toLowerCase()))
  if ([...texts, ...folded].some((words) => contains(words, certain)))
    return [
      error(
        type,
        `the section ${type} reveals who somebody is`,
        'Move it to a section that is disclosed later, such as narrative.',
      ),
    ]
  return when(
    folded.some((words) => contains(words, perhaps)),
    warning(
      type,
      `the section ${type} may reveal who somebody is: one of its words is also a name`,
      'Check whether it means the person; if so, move it to a section that is disclosed later, such as narrative.',
    ),
  )
}

function tellingPhrases(referral: Referral): Telling {
  const phrases = tellingTexts(referral).map((text) => wordsOf(text).slice(0, COMPARED).join(' '))
  const names = phrases.filter(
    (phrase) => lengthOf(phrase) > 1 && !(isShort(phrase) && /^[\p{N} ]+$/u.test(phrase)),
  )
  const beginnings = new Set(names.map((name) => name.toLowerCase().split(' ', 1)[0] as string))
  return {
    beginnings: beginnings.size <= SOUGHT ? [...beginnings] : undefined,
    certain: phrasesOf(names.flatMap((name) => (isShort(name) ? asNames(name) : [name.toLowerCase()]))),
    perhaps: phrasesOf(names.filter(isShort).map((name) => name.toLowerCase())),
  }
}

/** Forms of a short phrase that no ordinary word has in the middle of a sentence. */
function asNames(phrase: string): string[] {
  const lower = phrase.toLowerCase()
  const spellings = [phrase, phrase.toUpperCase(), lower.charAt(0).toUpperCase() + lower.slice(1)]
  const cased = spellings.filter((spelling) => spelling !== lower)
  return cased.length > 0 || new RegExp(CHARACTER, 'u').test(phrase) ? cased : [phrase]
}

function phrasesOf(whole: readonly string[]): Phrases {
  const phrases: Phrases = new Map(
    whole.flatMap((phrase) => {
      const words = phrase.split(' ')
      return words.map((_, i) => [words.slice(0, i + 1).join(' '), false] as const)
    }),
  )
  for (const phrase of whole) phrases.set(phrase, true)
  return phrases
}

function contains(words: readonly string[], phrases: Phrases): boolean {
  return words.some((word, i) => {
    if (begins(word, { words, i, phrases })) return true
    const one = word.replace(JOINED, '')
    return (
      one !== word && [one, one.replace(JOINED, '')].some((first) => begins(first, { words, i, phrases }))
    )
  })
}

/** Whether a phrase begins with `first`, in place of the word at `i`, and continues with the words after it. */
function begins(
  first: string,
  { words, i, phrases }: { words: readonly string[]; i: number; phrases: Phrases },
): boolean {
  let phrase = first
  for (let next = i + 1; phrases.has(phrase); next++) {
    if (phrases.get(phrase) === true) return true
    phrase = `${phrase} ${words[next] ?? ''}`
  }
  return false
}

function tellingTexts({ people = [], accounts = [], contact }: Referral): string[] {
  return [
    ...people.flatMap(({ names = [], identifiers = [] }) => [
      ...names.flatMap(({ full, parts = [] }) => [full, ...parts.map(({ text }) => text)]),
      ...identifiers.map(({ value }) => value),
    ]),
    ...accounts.flatMap(({ handle = '', displayNames = [] }) => [handle, ...displayNames]),
    ...(contact?.channels ?? []).map(({ value }) => value),
  ]
}

/** The values of members named `text`: free text by people. */
function freeTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(freeTexts)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'text' && typeof member === 'string' ? [member] : freeTexts(member),
  )
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
