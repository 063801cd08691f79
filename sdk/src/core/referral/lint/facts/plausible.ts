// Lint: values that cannot be what they say. docs/spec/referral.md, "Lint"
import { instantMs, parseDate } from '../../dates.ts'
import { codeEntry } from '../../lists.ts'
import type { Channel, Item, NetworkEvent, Referral } from '../../types.ts'
import { error, type Finding, warning, when } from '../finding.ts'
import { isNetworkAddress, isPrivate } from './address.ts'
import { isAfter } from './contradictions.ts'

/** Findings about values. */
export function plausibleFindings(referral: Referral, now?: number): Finding[] {
  const { incident, accounts = [], items = [], contact, triage } = referral
  return [
    ...(incident?.addresses ?? []).flatMap((event, i) => addressFindings(event, `incident.addresses[${i}]`)),
    ...accounts.flatMap(({ addresses = [] }, i) =>
      addresses.flatMap((event, j) => addressFindings(event, `accounts[${i}].addresses[${j}]`)),
    ),
    ...items.flatMap((item, i) => itemFindings(item, `items[${i}]`)),
    ...(contact?.channels ?? []).flatMap((channel, i) => channelFindings(channel, `contact.channels[${i}]`)),
    ...(triage.languages ?? []).flatMap((tag, i) =>
      when(
        /^[a-z]{4,8}(-|$)/i.test(tag),
        warning(`triage.languages[${i}]`, 'is no code of a language', 'Write its BCP 47 tag, such as "en".'),
      ),
    ),
    ...countryFindings(referral),
    ...(now === undefined ? [] : timeFindings(referral, now)),
  ]
}

function addressFindings({ address, event, at }: NetworkEvent, path: string): Finding[] {
  if (!isNetworkAddress(address))
    return [error(`${path}.address`, 'is no IPv4 or IPv6 address', 'Copy it again.')]
  return [
    ...when(
      isPrivate(address),
      warning(
        `${path}.address`,
        'is an address inside a network, which identifies no connection',
        'Ask for the public address.',
      ),
    ),
    ...when(
      event !== 'hosting' && (at === undefined || instantMs(at) === undefined),
      warning(
        `${path}.at`,
        'is no exact time; within a day, an address belongs to several people',
        'State the time with its zone, if it is known.',
      ),
    ),
  ]
}

function itemFindings({ url, domain, classifications = [] }: Item, path: string): Finding[] {
  return [
    ...(url === undefined ? [] : urlFindings(url, `${path}.url`)),
    ...when(
      domain !== undefined && /[/:\s]/.test(domain),
      warning(
        `${path}.domain`,
        'holds more than a domain',
        'Write a URL into "url"; a domain means everything on it.',
      ),
    ),
    ...classifications.flatMap(({ scheme, value }, i) => {
      const pattern = codeEntry('classification-scheme', scheme)?.pattern
      return when(
        pattern !== undefined && !new RegExp(pattern, 'u').test(value),
        warning(
          `${path}.classifications[${i}].value`,
          `is no class of ${scheme}`,
          'Spell it exactly as the scheme does.',
        ),
      )
    }),
  ]
}

function urlFindings(url: string, path: string): Finding[] {
  return [
    ...when(
      /^(?:hxxp|fxp)|\[[.]\]|\[at\]/i.test(url),
      warning(
        path,
        'is defanged',
        'Write it as it is, with "http" and plain dots; it is shown defanged and never opened.',
      ),
    ),
    ...when(
      /\s/.test(url),
      warning(path, 'holds white space', 'Write %20 for a space, or copy the URL again.'),
    ),
    ...when(
      /^(?:file|javascript|data|about|blob):/i.test(url),
      warning(path, 'leads nowhere on another computer', 'Write the URL at which others find it.'),
    ),
  ]
}

function channelFindings({ type, value, safeTimes = [] }: Channel, path: string): Finding[] {
  const number = type === 'phone' || type === 'text-message'
  return [
    ...when(
      (type === 'e-mail' && !/^[^\s@]+@[^\s@]+$/.test(value)) || (number && !/\p{Nd}/u.test(value)),
      warning(
        `${path}.value`,
        `does not look like a value for ${type}`,
        'Correct it, or choose another type.',
      ),
    ),
    ...safeTimes.flatMap(({ from, until, zone }, i) => [
      ...when(
        until <= from,
        warning(`${path}.safeTimes[${i}].until`, 'is not after "from"', 'Write a time over midnight as two.'),
      ),
      ...when(
        !isZone(zone),
        warning(
          `${path}.safeTimes[${i}].zone`,
          'is no time zone',
          'Write an IANA name such as "Europe/Kyiv".',
        ),
      ),
    ]),
  ]
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

const REGIONS = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })

function countryFindings({ triage, incident, people = [] }: Referral): Finding[] {
  const named = [
    ['triage.country', triage.country],
    ...(incident?.countries ?? []).map((country, i) => [`incident.countries[${i}]`, country]),
    ...people.flatMap(({ nationalities = [] }, i) =>
      nationalities.map((country, j) => [`people[${i}].nationalities[${j}]`, country]),
    ),
  ] as const
  return named.flatMap(([path = '', country]) =>
    when(
      country !== undefined && (country === 'ZZ' || REGIONS.of(country) === undefined),
      warning(path, 'is no code of a country', 'Write its ISO 3166-1 code, such as "UA".'),
    ),
  )
}

/** Years before which nobody of a case was born. */
const OLDEST = 130 * 365.25 * 86_400_000

function timeFindings(
  { people = [], incident, items = [], accounts = [], references = [], triage }: Referral,
  now: number,
): Finding[] {
  const past = [
    ['incident.period', incident?.period],
    ...people.flatMap(({ dateOfBirth, deceasedDate }, i) => [
      [`people[${i}].dateOfBirth`, dateOfBirth],
      [`people[${i}].deceasedDate`, deceasedDate],
    ]),
    ...items.flatMap(({ firstSeen, lastSeen }, i) => [
      [`items[${i}].firstSeen`, firstSeen],
      [`items[${i}].lastSeen`, lastSeen],
    ]),
    ...accounts.flatMap(({ addresses = [] }, i) =>
      addresses.map(({ at }, j) => [`accounts[${i}].addresses[${j}].at`, at]),
    ),
  ] as const
  const over = [
    ['triage.urgency.due', triage.urgency?.due],
    ['triage.neededBy', triage.neededBy],
    ...references.map(({ keptUntil }, i) => [`references[${i}].keptUntil`, keptUntil]),
  ] as const
  return [
    ...past.flatMap(([path = '', date]) =>
      when(
        date !== undefined && isAfter(date, now),
        warning(path, 'lies in the future', 'Correct the date.'),
      ),
    ),
    ...people.flatMap(({ dateOfBirth }, i) =>
      when(
        dateOfBirth !== undefined && now - (parseDate(dateOfBirth)?.endMs ?? now) > OLDEST,
        warning(`people[${i}].dateOfBirth`, 'lies too far in the past', 'Correct the date.'),
      ),
    ),
    ...over.flatMap(([path = '', date]) =>
      when(
        date !== undefined && (parseDate(date)?.endMs ?? now) < now,
        warning(path, 'lies in the past', 'Correct the date, or say what is to be done now.'),
      ),
    ),
  ]
}
