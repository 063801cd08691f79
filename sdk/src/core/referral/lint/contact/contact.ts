// Lint: whether the people concerned can be reached, and safely. docs/spec/referral.md, "Lint"

import type { CommonCode } from '../../messages/findings.ts'
import { type Danger, type Dangers, dangers, sharedAddresses } from '../../safety/danger.ts'
import { type Doors, doorsOf, namesDoor } from '../../safety/doors.ts'
import type { Channel, Contact, NeverContact, Person, Referral } from '../../types.ts'
import { type Finding, finding, when } from '../finding.ts'
import { isGeneric } from '../leaks/ordinary.ts'
import { phraseOf } from '../leaks/words.ts'
import { caregiversOf, consentFindings } from './consent.ts'
import { type Form, formOf, whoHas } from './same.ts'

const REACHES: Readonly<Record<Danger, CommonCode>> = {
  'must-not-contact': 'reaches-not-contacted',
  'must-not-be-told': 'reaches-not-told',
  suspected: 'reaches-suspected',
}

/** Returns the findings about contact (REX-REF-097). */
export function contactFindings(referral: Referral): Finding[] {
  const { kind, contact } = referral
  const danger = dangers(referral)
  const { people = [] } = referral
  const around = {
    danger,
    people,
    whose: whoHas(valuesOf(referral, danger)),
    names: namesOf(people, danger),
    homes: homesOf(contact, danger),
  }
  const forbidding = (contact?.never ?? []).map(forbiddenBy)
  return [
    ...when(kind === 'victim-support' && !reachesSomebody(contact, danger), 'contact-missing', 'contact'),
    ...(contact?.channels ?? []).flatMap((channel, i) => {
      const path = `contact.channels[${i}]`
      return [
        ...peopleFindings(channel, path, danger),
        ...deviceFindings(channel, path, around),
        ...forbiddenFindings(channel, path, forbidding),
        ...leadFindings(channel, path, around),
      ]
    }),
    ...addressFindings(referral),
    ...consentFindings(referral),
  ]
}

function reachesSomebody(contact: Contact | undefined, danger: Dangers): boolean {
  const addresses = (contact?.addresses ?? []).filter(
    ({ people = [] }) => people.length === 0 || people.some((id) => !danger.has(id)),
  )
  const withheld = contact?.absent?.channels === 'withheld-for-safety'
  return withheld || addresses.length > 0 || (contact?.channels?.length ?? 0) > 0
}

/** Finds channels of people who must not be reached, and channels that such people own or answer. */
function peopleFindings(
  { person, owner, answeredBy = [] }: Channel,
  path: string,
  danger: Dangers,
): Finding[] {
  const named = [
    ['person', person],
    ...(owner === undefined ? [] : [['owner', owner]]),
    ...answeredBy.map((id, i) => [`answeredBy[${i}]`, id]),
  ] as const
  return named.flatMap(([field = '', id = '']) => {
    const reason = danger.get(id)
    return reason === undefined ? [] : [finding(REACHES[reason], `${path}.${field}`, { person: id })]
  })
}

/** Finds devices of the suspected person. Also finds devices of an unnamed caregiver if no caregiver may be reached. */
function deviceFindings(
  { person, device, owner }: Channel,
  path: string,
  { people, danger }: Pick<Around, 'people' | 'danger'>,
): Finding[] {
  if (device === 'suspected-person') return [finding('device-of-suspected', `${path}.device`)]
  if (device !== 'caregiver' || owner !== undefined) return []
  const caregivers = caregiversOf(people, undefined)
  const [first = ''] = caregivers
  const reason = danger.get(first)
  const isSafe = caregivers.includes(person) || caregivers.some((id) => !danger.has(id))
  return reason === undefined || isSafe ? [] : [finding(REACHES[reason], `${path}.device`, { person: first })]
}

/** Whether an entry of the never-contact list forbids a channel. */
type Forbids = (channel: Channel) => boolean

function forbiddenFindings(channel: Channel, path: string, forbidding: readonly Forbids[]): Finding[] {
  const index = forbidding.findIndex((forbids) => forbids(channel))
  return [...when(index >= 0, 'channel-forbidden', path, { other: `contact.never[${index}]` })]
}

/**
 * Makes the check for an entry of the never-contact list. An entry that names only a person forbids no channel here, because `dangers`
 * already covers that person.
 */
function forbiddenBy({ person, type, value }: NeverContact): Forbids {
  if (type === undefined && value === undefined) return () => false
  const same = value === undefined ? undefined : whoHas([[value, value]])
  return (channel) => {
    if (type !== undefined && type !== channel.type) return false
    return same === undefined
      ? person === undefined || person === channel.person
      : same(formOf(channel.value)) !== undefined
  }
}

