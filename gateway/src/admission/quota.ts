// Checks quotas: how much of a peer's mail may wait in mailbox or outbox, with a reserve for urgent mail. docs/spec/delivery.md, "Admission"
import { RexError } from '@rex/sdk/core'
import type { Usage } from '../store/space.ts'
import { URGENT_RESERVE } from './rate.ts'

/** Time after which a sender that has exceeded its quota may try again. */
export const RETRY_AFTER_MS = 60_000

/** The maximum of one peer's mail that may wait in the mailbox, or in the outbox. */
export interface Quota {
  readonly items: number
  readonly bytes: number
}

/** Checks that one more envelope of `bytes` fits (T-095). @throws RexError QUOTA_EXCEEDED with `retry_after_ms` */
export function checkQuota(
  usage: Usage,
  quota: Quota,
  next: { readonly bytes: number; readonly urgent: boolean },
): void {
  const share = next.urgent ? 1 : 1 - URGENT_RESERVE
  if (usage.items + 1 <= quota.items * share && usage.bytes + next.bytes <= quota.bytes * share) return
  throw new RexError(
    'QUOTA_EXCEEDED',
    'Too much mail is already waiting; nothing more is stored until some of it has been read.',
    {
      metadata: { retry_after_ms: String(RETRY_AFTER_MS) },
    },
  )
}
