// Lint: what must not leak into sections that everybody gets. docs/spec/referral.md, "Lint"
import { SECTIONS, sections } from '../section.ts'
import type { Referral } from '../types.ts'
import { error, type Finding, warning, when } from './finding.ts'

/** Scripts without spaces between words, or whose endings nothing separates: every character counts as a word. */
const CHARACTER =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]'
const WORD = new RegExp(`${CHARACTER}|(?:(?!${CHARACTER})[\\p{L}\\p{N}\\p{M}])+`, 'gu')
/** Fewest characters of a phrase that is no ordinary word, by what it is written in. */
const CERTAIN: readonly (readonly [RegExp, number])[] = [
  [/^[\p{sc=Han}\p{sc=Hangul} ]+$/u, 2],
  [/^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana} ]+$/u, 3],
  [/^/, 4],
]
/** What is written or left out at will: accents, Hebrew and Arabic points, the Arabic stretcher, invisible characters. */
const OPTIONAL =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\p{Cf}]/gu
/** "And", "to", "by", "from", … as Arabic and Hebrew write them: joined to the word that follows. */
const JOINED = /^[وفبلكובלמשכ](?=\p{L}{3})/u
/** Words of a phrase that are compared: so many tell enough, and bound the time (T-058). */
const COMPARED = 16

/** Phrases, and what they begin with: `true` stands for a whole phrase. */
type Phrases = Map<string, boolean>

/** Names, numbers and handles in sections that everybody gets (REX-REF-021, REX-REF-093). */
export function leakFindings(referral: Referral): Finding[] {
  const telling = tellingPhrases(referral)
  const open = sections(referral).filter(({ type }) => !SECTIONS[type].identifying)
  return open.flatMap(({ type, content }) => leaksOf(type, freeTexts(content).map(wordsOf), telling))
}

function leaksOf(
  type: string,
  texts: readonly string[][],
  { certain, perhaps }: ReturnType<typeof tellingPhrases>,
): Finding[] {
  const folded = texts.map((words) => words.map((word) => word.toLowerCase()))
  if ([...texts, ...folded].some((words) => contains(words, certain)))
    return [
      error(
        type,
        `the section ${type} tells who somebody is`,
        'Move it to a section that is disclosed later, such as narrative.',
      ),
    ]
  return when(
    folded.some((words) => contains(words, perhaps)),
    warning(
      type,
      `the section ${type} may tell who somebody is: a word of it is also a name`,
      'See whether the person is meant; if so, move it to a section that is disclosed later, such as narrative.',
    ),
  )
}

function tellingPhrases(referral: Referral): { certain: Phrases; perhaps: Phrases } {
  const phrases = tellingTexts(referral).map((text) => wordsOf(text).slice(0, COMPARED).join(' '))
  const names = phrases.filter(
    (phrase) => lengthOf(phrase) > 1 && !(isShort(phrase) && /^[\p{N} ]+$/u.test(phrase)),
  )
  return {
    certain: phrasesOf(names.flatMap((name) => (isShort(name) ? asNames(name) : [name.toLowerCase()]))),
    perhaps: phrasesOf(names.filter(isShort).map((name) => name.toLowerCase())),
  }
}

/** The spellings of a short phrase that no ordinary word has in the middle of a sentence. */
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
  return words.some((word, i) =>
    withoutJoined(word).some((first) => {
      let phrase = first
      for (let next = i + 1; phrases.has(phrase); next++) {
        if (phrases.get(phrase) === true) return true
        phrase = `${phrase} ${words[next] ?? ''}`
      }
      return false
    }),
  )
}

function withoutJoined(word: string): string[] {
  const one = word.replace(JOINED, '')
  return one === word ? [word] : [word, one, one.replace(JOINED, '')]
}

function tellingTexts({ people = [], accounts = [], contact }: Referral): string[] {
  return [
    ...people.flatMap(({ names = [], identifiers = [] }) => [
      ...names.flatMap(({ full, parts = [] }) => [full, ...parts.map(({ text }) => text)]),
      ...identifiers.map(({ value }) => value),
    ]),
    ...accounts.flatMap(({ handle, displayName }) => [handle ?? '', displayName ?? '']),
    ...(contact?.channels ?? []).map(({ value }) => value),
  ]
}

/** The values of members named `text`: what people wrote. */
function freeTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(freeTexts)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'text' && typeof member === 'string' ? [member] : freeTexts(member),
  )
}

function wordsOf(text: string): string[] {
  return text.normalize('NFKD').replace(OPTIONAL, '').normalize('NFC').match(WORD) ?? []
}

function isShort(phrase: string): boolean {
  return lengthOf(phrase) < (CERTAIN.find(([script]) => script.test(phrase))?.[1] ?? 0)
}

/** Characters of a phrase. */
function lengthOf(phrase: string): number {
  return [...phrase.replaceAll(' ', '')].length
}
