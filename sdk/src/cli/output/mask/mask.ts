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
} from '../../../core/referral/index.ts'
import { seekingBirthdays } from './birthdays.ts'
import { digit, wordsOf } from './fold.ts'
import { seekingNumbers } from './numbers.ts'
import { type Span, seeking } from './seek.ts'
import { seekingSounds } from './sound.ts'
import { partsOfHandle, wordsOfName } from './written.ts'

/** Stands for a hidden value. Its length reveals nothing. */
const MASK = '•••'

/** Shortest line of an address without its number. */
const SHORTEST_LINE = 4

/** Values that identify a person. */
interface Secrets {
  /** Names, numbers, addresses and handles. */
  readonly texts: readonly string[]
  /** Dates of birth, as partial dates. */
  readonly dates: readonly string[]
  /** Those texts that are names, sought by their sound too. Default: none. */
  readonly names?: readonly string[]
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
export function maskTexts<T>(value: T, { texts, dates, names = [] }: Secrets): T {
  const secrets = texts.filter((text) => text !== MASK)
  const seek = seeking(secrets)
  const seekNumbers = seekingNumbers(secrets, digit)
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
    ...handlesOf({ accounts, ...(contact && { contact }) }).flatMap(partsOfHandle),
    ...accounts.flatMap(({ addresses = [] }) => addresses.map(({ address }) => address)),
  ]
  const called = people.flatMap(({ names = [] }) =>
    names.flatMap(({ full, parts = [] }) => [full, ...parts.map(({ text }) => text)]),
  )
  const names = [
    ...called.flatMap(wordsOfName),
    ...accounts.flatMap(({ displayName }) => displayName ?? []).flatMap(wordsOfName),
  ]
  return { texts, names, dates: people.flatMap(({ dateOfBirth }) => dateOfBirth ?? []) }
}

function secretsOfName({ full, parts = [] }: Name): string[] {
  const texts = [full, ...parts.map(({ text }) => text)]
  return [...texts, ...texts.flatMap(wordsOfName)]
}

/** What names an account somewhere: handles, links, addresses of mail. */
function handlesOf({ contact, accounts = [] }: Partial<Referral>): string[] {
  const channels = [...(contact?.channels ?? []), ...(contact?.never ?? [])]
  return [
    ...accounts.flatMap(({ handle, url }) => [handle ?? [], url ?? []].flat()),
    ...channels.flatMap(({ value }) => value ?? []),
  ]
}

/** A line of an address identifies a place without its number, too. */
function secretsOfAddress({ lines = [], landmark }: Address): string[] {
  const unnumbered = lines.map((line) => line.replace(/^[\p{N}\s\p{P}]+|[\p{N}\s\p{P}]+[a-z]?$/giu, ''))
  return [
    ...lines,
    ...unnumbered.filter((line) => line.length >= SHORTEST_LINE),
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
