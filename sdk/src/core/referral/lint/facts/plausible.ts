// Lint: values that cannot be right for their field, such as a time zone that does not exist. docs/spec/referral.md, "Lint"
import { instantMs } from '../../dates.ts'
import type { Channel, NetworkEvent, Place, Referral } from '../../types.ts'
import type { Finding } from '../finding.ts'
import { warnWhen } from '../warning.ts'
import { networkEvents } from './addresses.ts'
import { isNetworkAddress, isPrivate } from './network-address.ts'

/** Returns the findings about implausible values. */
export function plausibleFindings(referral: Referral): Finding[] {
  return [
    ...networkEvents(referral).flatMap(([path, event]) => eventFindings(event, path)),
    ...(referral.contact?.channels ?? []).flatMap((channel, i) =>
      channelFindings(channel, `contact.channels[${i}]`),
    ),
    ...languageFindings(referral),
    ...countryFindings(referral),
  ]
}

/** Checks a network event. The addresses of items need no exact time, because a server keeps its address (REX-REF-027). */
function eventFindings({ address, event, at }: NetworkEvent, path: string): Finding[] {
  if (!isNetworkAddress(address)) return []
  const inexact =
    event !== 'hosting' && !path.startsWith('items') && (at === undefined || instantMs(at) === undefined)
  return [
    ...warnWhen(isPrivate(address), 'network-address-private', `${path}.address`),
    ...warnWhen(inexact, 'network-time-inexact', `${path}.at`),
  ]
}

function channelFindings({ type, value, safeTimes = [] }: Channel, path: string): Finding[] {
  const number = type === 'phone' || type === 'text-message'
  const strange =
    (type === 'e-mail' && !/^[^\s@]+@[^\s@]+$/.test(value)) || (number && !/\p{Nd}/u.test(value))
  return [
    ...warnWhen(strange, 'channel-value-strange', `${path}.value`, { type }),
    ...safeTimes.flatMap(({ from, until, zone }, i) => [
      ...warnWhen(until <= from, 'safe-time-reversed', `${path}.safeTimes[${i}].until`),
      ...warnWhen(!isZone(zone), 'zone-unknown', `${path}.safeTimes[${i}].zone`),
    ]),
  ]
}

/** Whether a text names a time zone. An offset such as "+0200" is not accepted, because a place's offset changes with the season. */
function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return !/^[+-]/.test(zone)
  } catch {
    return false
  }
}

/**
 * Finds language tags that are not registered. BCP 47 registers subtags of two and three letters; a longer text is usually the name of a
 * language.
 */
function languageFindings({ triage, people = [] }: Referral): Finding[] {
  const named = [
    [triage.languages, 'triage'],
    ...people.map(({ languages }, i) => [languages, `people[${i}]`] as const),
  ] as const
  return named.flatMap(([languages = [], owner]) =>
    languages.flatMap((tag, i) => warnWhen(!isLanguage(tag), 'language-unknown', `${owner}.languages[${i}]`)),
  )
}

const NAMES = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })
const LANGUAGES = new Map<string, boolean>()

function isLanguage(tag: string): boolean {
  const [primary = ''] = tag.toLowerCase().split('-')
  // Accept all three-letter subtags, because there are thousands and most have no name in this runtime.
  if (primary.length !== 2) return primary.length < 4
  const known = LANGUAGES.get(primary) ?? NAMES.of(primary) !== undefined
  LANGUAGES.set(primary, known)
  return known
}

/** Codes that have a name but do not stand for a country. */
const NO_COUNTRY: ReadonlySet<string> = new Set(['ZZ', 'XA', 'XB', 'QO', 'EU', 'EZ', 'UN'])
const REGIONS = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })

function countryFindings(referral: Referral): Finding[] {
  const { triage, incident, people = [], contact, items = [] } = referral
  const ofPlaces = (places: readonly (Place | undefined)[] = [], path: string) =>
    places.map((place, i) => [`${path}[${i}].country`, place?.country] as const)
  const named = [
    ['triage.country', triage.country] as const,
    ...(incident?.countries ?? []).map((country, i) => [`incident.countries[${i}]`, country] as const),
    ...ofPlaces(incident?.places, 'incident.places'),
    ...ofPlaces(contact?.addresses, 'contact.addresses'),
    ...people.flatMap(({ nationalities = [], identifiers = [], birthPlace }, i) => [
      ...nationalities.map((country, j) => [`people[${i}].nationalities[${j}]`, country] as const),
      ...identifiers.map(({ country }, j) => [`people[${i}].identifiers[${j}].country`, country] as const),
      [`people[${i}].birthPlace.country`, birthPlace?.country] as const,
    ]),
    ...items.map(({ hostingCountry }, i) => [`items[${i}].hostingCountry`, hostingCountry] as const),
  ]
  return named.flatMap(([path, country]) =>
    country === undefined || isCountry(country) ? [] : warnWhen(true, 'country-unknown', path),
  )
}

const COUNTRIES = new Map<string, boolean>()

/** Whether a code is the current code of a country. "UK" and "YU" are not: they are only aliases of other codes. */
function isCountry(code: string): boolean {
  const known =
    COUNTRIES.get(code) ??
    (!NO_COUNTRY.has(code) &&
      REGIONS.of(code) !== undefined &&
      new Intl.Locale(`und-${code}`).region === code)
  COUNTRIES.set(code, known)
  return known
}
