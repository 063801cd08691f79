// Lint: items, hashes and dates. docs/spec/referral.md, "Lint"
import { compareDates } from '../dates.ts'
import { codeEntry } from '../lists.ts'
import type { Hash, Item, Referral } from '../types.ts'
import { error, type Finding, missing, when } from './finding.ts'

/** Findings about items and evidence. */
export function contentFindings({ kind, items = [], references = [] }: Referral): Finding[] {
  return [
    ...items.flatMap((item, i) => itemFindings(item, { path: `items[${i}]`, kind })),
    ...references.flatMap(({ hashes }, i) => hashFindings(hashes, `references[${i}]`)),
  ]
}

function itemFindings(item: Item, { path, kind }: { path: string; kind: string }): Finding[] {
  const { firstSeen, lastSeen } = item
  const order = firstSeen === undefined || lastSeen === undefined ? 0 : compareDates(firstSeen, lastSeen)
  return [
    ...hashFindings(item.hashes, path),
    ...(item.addresses ?? []).flatMap(({ event }, i) =>
      when(
        event !== 'hosting',
        error(
          `${path}.addresses[${i}]`,
          'is not that of the server, and items go to every recipient',
          'Move it to the addresses of the incident or of an account, with the id of the item.',
        ),
      ),
    ),
    ...when(order > 0, error(path, 'was last seen before it was first seen', 'Correct the dates.')),
    ...when(
      kind === 'content-removal' &&
        item.url === undefined &&
        item.domain === undefined &&
        item.account === undefined,
      error(path, 'cannot be removed without a location', 'Add the URL, domain or account.'),
    ),
    ...(kind === 'content-removal' && (item.url !== undefined || item.domain !== undefined)
      ? missing(item, 'hostingCountry', { path, why: 'the hotline of that country acts' })
      : []),
    ...(kind === 'content-verification' || kind === 'advisory'
      ? []
      : missing(item, 'classifications', { path, why: 'nobody should have to view it twice' })),
  ]
}

function hashFindings(hashes: readonly Hash[] = [], path: string): Finding[] {
  return hashes.flatMap(({ type, value }, i) => {
    const pattern = codeEntry('hash-type', type)?.pattern
    const broken = pattern !== undefined && !new RegExp(pattern, 'u').test(value)
    return when(
      broken,
      error(
        `${path}.hashes[${i}].value`,
        `is not a value of the type ${type}`,
        'Copy it again, in lower case where it is hexadecimal.',
      ),
    )
  })
}
