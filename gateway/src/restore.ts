// Marks a store restored from a backup: it lacks everything after the backup, and others must learn this. docs/guide/gateway.md, "Files"
import { join } from 'node:path'
import { type Config, FILES } from './config/config.ts'
import { openSqliteStore } from './store/sqlite/store.ts'

/**
 * Gives the store of a stopped gateway a new incarnation: the desk and the other gateways resend what it may have lost.
 * @throws RexError STORE_IN_USE, STORE_TOO_NEW, STORE_FULL, STORE_FAILED
 */
export async function restoreGateway({ dataDir }: Pick<Config, 'dataDir'>): Promise<void> {
  await using store = openSqliteStore(join(dataDir, FILES.store))
  await store.commit((write) => {
    write.incarnations.renew()
    write.lease.forget()
  })
}
