// Lint: identifying content that leaks into sections granted to every recipient. docs/spec/referral.md, "Lint"
import { type Place, pathOf } from '../../../input/path.ts'
import type { CommonCode } from '../../messages/findings.ts'
import { SECTIONS } from '../../section.ts'
import type { Referral } from '../../types.ts'
import { reachesIn, whoHas } from '../contact/same.ts'
import { canonicalAddress, isNetworkAddress } from '../facts/network-address.ts'
import { type Finding, finding } from '../finding.ts'
import { idOf } from './id.ts'
import { judged } from './judged.ts'
import { type Naming, namingsOf } from './naming.ts'
import type { Words } from './ordinary.ts'
import { beginningOf, matchesOtherwise, type OtherSpellings, otherSpellings } from './spellings.ts'
import {
  ASCII,
  type Match,
  matchesIn,
  type Phrases,
  phraseOf,
  phrasesOf,
  plainText,
  tokensOf,
} from './words.ts'

/**
 * Maximum number of beginnings in the fast check, which searches the whole text for each beginning. If there are more, the
 * check is skipped.
 */
const SOUGHT = 16
/** Maximum findings reported for one text, enough to see that it must be rewritten. */
const REPORTED = 64

/** Finds names, numbers and handles in sections granted to every recipient (REX-REF-021, REX-REF-093). */
export function leakFindings(referral: Referral, words?: Words): Finding[] {
  const known = { ...knownOf(referral), words }
  return openTexts(referral).flatMap((text) => {
    if (text.isId) return idLeaks(text, known)
    const certain = numberLeaks(text, known)
    return mayTell(text.text, known) ? wordLeaks(text, known, certain) : certain
  })
}

/** Identifying facts about people that must not reach every recipient. */
interface Known {
  /** Further ordinary words. */
  readonly words?: Words | undefined
  readonly phrases: Phrases<Naming>
  /** Beginnings of the phrases in any spelling. Undefined if there are too many to search for them one by one. */
  readonly beginnings: readonly string[] | undefined
  readonly other: OtherSpellings
  /** Finds the person to whom a telephone number or e-mail address belongs. */
  readonly whose: ReturnType<typeof whoHas>
  /** The person to whom each network address (in canonical form) belongs. */
  readonly networks: ReadonlyMap<string, string>
}

function knownOf(referral: Referral): Known {
  const namings = namingsOf(referral)
  const beginnings = new Set(namings.map(beginningOf))
  const reaching = namings
    .filter(({ kind }) => kind === 'number')
    .map(({ text, who }) => [text, who] as const)
  const networks = namings.filter(({ text }) => text.includes(':') && isNetworkAddress(text))
  return {
    phrases: phrasesOf(namings.toReversed().map((naming) => [naming.phrase, naming])),
    beginnings: beginnings.size <= SOUGHT ? [...beginnings] : undefined,
    other: otherSpellings(namings),
    whose: whoHas(reaching),
    networks: new Map(networks.map(({ text, who }) => [canonicalAddress(text), who])),
  }
}

/** Whether an identifying phrase may occur in a text. This rules out most texts quickly. */
function mayTell(text: string, { beginnings }: Known): boolean {
  if (beginnings === undefined || !ASCII.test(text)) return true
  const lower = text.toLowerCase()
  return beginnings.some((word) => lower.includes(word))
}

/** Finds the phrases of people among words in lower case, in any spelling and inflection. */
function matchesOf(words: readonly string[], { phrases, other }: Known, language: string): Match<Naming>[] {
  return [...matchesIn(words, phrases), ...matchesOtherwise(words, other, language)]
}

/** Finds ids that contain a name or number of a person. */
function idLeaks({ text, path }: OpenText, known: Known): Finding[] {
  const [match] = matchesOf(phraseOf(text).split(' '), known, 'und')
  return match === undefined ? [] : [finding('leak-id', path, { person: match.value.who })]
}

