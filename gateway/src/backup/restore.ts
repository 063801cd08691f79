// Restores a gateway. Marks its store, so that the desk and other gateways can detect that it lacks everything after the backup.
// docs/guide/gateway.md, "Backup"
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileSink, newDirectory } from '@rex/sdk/backup'
import { readJson } from '@rex/sdk/core'
import { CONFIG_FILE, type Config, FILES } from '../config/config.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { writeSecret } from '../trust/files.ts'
import { type GatewayBackupFile, readGatewayBackup } from './contents.ts'
import { checkSmall } from './small.ts'

/**
 * Gives the store of a stopped gateway a new incarnation, so that the desk and other gateways resend mail that it may have lost.
 * @throws RexError STORE_IN_USE, STORE_TOO_NEW, STORE_FULL, STORE_FAILED
 */
export async function restoreGateway({ dataDir }: Pick<Config, 'dataDir'>): Promise<void> {
  await using store = openSqliteStore(join(dataDir, FILES.store))
  await store.commit((write) => {
    write.incarnations.renew()
    write.lease.forget()
  })
}

/**
 * Restores a gateway from a backup to a new directory, completely or not at all, with store and keys in the directory itself. Then marks
 * the store as `restoreGateway` does.
 * @throws RexError ALREADY_EXISTS, MALFORMED, UNSUPPORTED_VERSION, UNLOCK_FAILED, STORE_TOO_NEW, STORE_FULL, CONFIG_INVALID
 */
export async function restoreBackup(
  directory: string,
  backup: GatewayBackupFile,
): Promise<{ organisation: string; createdMs: number }> {
  return await newDirectory(directory, async (beside) => {
    const { small, ...about } = await readGatewayBackup(backup, (name) => fileSink(join(beside, name)))
    checkSmall(about.organisation, small)
    await mkdir(join(beside, FILES.keys), { mode: 0o700 })
    for (const [name, content] of small)
      await writeSecret(join(beside, name), name === CONFIG_FILE ? inOwnDirectory(content) : content)
    await restoreGateway({ dataDir: beside })
    return about
  })
}

/** Returns the configuration without the data directory of the old machine. */
function inOwnDirectory(config: string): string {
  const { dataDir: _, ...rest } = readJson(config) as { dataDir?: string }
  return `${JSON.stringify(rest, null, 2)}\n`
}
