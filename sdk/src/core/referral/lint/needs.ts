// Lint: the recipient's published needs. docs/spec/referral.md, "Lint"
import { LISTS, type ListName } from '../lists.ts'
import { fromSections, sections } from '../section.ts'
import type { Referral } from '../types.ts'
import { usedLists } from '../validate/unknown.ts'
import { error, type Finding, type RecipientNeeds, warning, when } from './finding.ts'

const FIX =
  'Fill it in, or state in "absent" why it cannot be told; make sure that the recipient gets the section.'

/** Findings about the needs of this recipient (REX-REF-095). */
export function needsFindings(
  referral: Referral,
  { organisation = 'the recipient', needs, sections: given, codeLists }: RecipientNeeds,
): Finding[] {
  const older = usedLists(referral).flatMap((list) => olderList(list, codeLists))
  if (needs === undefined) return older
  const kind = Object.hasOwn(needs, referral.kind) ? needs[referral.kind] : undefined
  if (kind === undefined)
    return [error('kind', `is a kind that ${organisation} does not accept`, 'Choose another recipient.')]
  const known = fromSections(sections(referral).filter(({ type }) => given?.includes(type) ?? true))
  const missing = (paths: readonly string[] = []) => paths.filter((path) => !isStated(known, path.split('.')))
  return [
    ...missing(kind.must).map((path) => error(path, `is needed by ${organisation}`, FIX)),
    ...missing(kind.should).map((path) => warning(path, `is wanted by ${organisation}`, FIX)),
    ...older,
  ]
}

/** Whether a path has a value, in every entry of the lists along it, or an absence reason that counts as an answer. */
function isStated(value: unknown, [name = '', ...rest]: readonly string[]): boolean {
  if (Array.isArray(value))
    return value.length > 0 && value.every((entry) => isStated(entry, [name, ...rest]))
  if (typeof value !== 'object' || value === null) return false
  const members = value as Readonly<Record<string, unknown>>
  const member = Object.hasOwn(members, name) ? members[name] : undefined
  if (member !== undefined) return rest.length === 0 || isStated(member, rest)
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
      'A person there may have to interpret the codes; add a note.',
    ),
  )
}
