// Lint: facts that should be known before a channel is used. docs/spec/referral.md, "Lint"

import type { PhraseKey } from '../../messages/findings.ts'
import { type Dangers, dangers } from '../../safety/danger.ts'
import type { Channel, Person, Referral } from '../../types.ts'
import { type Finding, missing } from '../finding.ts'
import { phraseOf } from '../leaks/words.ts'
import { warnWhen } from '../warning.ts'

/** Fields that should be known for each type of channel. Other types need none. */
const ASKED: Readonly<Record<string, readonly (keyof Channel)[]>> = {
  phone: ['safeTimes', 'device'],
  'text-message': ['safeTimes', 'device'],
  messenger: ['safeTimes', 'device'],
  'e-mail': ['device'],
  'in-person': ['safeTimes'],
}
const WHY: Readonly<Record<string, PhraseKey>> = { safeTimes: 'times', device: 'device' }
/** Channels on which a caller may leave a message. */
const HOLDS_MESSAGES: ReadonlySet<string> = new Set(['phone', 'text-message', 'messenger', 'e-mail'])
/** Devices of an office. Calling these is safe, because the people who answer know what the call is about, or ask. */
const OFFICE: ReadonlySet<string> = new Set(['professional', 'school'])

/** Returns the findings about unknown facts of channels. */
export function questionFindings(referral: Referral): Finding[] {
  const { people = [], contact } = referral
  const danger = dangers(referral)
  const byId = new Map(people.map((person) => [person.id, person]))
  const guided = people.some(({ roles }) => roles.includes('professional'))
  const suspectedAt = schoolOfSuspected(people, danger)
  return (contact?.channels ?? []).flatMap((channel, i) => {
    const path = `contact.channels[${i}]`
    const { type, device } = channel
    const left = (['messages', 'voicemail'] as const).filter((field) => channel[field] === true)
    return [
      ...warnWhen(type === 'through-professional' && !guided, 'professional-missing', path),
      ...(isOffice(channel, byId.get(channel.person)) ? [] : unknownOf(channel, path)),
      ...(device === 'shared-family' ? left : []).flatMap((field) =>
        warnWhen(true, 'messages-on-shared-device', `${path}.${field}`),
      ),
      ...(suspectedAt !== undefined && (type === 'school' || device === 'school')
        ? warnWhen(true, 'school-of-suspected', path, { person: suspectedAt })
        : []),
    ]
  })
}

function isOffice({ device = '' }: Channel, person: Person | undefined): boolean {
  return OFFICE.has(device) || person?.roles.includes('professional') === true
}

/**
 * Returns the id of a person who must not be reached and who is a teacher or belongs to the school of somebody in the referral.
 */
function schoolOfSuspected(people: readonly Person[], danger: Dangers): string | undefined {
  const schools = new Set(
    people.flatMap(({ id, school }) => (danger.has(id) || school === undefined ? [] : [phraseOf(school)])),
  )
  const teachers = people
    .flatMap(({ relationships = [] }) => relationships)
    .filter(({ type, to }) => type === 'teacher' && danger.has(to))
  const there = people.find(
    ({ id, school, organisation }) =>
      danger.has(id) &&
      [school, organisation].some((place) => place !== undefined && schools.has(phraseOf(place))),
  )
  return teachers[0]?.to ?? there?.id
}

function unknownOf(channel: Channel, path: string): Finding[] {
  const unstated = channel.voicemail === undefined && channel.messages === undefined
  return [
    ...(ASKED[channel.type] ?? []).flatMap((field) =>
      missing(channel, field, { path, why: WHY[field] ?? 'device' }),
    ),
    ...warnWhen(HOLDS_MESSAGES.has(channel.type) && unstated, 'messages-unstated', path),
  ]
}
