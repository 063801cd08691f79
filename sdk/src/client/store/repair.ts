// Reads and writes used only to repair a damaged desk store. docs/spec/mailbox.md, REX-MBX-108
import type { Database } from '../../sqlite/database.ts'
import { type Prepared, prepareAll, sql } from './statements.ts'
import type { ItemRecord, StoreRepair } from './store.ts'

// Statements prepared only for a repair, because some of them scan tables that grow without limit.
const REPAIR = {
  verdictId: sql<{ id: string }>('SELECT lower(hex(messageId)) AS id FROM verdict WHERE digest = unhex(?)'),
  items: sql<Omit<ItemRecord, 'urgent'> & { readonly urgent: number }>(
    'SELECT sequence, id, thread, urgent, attempts, content FROM item ORDER BY sequence',
  ),
  dropReceipts: sql(
    'DELETE FROM envelope_receipt WHERE envelope IN (SELECT sequence FROM envelope WHERE message = ?)',
  ),
  dropEnvelopes: sql('DELETE FROM envelope WHERE message = ?'),
  dropDeliveries: sql('DELETE FROM delivery WHERE message = ?'),
  dropMessage: sql('DELETE FROM message WHERE sequence = ?'),
  dropVerdict: sql('DELETE FROM verdict WHERE digest = unhex(?)'),
}

/** Returns the repair of a store. `done` accepts the current content of the store's pages. */
export function repairOf(db: Database, done: () => void): StoreRepair {
  let prepared: Prepared<typeof REPAIR> | undefined
  const run = () => (prepared ??= prepareAll(db, REPAIR))
  return {
    verdictId: (digest) => run().verdictId.get(digest)?.id,
    items: () =>
      run()
        .items.all()
        .map((row) => ({ ...row, urgent: row.urgent === 1 })),
    drop({ sequence, digest }) {
      const { dropReceipts, dropEnvelopes, dropDeliveries, dropMessage, dropVerdict } = run()
      for (const drop of [dropReceipts, dropEnvelopes, dropDeliveries, dropMessage]) drop.run(sequence)
      dropVerdict.run(digest)
    },
    done,
  }
}
