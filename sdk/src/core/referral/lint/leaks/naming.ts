// The phrases of a referral that identify somebody. docs/spec/referral.md, "Lint"
import type { Account, Address, Channel, Person, Referral } from '../../types.ts'
import { GENERIC } from './ordinary.ts'
import { wordsOf } from './words.ts'

/** A phrase that identifies a person. */
export interface Naming {
  /** The text as the referral has it. */
  readonly text: string
  /** Its words in lower case, joined by spaces. */
  readonly phrase: string
  /** Id of the person or account; `@somebody`, `@incident` if there is none. */
  readonly who: string
  /** A name, a name that somebody chose for an account, a place or way, or a number, address or other code. */
  readonly kind: 'name' | 'chosen' | 'place' | 'number'
}

type Text = Omit<Naming, 'phrase'>

/** Words of a phrase that are compared: enough to identify it, and a limit on the time (T-058). */
const COMPARED = 16
/** Fewest digits of a number by itself. */
const DIGITS = 4

/** All phrases of a referral that identify a person. */
export function namingsOf(referral: Referral): Naming[] {
  return textsOf(referral).flatMap((text) => {
    const phrase = wordsOf(text.text).slice(0, COMPARED).join(' ').toLowerCase()
    const size = [...phrase.replaceAll(' ', '')].length
    const small = size < 2 || (size < DIGITS && /^[\p{N} ]+$/u.test(phrase))
    return small || GENERIC.has(phrase) ? [] : [{ ...text, phrase }]
  })
}

function textsOf({ kind, people = [], accounts = [], contact, incident }: Referral): Text[] {
  return [
    ...people.flatMap(ofPerson),
    // An advisory is about its accounts, and everybody who gets it gets them.
    ...(kind === 'advisory' ? [] : accounts.flatMap(ofAccount)),
    ...(contact?.channels ?? []).flatMap(ofChannel),
    ...(contact?.addresses ?? []).flatMap(ofAddress),
    ...numbers(
      '@incident',
      incident?.addresses?.map(({ address }) => address),
    ),
  ]
}

function numbers(who: string, texts: readonly string[] = []): Text[] {
  return texts.map((text) => ({ text, who, kind: 'number' }))
}

function ofPerson({ id, roles, names = [], identifiers = [], school }: Person): Text[] {
  const parts = names.flatMap(({ full, parts = [] }) => [
    full,
    ...parts.filter(({ kind }) => kind !== 'title' && kind !== 'particle').map(({ text }) => text),
    ...(roles.includes('professional') ? [] : wordsOfName(full)),
  ])
  return [
    ...parts.map((text) => ({ text, who: id, kind: 'name' as const })),
    ...(school === undefined ? [] : [{ text: school, who: id, kind: 'place' as const }]),
    ...numbers(
      id,
      identifiers.map(({ value }) => value),
    ),
  ]
}

/** The words of a full name that may be a given or a family name: not short, and with a capital where the script has them. */
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
      // A URL without a path is that of the service.
      ...urls
        .map((url) => url.replace(/^[a-z][a-z0-9+.-]*:\/\/(?:www\.)?/i, ''))
        .filter((url) => /[/?#]./.test(url)),
      ...identifiers.map(({ value }) => value),
      ...addresses.map(({ address }) => address),
    ]),
  ]
}

/** Channels whose value describes a place or a route, so that one word of it identifies no one. */
const DESCRIBED: ReadonlySet<string> = new Set(['school', 'in-person', 'through-professional', 'post'])

function ofChannel({ person, type, value }: Channel): Text[] {
  const word = /^@?[\p{L}\p{M}]+$/u.test(value)
  if (!DESCRIBED.has(type))
    return word ? [{ text: value, who: person, kind: 'chosen' }] : numbers(person, [value])
  return word ? [] : [{ text: value, who: person, kind: 'place' }]
}

/** Lines that lead to a door; the name of a town or camp tells no one. */
function ofAddress({ people: [who = '@somebody'] = [], lines = [], precision, postalCode }: Address): Text[] {
  const wide = precision === 'area' || precision === 'settlement'
  const exact = wide ? [] : lines.filter((line) => /[\s\p{N}]/u.test(line))
  const code = postalCode !== undefined && /\d/.test(postalCode) ? [postalCode] : []
  return [...exact.map((text) => ({ text, who, kind: 'place' as const })), ...numbers(who, code)]
}
