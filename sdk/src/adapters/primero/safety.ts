// Removes content that is safe only together with a rule, because Primero cannot show the rule. docs/spec/referral.md, "Other systems"
import type { Referral } from '../../core/referral/index.ts'
import type { Conversion, Located, Members, Why } from '../conversion.ts'

const SAFETY: Why = {
  code: 'safety',
  message:
    'Primero cannot show the rule that protects somebody here. Enter it by hand, together with the rule.',
}
const RULES = ['must-not-contact', 'must-not-be-told']

/** Returns the ids of suspects, and of people who must not be contacted or informed. */
function unsafePeople({ people, contact }: Referral): Set<string> {
  const suspected = (people ?? [])
    .filter(({ roles }) => roles.includes('suspected-person'))
    .map(({ id }) => id)
  const ruled = (people ?? []).flatMap(({ relationships = [] }) =>
    relationships.filter(({ type }) => RULES.includes(type)).map(({ to }) => to),
  )
  const never = (contact?.never ?? []).flatMap(({ person }) => person ?? [])
  return new Set([...suspected, ...ruled, ...never])
}

/**
 * Returns the referral without content that is safe only with its rule: people who must not be contacted or informed, suspects, contact channels with
 * rules, and addresses shared with such people.
 * In lists, a removed entry is replaced by null, so that other entries keep their index.
 */
export function withoutUnsafe(referral: Referral, conversion: Conversion): Members {
  const { people = [], contact = {} } = referral
  const unsafe = unsafePeople(referral)
  const leave = <T>(list: readonly T[], path: string, isUnsafe: (entry: T) => boolean): (T | null)[] =>
    list.map((entry, i) => {
      const located: Located = { value: entry, path: `${path}[${i}]` }
      if (!isUnsafe(entry)) return entry
      conversion.lose(located, SAFETY)
      return null
    })
  for (const [i, { relationships = [] }] of people.entries())
    leave(relationships, `people[${i}].relationships`, ({ type }) => RULES.includes(type))
  leave(contact.never ?? [], 'contact.never', () => true)
  conversion.lose({ value: contact.instructions, path: 'contact.instructions' }, SAFETY)
  const isRuled =
    contact.instructions !== undefined || (contact.never ?? []).some(({ person }) => person === undefined)
  return {
    ...referral,
    people: leave(people, 'people', ({ id }) => unsafe.has(id)),
    contact: {
      ...contact,
      channels: leave(contact.channels ?? [], 'contact.channels', (channel) => {
        const { person, type: _, value: __, ...rules } = channel
        return isRuled || unsafe.has(person) || Object.keys(rules).length > 0
      }),
      addresses: leave(contact.addresses ?? [], 'contact.addresses', ({ people: shared = [] }) =>
        shared.some((id) => unsafe.has(id)),
      ),
    },
  }
}
