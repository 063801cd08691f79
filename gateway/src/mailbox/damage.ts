// Reports damage of the store to the desk. docs/spec/mailbox.md, "Notices"
import { Notice } from '@rex/proto/mailbox/v1/mailbox'
import { encode } from '@rex/sdk/core'
import type { Damage } from '../store/damage.ts'
import { type NewItem, REPORTS } from '../store/mailbox.ts'

/** Creates the notice of a damaged store. */
export function damageNotice({ foundMs }: Damage): NewItem {
  const subject = { $case: 'storeDamaged' as const, value: { foundMs } }
  return { ...REPORTS, kind: 'notice', content: encode(Notice, { organisation: '', subject }) }
}
