// Collects the phrases of a referral that identify somebody. docs/spec/referral.md, "Lint"
import type { Account, Address, Channel, Person, Place, Referral } from '../../types.ts'
import { isGeneric } from './ordinary.ts'
import { phraseOf, wordsOf } from './words.ts'

/** A phrase that identifies a person. */
export interface Naming {
  /** The text as written in the referral. */
  readonly text: string
  /** The words of the text in lower case, joined by spaces. */
  readonly phrase: string
  /** Id of the person or account, or `@somebody` or `@incident` if there is no id. */
  readonly who: string
  /** `chosen` is a name that somebody chose for an account; `place` is a place or a route; `number` is a number, address or other code. */
  readonly kind: 'name' | 'chosen' | 'place' | 'number'
}

type Text = Omit<Naming, 'phrase'>

/** Maximum number of words of a phrase that are compared: enough to recognise the phrase in limited time (T-058). */
const COMPARED = 16
/** Minimum digits of a phrase that consists only of digits. */
const DIGITS = 4

/** Collects all phrases of a referral that identify a person. */
export function namingsOf(referral: Referral): Naming[] {
  return textsOf(referral).flatMap((text) => {
    const phrase = wordsOf(text.text).slice(0, COMPARED).join(' ').toLowerCase()
    const size = [...phrase.replaceAll(' ', '')].length
    const small = size < 2 || (size < DIGITS && /^[\p{N} ]+$/u.test(phrase))
    return small || (text.kind !== 'number' && isGeneric(phrase)) ? [] : [{ ...text, phrase }]
  })
}

function textsOf({ kind, people = [], accounts = [], contact, incident }: Referral): Text[] {
  return [
    ...people.flatMap(ofPerson),
    // An advisory is about its accounts, and every recipient gets these accounts, so naming them is not a leak.
    ...(kind === 'advisory' ? [] : accounts.flatMap(ofAccount)),
    ...(contact?.channels ?? []).flatMap(ofChannel),
    ...(contact?.addresses ?? []).flatMap(ofAddress),
    ...(incident?.places ?? []).flatMap((place) => ofPlace(place, '@incident')),
    ...numbers(
      '@incident',
      incident?.addresses?.map(({ address }) => address),
    ),
  ]
}

function numbers(who: string, texts: readonly string[] = []): Text[] {
  return texts.map((text) => ({ text, who, kind: 'number' }))
}

function ofPerson({ id, roles, names = [], identifiers = [], school, birthPlace }: Person): Text[] {
  const given = names.filter(({ full }) => !isGeneric(phraseOf(full)))
  const parts = given.flatMap(({ full, parts = [] }) => [
    full,
    ...parts.filter(({ kind }) => kind !== 'title' && kind !== 'particle').map(({ text }) => text),
    ...(roles.includes('professional') ? [] : wordsOfName(full)),
  ])
  return [
    ...parts.map((text) => ({ text, who: id, kind: 'name' as const })),
    ...(school === undefined ? [] : [{ text: school, who: id, kind: 'place' as const }]),
    ...(birthPlace === undefined ? [] : ofPlace(birthPlace, id)),
    ...numbers(
      id,
      identifiers.map(({ value }) => value),
    ),
  ]
}

/** Returns the words of a full name that may be a given or family name: words that are not short and, in scripts with capitals, are capitalised. */
function wordsOfName(full: string): string[] {
  const words = full.split(/[\s,.\-‐'’/()]+/u)
  return words.length < 2
    ? []
    : words.filter((word) => {
        const [first = ''] = word
        return [...word].length >= 3 && (first !== first.toLowerCase() || first === first.toUpperCase())
      })
}

function ofAccount({
  id,
  handle,
  displayNames = [],
  urls = [],
  identifiers = [],
  addresses = [],
}: Account): Text[] {
  const chosen = [...(handle === undefined ? [] : [handle]), ...displayNames]
  return [
    ...chosen.map((text) => ({ text, who: id, kind: 'chosen' as const })),
    ...numbers(id, [
      // A URL without a path leads to the service and identifies nobody.
      ...urls
        .map((url) => url.replace(/^[a-z][a-z0-9+.-]*:\/\/(?:www\.)?/i, ''))
        .filter((url) => /[/?#]./.test(url)),
      ...identifiers.map(({ value }) => value),
      ...addresses.map(({ address }) => address),
    ]),
  ]
}

/** Channels whose value describes a place or a route. A single word of such a value identifies nobody. */
const DESCRIBED: ReadonlySet<string> = new Set(['school', 'in-person', 'through-professional', 'post'])

function ofChannel({ person, type, value }: Channel): Text[] {
  const word = /^@?[\p{L}\p{M}]+$/u.test(value)
  if (!DESCRIBED.has(type))
    return word ? [{ text: value, who: person, kind: 'chosen' }] : numbers(person, [value])
  return word ? [] : [{ text: value, who: person, kind: 'place' }]
}

function ofAddress({ people: [who = '@somebody'] = [], precision, ...place }: Address): Text[] {
  const wide = precision === 'area' || precision === 'settlement'
  return ofPlace(wide ? { ...place, lines: [] } : place, who)
}

/** Returns the lines that may name a house, and the postal code. A single word, such as the name of a town or camp, identifies nobody. */
function ofPlace({ lines = [], postalCode }: Place, who: string): Text[] {
  const exact = lines.filter((line) => /[\s\p{N}]/u.test(line))
  const code = postalCode !== undefined && /\d/.test(postalCode) ? [postalCode] : []
  return [...exact.map((text) => ({ text, who, kind: 'place' as const })), ...numbers(who, code)]
}
