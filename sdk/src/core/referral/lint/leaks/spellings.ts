// Finds names with other endings, and names and numbers with other spaces. docs/spec/referral.md, "Lint"
import { stemOfName, stemsOf } from './inflection.ts'
import type { Naming } from './naming.ts'
import type { Match } from './words.ts'

/** Phrases in forms that do not depend on spaces or endings. */
export interface OtherSpellings {
  /** Whole names and numbers, without spaces. */
  readonly compact: ReadonlyMap<string, Naming>
  /** Single words of names, without endings. */
  readonly stems: ReadonlyMap<string, Naming>
  /** Length of the longest compact phrase. */
  readonly longest: number
}

/** Minimum length of a compact phrase. */
const SHORTEST = 6
/** Minimum length of a number that is spread over several words of a text. A number without letters could be a date, so it must be longer. */
const SHORTEST_JOINED = { mixed: 7, digits: 9 }
/** Maximum number of words of a text over which a name or number may be spread. */
const WORDS = 8

/** Collects the forms of phrases that do not depend on spaces or endings. */
export function otherSpellings(namings: readonly Naming[]): OtherSpellings {
  const compact = new Map<string, Naming>()
  const stems = new Map<string, Naming>()
  for (const naming of namings) {
    const { kind, phrase } = naming
    const isOneWord = !phrase.includes(' ')
    const joined = phrase.replaceAll(' ', '')
    if (
      joined.length >= SHORTEST &&
      (kind === 'number' ? /\p{N}/u.test(joined) : kind === 'name' && !isOneWord)
    )
      compact.set(joined, naming)
    if (kind === 'name' && isOneWord) stems.set(stemOfName(phrase), naming)
  }
  return { compact, stems, longest: Math.max(0, ...[...compact.keys()].map(({ length }) => length)) }
}

/** Returns the beginning that all spellings of a phrase share. */
export function beginningOf({ kind, phrase }: Naming): string {
  const [first = ''] = phrase.split(' ', 1)
  return kind === 'number' ? first.slice(0, 2) : stemOfName(first)
}

/** Finds phrases in another spelling. The words are in lower case and without accents; `language` is a BCP 47 tag. */
export function matchesOtherwise(
  words: readonly string[],
  { compact, stems, longest }: OtherSpellings,
  language: string,
): Match<Naming>[] {
  return words.flatMap((word, start) => {
    const naming = stemsOf(word, language)
      .map((stem) => stems.get(stem))
      .find((one) => one !== undefined)
    const inflected =
      naming === undefined ? [] : [{ phrase: naming.phrase, value: naming, start, end: start + 1 }]
    return [...inflected, ...joinedAt(words, start, { compact, longest })]
  })
}

function joinedAt(
  words: readonly string[],
  start: number,
  { compact, longest }: Pick<OtherSpellings, 'compact' | 'longest'>,
): Match<Naming>[] {
  let joined = ''
  for (let end = start + 1; end <= start + WORDS && joined.length < longest; end++) {
    joined += words[end - 1] ?? ''
    const value = compact.get(joined)
    if (value !== undefined && (end === start + 1 || isLongNumber(value, joined)))
      return [{ phrase: value.phrase, value, start, end }]
  }
  return []
}

function isLongNumber({ kind }: Naming, joined: string): boolean {
  const fewest = /^\p{N}+$/u.test(joined) ? SHORTEST_JOINED.digits : SHORTEST_JOINED.mixed
  return kind === 'number' && joined.length >= fewest
}
