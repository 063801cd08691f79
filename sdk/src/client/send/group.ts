// Groups: referrals that belong together, such as siblings. docs/spec/referral.md, "Parts"
import { hkdfSync } from 'node:crypto'
import { toHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { type Draft, joined } from '../../core/referral/index.ts'
import { GROUP_ID } from '../thread/repository/open-thread.ts'

/**
 * The id of a group sent under an idempotency key: the same on every repeat (REX-REF-004). Without the desk's
 * archive key it does not reveal the idempotency key.
 */
export function groupIdOf(key: string, archiveKey: Uint8Array): string {
  return toHex(new Uint8Array(hkdfSync('sha256', archiveKey, key, 'REX group id', GROUP_ID)))
}

/**
 * Every sibling with the shared sections and its position in the group; not yet checked.
 * @throws RexError INVALID_REFERRAL if there are none
 */
export function grouped(
  siblings: readonly Partial<Draft>[],
  shared: Partial<Draft>,
  id: string,
): Partial<Draft>[] {
  const size = siblings.length
  if (size === 0) throw new RexError('INVALID_REFERRAL', 'A group needs a referral.', { path: 'group.size' })
  return siblings.map((own, i) => ({ ...joined(shared, own), group: { id, index: i + 1, size } }))
}
