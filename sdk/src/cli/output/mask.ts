// Hides who people are, unless --reveal asks to show it. docs/guide/rex-desk.md, "Names are masked"
import type {
  Account,
  Contact,
  Extension,
  Identifier,
  Name,
  Person,
  Referral,
} from '../../core/referral/index.ts'

/** What stands for a hidden value; its length tells nothing. */
export const MASK = '•••'

const SHORTEST_WORD = 3
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/**
 * The referral without names, numbers, addresses, handles and days of birth, these values also in free texts.
 * Roles, ids, ages, languages and rules of contact stay: they are what the work needs.
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

/** A copy of any JSON value in which the secrets are hidden in every free text: every member named `text`. */
export function maskTexts<T>(value: T, secrets: readonly string[]): T {
  const pattern = patternOf(secrets)
  if (pattern === undefined) return value
  return mapStrings(value, (text, key) =>
    key === 'text' ? text.normalize('NFC').replace(pattern, MASK) : text,
  ) as T
}

/** Every value of the referral that tells who somebody is. */
export function secretsOf({ people = [], contact, accounts = [], incident }: Partial<Referral>): string[] {
  return [
    ...people.flatMap(({ names = [] }) => names.flatMap(secretsOfName)),
    ...[...people, ...accounts, ...(incident ? [incident] : [])].flatMap(({ identifiers = [] }) =>
      identifiers.map(({ value }) => value),
    ),
    ...(contact?.channels ?? []).map(({ value }) => value),
    ...(contact?.never ?? []).flatMap(({ value }) => value ?? []),
    ...(contact?.addresses ?? []).flatMap(({ lines = [] }) => lines),
    ...accounts.flatMap(({ handle, displayName }) => [handle ?? [], displayName ?? []].flat()),
  ]
}

function secretsOfName({ full, parts = [] }: Name): string[] {
  const texts = [full, ...parts.map(({ text }) => text)]
  return [
    ...texts,
    ...texts.flatMap((text) => text.split(/\s+/)).filter((word) => word.length >= SHORTEST_WORD),
  ]
}

function patternOf(secrets: readonly string[]): RegExp | undefined {
  const sources = [...new Set(secrets.map((secret) => secret.normalize('NFC').trim()))]
    .filter((secret) => secret !== '' && secret !== MASK)
    .toSorted((a, b) => b.length - a.length)
    .map(sourceOf)
  return sources.length === 0 ? undefined : new RegExp(sources.join('|'), 'giu')
}

/** A secret begins a word where words are spaced; a short one must be the whole word. */
function sourceOf(secret: string): string {
  const literal = secret.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  if (UNSPACED.test(secret)) return literal
  return `(?<![\\p{L}\\p{N}])${literal}${secret.length > SHORTEST_WORD ? '' : '(?![\\p{L}\\p{N}])'}`
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

/** The years of a partial date: enough for an age, too little to find a person. */
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

/** Own fields are hidden outside the triage card: only their owner knows what they tell. */
function maskExtension(extension: Extension): Extension {
  const { value, section } = extension
  if (section === 'triage') return extension
  const hidden = mapStrings(value, () => MASK) as Extension['value']
  return { ...extension, value: hidden }
}
