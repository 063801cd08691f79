// Hides the identity of people unless --reveal is given. docs/guide/rex-desk.md, "Names are masked"

import { wordsOf } from '../../../core/input/words.ts'
import type {
  Account,
  Address,
  Contact,
  Extension,
  Identifier,
  Incident,
  Name,
  NetworkEvent,
  Person,
  Place,
  Referral,
} from '../../../core/referral/index.ts'
import { seekingBirthdays } from './birthdays.ts'
import { latinForms } from './latin.ts'
import { seekingNumbers } from './numbers.ts'
import { type Span, seeking } from './seek.ts'
import { seekingSounds } from './sound.ts'
import { spelledDays } from './spelled-days.ts'
import { partsOfHandle, wordsOfName } from './written.ts'

/** Text shown for a hidden value. Its length reveals nothing. */
const MASK = '•••'

/** Minimum length of an address line after its number is removed. A shorter line is not hidden, because it could be an ordinary word. */
const SHORTEST_LINE = 4

/** Values that identify a person. */
interface Secrets {
  /** Names, numbers, addresses and handles. */
  readonly texts: readonly string[]
  /** Dates of birth, as partial dates. */
  readonly dates: readonly string[]
  /** The entries of `texts` that are names. The search for names also compares sounds. Default: none. */
  readonly names?: readonly string[]
}

/**
 * Returns the referral without names, numbers, addresses, handles, schools, ethnicity, religion and dates of birth, and removes these values from
 * free texts too. Roles, ids, ages, languages and contact rules stay, because case work needs them.
 */
export function maskReferral(referral: Partial<Referral>): Partial<Referral> {
  const { people, contact, accounts, incident, extensions } = referral
  const masked = {
    ...referral,
    ...(people && { people: people.map(maskPerson) }),
    ...(contact && { contact: maskContact(contact) }),
    ...(accounts && { accounts: accounts.map(maskAccount) }),
    ...(incident && { incident: maskIncident(incident) }),
    ...(extensions && { extensions: extensions.map(maskExtension) }),
  }
  return maskTexts(masked, secretsOf(referral))
}

