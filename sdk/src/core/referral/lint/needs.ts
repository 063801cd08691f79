// Lint: the recipient's published needs. docs/spec/referral.md, "Lint"
import { type ListName, listVersion } from '../codes/codes.ts'
import type { Needs } from '../needs.ts'
import { checked } from '../schema/node.ts'
import { fromSections, sections } from '../section.ts'
import type { Referral } from '../types.ts'
import { isPlain } from '../validate/check.ts'
import { usedLists } from '../validate/unknown.ts'
import { type Finding, finding, when } from './finding.ts'

/** Published needs of a recipient, and the sections that it will get. */
export interface RecipientNeeds {
  /** Name of the recipient in messages. Default: "the recipient". */
  readonly organisation?: string
  /** The recipient's published needs. Default: it accepts all kinds and needs nothing. */
  readonly needs?: Needs
  /** Section types granted or promised to the recipient. Default: all. */
  readonly sections?: readonly string[]
  /** Versions of the code lists that the recipient supports. Default: the versions of this program. */
  readonly codeLists?: Readonly<Record<string, number>>
}

/** The needs of one recipient, or of several. */
export const NEEDS_OF_RECIPIENTS = checked<RecipientNeeds | readonly RecipientNeeds[]>((value) =>
  [value].flat().every(isNeedsOfRecipient)
    ? undefined
    : 'must be the needs of a recipient, as it publishes them, or a list of them',
)

function isNeedsOfRecipient(value: unknown): boolean {
  if (!isPlain(value)) return false
  const { organisation, needs, sections, codeLists } = value
  return (
    (organisation === undefined || typeof organisation === 'string') &&
    (needs === undefined || (isPlain(needs) && Object.values(needs).every(isKindNeeds))) &&
    (sections === undefined || isTexts(sections)) &&
    (codeLists === undefined ||
      (isPlain(codeLists) && Object.values(codeLists).every((version) => Number.isSafeInteger(version))))
  )
}

function isKindNeeds(value: unknown): boolean {
  return isPlain(value) && [value.must, value.should].every((paths) => paths === undefined || isTexts(paths))
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

/** Returns the findings about the needs of this recipient (REX-REF-095). */
export function needsFindings(
  referral: Referral,
  { organisation = '@recipient', needs, sections: given, codeLists }: RecipientNeeds,
): Finding[] {
  const older =
    codeLists === undefined ? [] : usedLists(referral).flatMap((list) => olderList(list, codeLists))
  if (needs === undefined) return older
  const kind = Object.hasOwn(needs, referral.kind) ? needs[referral.kind] : undefined
  if (kind === undefined) return [finding('kind-not-accepted', 'kind', { organisation })]
  const known = fromSections(sections(referral).filter(({ type }) => given?.includes(type) ?? true))
  const missing = (paths: readonly string[] = []) => paths.filter((path) => !isStated(known, path.split('.')))
  return [
    ...missing(kind.must).map((path) => finding('needed-by-recipient', path, { organisation })),
    ...missing(kind.should).map((path) => finding('wanted-by-recipient', path, { organisation })),
    ...older,
  ]
}

/** Whether a path has a value or an absence reason that counts as an answer, in every entry of the lists along the path. */
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

function olderList(list: ListName, codeLists: Readonly<Record<string, number>>): Finding[] {
  return when((codeLists[list] ?? 0) < listVersion(list), 'code-list-older', list)
}