interface Around {
  readonly danger: Dangers
  readonly people: readonly Person[]
  /** Returns the person to whom a value leads, if it is somebody who must not be reached. */
  readonly whose: (form: Form) => string | undefined
  /** Names of people who must not be reached, as words joined by spaces, each with the person's id. */
  readonly names: readonly (readonly [words: string, who: string])[]
  /** Addresses of people who must not be reached, each with the person's id. */
  readonly homes: readonly (readonly [doors: Doors, who: string])[]
}

/** Channels whose value is a description and may name somebody. */
const DESCRIBED: ReadonlySet<string> = new Set(['in-person', 'post', 'through-professional', 'school'])

/** Finds channels that lead to a person who must not be reached although the referral lists them as another person's. */
function leadFindings(channel: Channel, path: string, around: Around): Finding[] {
  if (around.danger.has(channel.person)) return []
  const person =
    around.whose(formOf(channel.value)) ??
    (DESCRIBED.has(channel.type) ? describedIn(channel.value, around) : undefined) ??
    (channel.type === 'through-professional' ? onlyProfessional(around) : undefined)
  return person === undefined ? [] : [finding('channel-leads-to', `${path}.value`, { person })]
}

/** Returns the person whose name or address a description contains, among the people who must not be reached. */
function describedIn(value: string, { names, homes }: Pick<Around, 'names' | 'homes'>): string | undefined {
  const said = ` ${phraseOf(value)} `
  const named = names.find(([words]) => said.includes(` ${words} `))
  return named?.[1] ?? homes.find(([doors]) => namesDoor(value, doors))?.[1]
}

/** If none of the referral's professionals may be reached, returns the id of the first. Otherwise undefined. */
function onlyProfessional({ people, danger }: Pick<Around, 'people' | 'danger'>): string | undefined {
  const professionals = people.filter(({ roles }) => roles.includes('professional'))
  return professionals.every(({ id }) => danger.has(id)) ? professionals[0]?.id : undefined
}

/** Types of identifiers by which somebody can be reached. */
const REACHING: ReadonlySet<string> = new Set(['phone-number', 'e-mail', 'user-id', 'other'])

/** Collects every number, address and handle of people who must not be reached. */
function valuesOf(
  { people = [], accounts = [], contact }: Referral,
  danger: Dangers,
): (readonly [value: string, who: string])[] {
  const reaching = ({ type }: { readonly type: string }) => REACHING.has(type)
  return [
    ...people
      .filter(({ id }) => danger.has(id))
      .flatMap(({ id, identifiers = [] }) =>
        identifiers.filter(reaching).map(({ value }) => [value, id] as const),
      ),
    ...accounts.flatMap(({ person = '', identifiers = [], handle, displayNames = [], urls = [] }) =>
      danger.has(person)
        ? [
            ...identifiers.map(({ value }) => value),
            ...(handle === undefined ? [] : [handle]),
            ...displayNames,
            ...urls,
          ].map((value) => [value, person] as const)
        : [],
    ),
    ...(contact?.channels ?? [])
      .filter(({ person }) => danger.has(person))
      .map(({ value, person }) => [value, person] as const),
  ]
}

/** Collects the names of people who must not be reached, split into words. */
function namesOf(people: readonly Person[], danger: Dangers): Around['names'] {
  return people
    .filter(({ id }) => danger.has(id))
    .flatMap(({ id, names = [] }) => names.map(({ full }) => [phraseOf(full), id] as const))
    .filter(([words]) => words.length > 1 && !isGeneric(words))
}

/** Collects the addresses, except old ones, of people who must not be reached. */
function homesOf(contact: Contact | undefined, danger: Dangers): Around['homes'] {
  return (contact?.addresses ?? []).flatMap((address) => {
    const who = address.use === 'old' ? undefined : address.people?.find((id) => danger.has(id))
    return who === undefined ? [] : [[doorsOf(address), who] as const]
  })
}

/**
 * Finds addresses that people share with somebody who must not be reached. If no contact channel reaches any of these people, that is an error,
 * because a visitor or a letter would go to the shared address.
 */
function addressFindings(referral: Referral): Finding[] {
  const { channels = [], never = [] } = referral.contact ?? {}
  const closed = ['in-person', 'post'].every((type) =>
    never.some((entry) => entry.type === type && entry.person === undefined && entry.value === undefined),
  )
  if (closed) return []
  const reached = new Set(channels.map(({ person }) => person))
  return sharedAddresses(referral).map(({ index, others, endangering: [person = ''] }) =>
    finding(
      others.some((id) => reached.has(id)) ? 'address-also-shared' : 'address-shared',
      `contact.addresses[${index}].people`,
      { person },
    ),
  )
}