/** Copies a JSON value and hides the secrets in every free text, which is every member named `text`. */
export function maskTexts<T>(value: T, { texts, dates, names = [] }: Secrets): T {
  const secrets = texts.filter((text) => text !== MASK)
  const seek = seeking(secrets)
  const seekNumbers = seekingNumbers(secrets)
  const seekSounds = seekingSounds(names.filter((name) => name !== MASK))
  const seekDates = seekingBirthdays(dates)
  return mapStrings(value, (text, key) => {
    if (key !== 'text') return text
    const form = text.normalize('NFC')
    const words = wordsOf(form)
    const spans = [seek(form, words), seekNumbers(form), seekSounds(form, words), seekDates(words)]
    return masked(form, spans.flat())
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

/** Returns every value of the referral that identifies a person. */
export function secretsOf({ people = [], contact, accounts = [], incident }: Partial<Referral>): Secrets {
  const identified = [...people, ...accounts, ...(incident ? [incident] : [])]
  const texts = [
    ...people.flatMap(({ names = [] }) => names.flatMap(secretsOfName)),
    ...identified.flatMap(({ identifiers = [] }) => identifiers.map(({ value }) => value)),
    ...(contact?.channels ?? []).map(({ value }) => value),
    ...(contact?.never ?? []).flatMap(({ value }) => value ?? []),
    ...placesOf({ people, ...(contact && { contact }), ...(incident && { incident }) }).flatMap(
      secretsOfPlace,
    ),
    ...people.flatMap(({ school }) => school ?? []),
    ...accounts.flatMap(({ handle, displayNames = [], urls = [] }) =>
      [handle ?? [], displayNames, urls].flat(),
    ),
    ...handlesOf({ accounts, ...(contact && { contact }) }).flatMap(partsOfHandle),
    ...[...accounts, ...(incident ? [incident] : [])].flatMap(({ addresses = [] }) =>
      addresses.map(({ address }) => address),
    ),
  ]
  const called = people.flatMap(({ names = [] }) =>
    names.flatMap(({ full, parts = [] }) => [full, ...parts.map(({ text }) => text)]),
  )
  const names = [
    ...called.flatMap(wordsOfName),
    ...accounts.flatMap(({ displayNames = [] }) => displayNames).flatMap(wordsOfName),
  ]
  const dates = people.flatMap(({ dateOfBirth, expectedDeliveryDate, deceasedDate }) =>
    [dateOfBirth ?? [], expectedDeliveryDate ?? [], deceasedDate ?? []].flat(),
  )
  return { texts: [...texts, ...spelledDays(dates)], names, dates }
}

function secretsOfName({ full, parts = [] }: Name): string[] {
  const texts = [full, ...parts.map(({ text }) => text)]
  return [...texts, ...texts.flatMap(wordsOfName), ...texts.flatMap(latinForms)]
}

/** Returns the names of accounts: handles, links, mail addresses. */
function handlesOf({ contact, accounts = [] }: Partial<Referral>): string[] {
  const channels = [...(contact?.channels ?? []), ...(contact?.never ?? [])]
  return [
    ...accounts.flatMap(({ handle, urls = [] }) => [handle ?? [], urls].flat()),
    ...channels.flatMap(({ value }) => value ?? []),
  ]
}

function placesOf({ people = [], contact, incident }: Partial<Referral>): (Address | Place)[] {
  return [
    ...(contact?.addresses ?? []),
    ...people.flatMap(({ birthPlace }) => birthPlace ?? []),
    ...(incident?.places ?? []),
  ]
}

/**
 * Returns the values that identify a place. Returns each address line twice: as written, and without its number, because
 * even a street without a number identifies the place.
 */
function secretsOfPlace({ lines = [], landmark, postalCode }: Address | Place): string[] {
  const unnumbered = lines.map((line) => line.replace(/^[\p{N}\s\p{P}]+|[\p{N}\s\p{P}]+[a-z]?$/giu, ''))
  return [
    ...lines,
    ...unnumbered.filter((line) => line.length >= SHORTEST_LINE),
    ...(landmark ? [landmark.text] : []),
    ...(postalCode === undefined ? [] : [postalCode]),
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

/** Members of a person that are hidden completely. */
const HIDDEN = ['school', 'ethnicity', 'religion'] as const
/** Dates of a person of which only the year is shown. */
const YEARS = ['dateOfBirth', 'expectedDeliveryDate', 'deceasedDate'] as const

function maskPerson(person: Person): Person {
  const { names, identifiers, birthPlace } = person
  return {
    ...person,
    ...(names && { names: names.map(maskName) }),
    ...(identifiers && { identifiers: identifiers.map(maskIdentifier) }),
    ...(birthPlace && { birthPlace: maskPlace(birthPlace) }),
    ...Object.fromEntries(HIDDEN.flatMap((name) => (person[name] === undefined ? [] : [[name, MASK]]))),
    ...Object.fromEntries(
      YEARS.flatMap((name) => (person[name] === undefined ? [] : [[name, yearsOnly(person[name])]])),
    ),
  }
}

function maskIncident({ identifiers, places, addresses, ...incident }: Incident): Incident {
  return {
    ...incident,
    ...(identifiers && { identifiers: identifiers.map(maskIdentifier) }),
    ...(places && { places: places.map(maskPlace) }),
    ...(addresses && { addresses: addresses.map(maskNetworkEvent) }),
  }
}

function maskNetworkEvent(event: NetworkEvent): NetworkEvent {
  return { ...event, address: MASK }
}

/** Masks a place except for country and areas, which decide who is responsible. */
function maskPlace<P extends Place>({ lines, city, district, postalCode, landmark, ...place }: P) {
  return {
    ...place,
    ...(lines && { lines: [MASK] }),
    ...(city !== undefined && { city: MASK }),
    ...(district !== undefined && { district: MASK }),
    ...(postalCode !== undefined && { postalCode: MASK }),
    ...(landmark && { landmark: { ...landmark, text: MASK } }),
  }
}

function maskName({ parts, ...name }: Name): Name {
  return { ...name, full: MASK, ...(parts && { parts: parts.map((part) => ({ ...part, text: MASK })) }) }
}

function maskIdentifier(identifier: Identifier): Identifier {
  return { ...identifier, value: MASK }
}

/** Reduces a partial date to its years, which give the age but do not identify a person. */
function yearsOnly(date: string): string {
  return date.replace(/(\d{4})(?:-\d{2}){1,2}/g, '$1')
}

function maskContact({ channels, addresses, never, ...contact }: Contact): Contact {
  return {
    ...contact,
    ...(channels && { channels: channels.map((channel) => ({ ...channel, value: MASK })) }),
    ...(addresses && { addresses: addresses.map(maskPlace) }),
    ...(never && {
      never: never.map((entry) => ({ ...entry, ...(entry.value !== undefined && { value: MASK }) })),
    }),
  }
}

function maskAccount({ handle, displayNames, identifiers, urls, addresses, ...account }: Account): Account {
  return {
    ...account,
    ...(handle !== undefined && { handle: MASK }),
    ...(displayNames && { displayNames: displayNames.map(() => MASK) }),
    ...(identifiers && { identifiers: identifiers.map(maskIdentifier) }),
    ...(urls && { urls: urls.map(() => MASK) }),
    ...(addresses && { addresses: addresses.map(maskNetworkEvent) }),
  }
}

/** Hides extension fields outside the triage card, because this program cannot tell whether they identify a person. */
function maskExtension(extension: Extension): Extension {
  const { value, section } = extension
  if (section === 'triage') return extension
  const hidden = mapStrings(value, () => MASK) as Extension['value']
  return { ...extension, value: hidden }
}
