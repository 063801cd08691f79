// Hides the identity of people unless --reveal is given. docs/guide/rex-desk.md, "Names are masked"
import type {
  Account,
  Address,
  Contact,
  Extension,
  Identifier,
  Name,
  Person,
  Referral,
} from '../../core/referral/index.ts'
import { seekingBirthdays } from './birthdays.ts'
import { wordsOf } from './fold.ts'
import { type Span, seeking } from './seek.ts'

/** Stands for a hidden value. Its length reveals nothing. */
const MASK = '•••'

/** Shortest word of a name that is hidden everywhere, in letters. */
const SHORTEST_WORD = 2

/** Values that identify a person. */
export interface Secrets {
  /** Names, numbers, addresses and handles. */
  readonly texts: readonly string[]
  /** Dates of birth, as partial dates. */
  readonly dates: readonly string[]
}

/**
 * The referral without names, numbers, addresses, handles and dates of birth, in free texts too. Roles, ids, ages,
 * languages and rules of contact stay: case work needs them.
 */
export function maskReferral(referral: Partial<Referral>): Partial<Referral> {
  const { people, contact, accounts, incident, extensions } = referral
  const masked = {
    ...referral,
    ...(people && { people: people.map(maskPerson) }),
    ...(contact && { contact: maskContact(contact) }),
    ...(accounts && { accounts: accounts.map(maskAccount) }),
    ...(incident?.identifiers && {
      incident: { ...incident, identifiers: incident.identifiers.map(maskIdentifier) },
    }),
    ...(extensions && { extensions: extensions.map(maskExtension) }),
  }
  return maskTexts(masked, secretsOf(referral))
}

/** A copy of a JSON value with the secrets hidden in every free text: every member named `text`. */
export function maskTexts<T>(value: T, { texts, dates }: Secrets): T {
  const seek = seeking(texts.filter((text) => text !== MASK))
  const seekDates = seekingBirthdays(dates)
  return mapStrings(value, (text, key) => {
    if (key !== 'text') return text
    const form = text.normalize('NFC')
    const words = wordsOf(form)
    return masked(form, [...seek(form, words), ...seekDates(words)])
  }) as T
}

function masked(text: string, spans: readonly Span[]): string {
  let shown = ''
  let at = 0
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start >= at) shown += text.slice(at, start).replace(/[+@]$/, '') + MASK
    at = Math.max(at, end)
  }
  return shown + text.slice(at)
}

/** Every value of the referral that identifies a person. */
export function secretsOf({ people = [], contact, accounts = [], incident }: Partial<Referral>): Secrets {
  const identified = [...people, ...accounts, ...(incident ? [incident] : [])]
  const texts = [
    ...people.flatMap(({ names = [] }) => names.flatMap(secretsOfName)),
    ...identified.flatMap(({ identifiers = [] }) => identifiers.map(({ value }) => value)),
    ...(contact?.channels ?? []).map(({ value }) => value),
    ...(contact?.never ?? []).flatMap(({ value }) => value ?? []),
    ...(contact?.addresses ?? []).flatMap(secretsOfAddress),
    ...accounts.flatMap(({ handle, displayName, url }) =>
      [handle ?? [], displayName ?? [], url ?? []].flat(),
    ),
    ...accounts.flatMap(({ addresses = [] }) => addresses.map(({ address }) => address)),
  ]
  return { texts, dates: people.flatMap(({ dateOfBirth }) => dateOfBirth ?? []) }
}

function secretsOfName({ full, parts = [] }: Name): string[] {
  const texts = [full, ...parts.map(({ text }) => text)]
  return [...texts, ...texts.flatMap(wordsOfName)]
}

/**
 * The words of a name, and the parts of hyphenated or apostrophised ones; not particles in small letters such as
 * "de" or "la".
 */
function wordsOfName(name: string): string[] {
  const isCased = /\p{Lu}/u.test(name)
  return [...new Set([/\s+/, /[\s\p{Pd}]+/u, /[\s\p{P}]+/u].flatMap((between) => name.split(between)))]
    .filter((word) => [...word].length >= SHORTEST_WORD)
    .filter((word) => [...word].length > SHORTEST_WORD || !isCased || !/^\p{Ll}/u.test(word))
}

/** A line of an address identifies a place without its number, too. */
function secretsOfAddress({ lines = [], landmark }: Address): string[] {
  const unnumbered = lines.map((line) => line.replace(/^[\p{N}\s\p{P}]+|[\p{N}\s\p{P}]+[a-z]?$/giu, ''))
  return [
    ...lines,
    ...unnumbered.filter((line) => line.length > SHORTEST_WORD + 1),
    ...(landmark ? [landmark.text] : []),
  ]
}

function mapStrings(value: unknown, map: (text: string, key: string) => string, key = ''): unknown {
  if (typeof value === 'string') return map(value, key)
  if (Array.isArray(value)) return value.map((entry) => mapStrings(entry, map, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, mapStrings(entry, map, name)]),
  )
}

function maskPerson({ names, identifiers, dateOfBirth, ...person }: Person): Person {
  return {
    ...person,
    ...(names && { names: names.map(maskName) }),
    ...(identifiers && { identifiers: identifiers.map(maskIdentifier) }),
    ...(dateOfBirth !== undefined && { dateOfBirth: yearsOnly(dateOfBirth) }),
  }
}

function maskName({ parts, ...name }: Name): Name {
  return { ...name, full: MASK, ...(parts && { parts: parts.map((part) => ({ ...part, text: MASK })) }) }
}

function maskIdentifier(identifier: Identifier): Identifier {
  return { ...identifier, value: MASK }
}

/** The years of a partial date: enough for an age, too little to identify a person. */
function yearsOnly(date: string): string {
  return date.replace(/(\d{4})(?:-\d{2}){1,2}/g, '$1')
}

function maskContact({ channels, addresses, never, ...contact }: Contact): Contact {
  return {
    ...contact,
    ...(channels && { channels: channels.map((channel) => ({ ...channel, value: MASK })) }),
    ...(addresses && {
      addresses: addresses.map(({ lines, landmark, ...address }) => ({
        ...address,
        ...(lines && { lines: [MASK] }),
        ...(landmark && { landmark: { ...landmark, text: MASK } }),
      })),
    }),
    ...(never && {
      never: never.map((entry) => ({ ...entry, ...(entry.value !== undefined && { value: MASK }) })),
    }),
  }
}

function maskAccount({ handle, displayName, identifiers, url, addresses, ...account }: Account): Account {
  return {
    ...account,
    ...(handle !== undefined && { handle: MASK }),
    ...(displayName !== undefined && { displayName: MASK }),
    ...(identifiers && { identifiers: identifiers.map(maskIdentifier) }),
    ...(url !== undefined && { url: MASK }),
    ...(addresses && { addresses: addresses.map((event) => ({ ...event, address: MASK })) }),
  }
}

/** Extension fields are hidden outside the triage card: only their owner knows what they reveal. */
function maskExtension(extension: Extension): Extension {
  const { value, section } = extension
  if (section === 'triage') return extension
  const hidden = mapStrings(value, () => MASK) as Extension['value']
  return { ...extension, value: hidden }
}
