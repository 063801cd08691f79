// Lint: what the recipient published that it needs. docs/spec/referral.md, "Lint"
import { LISTS, type ListName } from '../lists.ts'
import type { Referral } from '../types.ts'
import { usedLists } from '../validate/unknown.ts'
import { error, type Finding, type RecipientNeeds, warning, when } from './finding.ts'

/** Findings about what this recipient needs (REX-REF-095). */
export function needsFindings(referral: Referral, { kinds, codeLists }: RecipientNeeds): Finding[] {
  const paths = Object.hasOwn(kinds, referral.kind) ? kinds[referral.kind] : undefined
  if (paths === undefined)
    return [error('kind', 'is a kind that the recipient does not take', 'Choose another recipient.')]
  return [
    ...paths.flatMap((path) =>
      when(
        !told(referral, path.split('.')),
        error(path, 'is needed by the recipient', 'Fill it in, or say in "absent" why it cannot be told.'),
      ),
    ),
    ...usedLists(referral).flatMap((list) => olderList(list, codeLists)),
  ]
}

/** Whether a path has a value, in every entry of the lists on its way, or a reason that is an answer. */
function told(value: unknown, [name = '', ...rest]: readonly string[]): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((entry) => told(entry, [name, ...rest]))
  if (typeof value !== 'object' || value === null) return false
  const members = value as Readonly<Record<string, unknown>>
  const member = Object.hasOwn(members, name) ? members[name] : undefined
  if (member !== undefined) return rest.length === 0 || told(member, rest)
  const reason = (members.absent as Readonly<Record<string, string>> | undefined)?.[name]
  return reason !== undefined && reason !== 'not-asked'
}

function olderList(list: ListName, codeLists: RecipientNeeds['codeLists']): Finding[] {
  const older = codeLists !== undefined && (codeLists[list] ?? 0) < LISTS[list].version
  return when(
    older,
    warning(
      list,
      'is a code list of which the recipient knows an older version or none',
      'Expect that a person must read the codes; add a note.',
    ),
  )
}
