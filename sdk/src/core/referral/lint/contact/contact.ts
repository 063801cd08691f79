// Lint: whether the people concerned can be reached, and safely. docs/spec/referral.md, "Lint"

import { type Danger, dangers, sharedAddresses } from '../../safety/danger.ts'
import type { Channel, Contact, NeverContact, Person, Referral } from '../../types.ts'
import { error, type Finding, info, missing, warning, when } from '../finding.ts'
import { type Form, formOf, sameForm, sameValue } from './same.ts'

/** How a finding says why a person must not be reached. */
const SAYS: Readonly<Record<Danger, string>> = {
  'must-not-contact': 'must not be contacted, according to another part of the referral',
  'must-not-be-told': 'must not be told, according to another part of the referral',
  suspected: 'is a suspected person',
}

/** Findings about contact. */
export function contactFindings(referral: Referral): Finding[] {
  const { kind, contact } = referral
  const danger = dangers(referral)
  const leads = valuesOf(referral, danger).map(formOf)
  return [
    ...when(
      kind === 'victim-support' && !reachesSomebody(contact, danger),
      error(
        'contact',
        'gives no way to reach anybody',
        'Add a channel or address, or state in "absent" that it is withheld for safety.',
      ),
    ),
    ...(contact?.channels ?? []).flatMap((channel, i) => [
      ...safetyFindings(channel, { path: `contact.channels[${i}]`, contact, danger, leads }),
      ...questionFindings(channel, { path: `contact.channels[${i}]`, people: referral.people ?? [] }),
    ]),
    ...addressFindings(referral),
    ...consentFindings(referral, danger),
  ]
}

type Dangers = ReadonlyMap<string, Danger>

function reachesSomebody(contact: Contact | undefined, danger: Dangers): boolean {
  const addresses = (contact?.addresses ?? []).filter(
    ({ people = [] }) => people.length === 0 || people.some((id) => !danger.has(id)),
  )
  const withheld = contact?.absent?.channels === 'withheld-for-safety'
  return withheld || addresses.length > 0 || (contact?.channels?.length ?? 0) > 0
}

interface Around {
  readonly path: string
  readonly contact: Contact | undefined
  readonly danger: Dangers
  /** Numbers, addresses and handles of people who must not be reached. */
  readonly leads: readonly Form[]
}

/** Errors that would lead somebody into danger. No preset and no confirmation lifts them. */
function safetyFindings(channel: Channel, { path, contact, danger, leads }: Around): Finding[] {
  const { person, owner, answeredBy = [] } = channel
  const form = formOf(channel.value)
  const by = (field: string, id: string | undefined, does: string) => {
    const reason = id === undefined ? undefined : danger.get(id)
    return reason === undefined
      ? []
      : [
          error(
            `${path}.${field}`,
            `${does}${SAYS[reason]}`,
            'Remove the channel, or correct the other part.',
          ),
        ]
  }
  return [
    ...by('person', person, ''),
    ...by('owner', owner, 'names an owner who '),
    ...answeredBy.flatMap((id, i) => by(`answeredBy[${i}]`, id, 'names somebody who may answer and ')),
    ...when(
      (contact?.never ?? []).some((never) => forbids(never, channel)),
      error(path, 'is in the list of what must never be used', 'Remove one of the two.'),
    ),
    ...when(
      !danger.has(person) && leads.some((lead) => sameForm(lead, form)),
      error(`${path}.value`, 'leads to somebody who must not be reached', 'Remove the channel.'),
    ),
    ...when(
      channel.device === 'suspected-person',
      error(`${path}.device`, 'belongs to the suspected person', 'Move the channel to "never".'),
    ),
  ]
}

/** Whether an entry of the never-contact list forbids a channel. Entries for a person alone are dangers. */
function forbids({ person, type, value }: NeverContact, channel: Channel): boolean {
  if (type === undefined && value === undefined) return false
  if (type !== undefined && type !== channel.type) return false
  return value === undefined
    ? person === undefined || person === channel.person
    : sameValue(value, channel.value)
}

