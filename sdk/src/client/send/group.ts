// Groups: referrals that belong together, such as siblings. docs/spec/referral.md, "Parts"
import { hkdfSync } from 'node:crypto'
import { toHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { type Draft, joined } from '../../core/referral/index.ts'
import { GROUP_ID } from '../thread/repository/open-thread.ts'

/**
 * Derives the id of a group from its idempotency key, so that every repeat has the same id (REX-REF-004). Without the
 * desk's archive key, the id does not reveal the idempotency key.
 */
export function groupIdOf(key: string, archiveKey: Uint8Array): string {
  return toHex(new Uint8Array(hkdfSync('sha256', archiveKey, key, 'REX group id', GROUP_ID)))
}

/**
 * Adds the shared sections and the position in the group to every sibling, without checking the result.
 * @throws RexError INVALID_REFERRAL if there are no siblings, or if a sibling states another position, because then a
 * sibling is missing
 */
export function grouped(
  siblings: readonly Partial<Draft>[],
  shared: Partial<Draft>,
  id: string,
): Partial<Draft>[] {
  const size = siblings.length
  if (size === 0) throw new RexError('INVALID_REFERRAL', 'A group needs a referral.', { path: 'group.size' })
  return siblings.map((own, i) => {
    checkPlace(own, i + 1, size)
    return { ...joined(shared, own), group: { id, index: i + 1, size } }
  })
}

/** Checks that a part of a split referral is at its stated position, so that no part is left out (REX-REF-112). */
function checkPlace({ group }: Partial<Draft>, index: number, size: number): void {
  if (group === undefined || (group?.index === index && group.size === size)) return
  throw new RexError(
    'INVALID_REFERRAL',
    `Referral ${index} of ${size} says that it is another part of a group.`,
    {
      path: 'group',
      hint: 'Give every part of the group, in order; or leave the field out, and each gets its place.',
    },
  )
}