/** Finds numbers and addresses in any spelling. */
function numberLeaks({ text, path }: OpenText, { whose, networks }: Known): Finding[] {
  const written = networks.size === 0 ? [] : (text.match(/[0-9a-f]{0,4}:[0-9a-f:.]{0,44}[0-9a-f]/gi) ?? [])
  const network = written.find((one) => networks.has(canonicalAddress(one)))
  const person = whose(reachesIn(text)) ?? (network && networks.get(canonicalAddress(network)))
  return person === undefined ? [] : [finding('leak', path, { person })]
}

/** Finds names and other phrases. Reports, for each phrase and person in a text, the first finding of each code. */
function wordLeaks({ text, path, language }: OpenText, known: Known, certain: readonly Finding[]): Finding[] {
  const plain = plainText(text)
  const tokens = tokensOf(plain)
  const lower = tokens.map(({ word }) => word.toLowerCase())
  const matches = matchesOf(lower, known, language)
  const found = new Map(certain.map((leaked) => [`leak ${leaked.values.person}`, leaked]))
  for (const match of matches) {
    const { who } = match.value
    // A certain leak about this person has been found already, so further matches add nothing.
    if (found.has(`leak ${who}`)) continue
    const code = judged(match, { text: plain, tokens, language, words: known.words })
    const key = code === 'leak' ? `leak ${who}` : `${code} ${who} ${match.phrase}`
    if (!found.has(key)) found.set(key, leak(code, path, { who, text, phrase: match.phrase }))
  }
  return withoutLesser([...found.values()]).slice(0, REPORTED)
}

function leak(
  code: CommonCode,
  path: string,
  { who, text, phrase }: { who: string; text: string; phrase: string },
): Finding {
  const made = finding(code, path, { person: who })
  return code === 'leak' ? made : { ...made, id: idOf([text, who, phrase]) }
}

/** If a text certainly identifies a person, removes the other findings about that person, because they add nothing. */
function withoutLesser(findings: readonly Finding[]): Finding[] {
  const certain = new Set(findings.filter(({ code }) => code === 'leak').map(({ values }) => values.person))
  return findings.filter(({ code, values }) => code === 'leak' || !certain.has(values.person))
}

/** A text that every recipient gets, and its place. */
interface OpenText {
  readonly text: string
  readonly path: string
  /** BCP 47 tag; `und` if not stated. */
  readonly language: string
  /** Whether the sender chose the text as an id. */
  readonly isId: boolean
}

/** Members that contain free text. */
const FREE: ReadonlySet<string> = new Set([
  'text',
  'fileName',
  'by',
  'hostingProvider',
  'name',
  'code',
  'shareWithOrganisations',
])
/** Members that contain ids. */
const IDS: ReadonlySet<string> = new Set([
  'id',
  'person',
  'givenBy',
  'informedPeople',
  'about',
  'account',
  'item',
  'key',
])

const OPEN_FIELDS = Object.values(SECTIONS).flatMap(({ identifying, fields }) => (identifying ? [] : fields))

function openTexts(referral: Referral): OpenText[] {
  const open: OpenText[] = []
  for (const field of OPEN_FIELDS) addTexts(open, referral[field], { step: field, within: undefined })
  for (const [i, extension] of referral.extensions?.entries() ?? [])
    if (SECTIONS[extension.section as keyof typeof SECTIONS]?.identifying === false)
      addTexts(open, extension, { step: i, within: { step: 'extensions', within: undefined } })
  return open
}

/** Adds the texts of a member. `name`: name of the member; for an entry of a list, name of the list. */
function addTexts(
  open: OpenText[],
  value: unknown,
  place: Place,
  {
    name = place.step,
    language = 'und',
  }: { readonly name?: string | number; readonly language?: string } = {},
): void {
  if (typeof value === 'string') {
    const isId = IDS.has(String(name))
    if (isId || FREE.has(String(name))) open.push({ text: value, path: pathOf(place), language, isId })
  } else if (Array.isArray(value))
    for (const [step, entry] of value.entries()) addTexts(open, entry, { step, within: place }, { name })
  else if (typeof value === 'object' && value !== null) {
    const { language: tag } = value as { readonly language?: unknown }
    for (const [step, member] of Object.entries(value))
      addTexts(open, member, { step, within: place }, typeof tag === 'string' ? { language: tag } : {})
  }
}