/** Every number, address and handle by which the referral knows people who must not be reached. */
function valuesOf({ people = [], accounts = [], contact }: Referral, danger: Dangers): string[] {
  const theirs = (id: string | undefined) => id !== undefined && danger.has(id)
  const reaching = ({ type }: { readonly type: string }) => type === 'phone-number' || type === 'e-mail'
  return [
    ...people.filter(({ id }) => theirs(id)).flatMap(({ identifiers = [] }) => identifiers.filter(reaching)),
    ...accounts
      .filter(({ person }) => theirs(person))
      .flatMap(({ identifiers = [], handle }) => [
        ...identifiers.filter(reaching),
        ...(handle === undefined ? [] : [{ value: handle }]),
      ]),
    ...(contact?.channels ?? []).filter(({ person }) => theirs(person)),
  ].map(({ value }) => value)
}

/** What should be known before a channel is used, by its type. Other types raise no such question. */
const ASKED: Readonly<Record<string, readonly (keyof Channel)[]>> = {
  phone: ['safeTimes', 'device'],
  'text-message': ['safeTimes', 'device'],
  messenger: ['safeTimes', 'device'],
  'e-mail': ['device'],
  'in-person': ['safeTimes'],
}
const WHY: Readonly<Record<string, string>> = {
  safeTimes: 'the recipient must not call at a dangerous time',
  device: 'somebody else may answer or read',
}
/** Channels on which somebody may leave a message. */
const HOLDS_MESSAGES: ReadonlySet<string> = new Set(['phone', 'text-message', 'messenger', 'e-mail'])

function questionFindings(
  channel: Channel,
  { path, people }: { path: string; people: readonly Person[] },
): Finding[] {
  const professional = people.find(({ id }) => id === channel.person)?.roles.includes('professional') === true
  const guided = people.some(({ roles }) => roles.includes('professional'))
  return [
    ...when(
      channel.type === 'through-professional' && !guided,
      warning(path, 'goes through a professional whom the referral does not name', 'Add the professional.'),
    ),
    ...(professional ? [] : unknownOf(channel, path)),
    ...when(
      channel.device === 'shared-family' && channel.messages === true,
      warning(
        `${path}.messages`,
        'allows written messages to a device that the family reads',
        'Confirm that this is safe.',
      ),
    ),
  ]
}

function unknownOf(channel: Channel, path: string): Finding[] {
  return [
    ...(ASKED[channel.type] ?? []).flatMap((field) =>
      missing(channel, field, { path, why: WHY[field] ?? '' }),
    ),
    ...when(
      HOLDS_MESSAGES.has(channel.type) && channel.voicemail === undefined && channel.messages === undefined,
      info(
        path,
        'does not say whether messages may be left; the recipient will leave none',
        'Fill in "voicemail" and "messages".',
      ),
    ),
  ]
}

/** A shared address is an error where it is the only way to anybody, so that somebody would use it. */
function addressFindings(referral: Referral): Finding[] {
  const { channels = [], never = [] } = referral.contact ?? {}
  const closed = ['in-person', 'post'].every((type) =>
    never.some((entry) => entry.type === type && entry.person === undefined && entry.value === undefined),
  )
  if (closed) return []
  return sharedAddresses(referral).map(({ index }) =>
    (channels.length === 0 ? error : warning)(
      `contact.addresses[${index}].people`,
      'lists somebody who must not be reached together with others',
      'Give another way to reach the others, and forbid "in-person" and "post" in "never".',
    ),
  )
}

function consentFindings({ consents = [] }: Referral, danger: Dangers): Finding[] {
  return consents.flatMap(({ givenBy, informedPeople = [] }, i) => [
    ...when(
      givenBy !== undefined && danger.get(givenBy) === 'suspected',
      error(
        `consents[${i}].givenBy`,
        'is a suspected person',
        'Ask somebody else, or name another legal basis.',
      ),
    ),
    ...informedPeople.flatMap((id, j) =>
      when(
        danger.get(id) === 'must-not-be-told',
        error(
          `consents[${i}].informedPeople[${j}]`,
          'must not be told, according to another part of the referral',
          'Correct one of the two.',
        ),
      ),
    ),
  ])
}
