// Notifies the desk of newer statements that other gateways announce. docs/spec/mailbox.md, "Notices"
import { Notice } from '@rex/proto/mailbox/v1/mailbox'
import { encode } from '@rex/sdk/core'
import { REPORTS } from '../store/mailbox.ts'
import type { Store } from '../store/store.ts'

/** Dependencies of the notices. */
interface StatementNewsOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  /** Notifies the desk of a new mailbox item. */
  readonly wakeDesk: () => void
}

/** Returns a function that notifies the desk of an organisation's newer statement, unless an earlier notice about it still waits. */
export function createStatementNews({ store, wakeDesk }: StatementNewsOptions) {
  const cursors = new Map<string, number>()
  return async (organisation: string): Promise<void> => {
    const cursor = cursors.get(organisation)
    if (cursor !== undefined && store.read.mailbox.item(cursor) !== undefined) return
    const subject = { $case: 'statementAnnounced' as const, value: {} }
    const content = encode(Notice, { organisation, subject })
    cursors.set(
      organisation,
      await store.commit((write) => write.mailbox.add({ ...REPORTS, kind: 'notice', content })),
    )
    wakeDesk()
  }
}
