// Backs up a gateway, even while it runs, and checks backups. docs/guide/gateway.md, "Backup"
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkedDatabase, damagedBackup, writeBackup } from '@rex/sdk/backup'
import { readBounded } from '@rex/sdk/process'
import { CONFIG_FILE, FILES, readConfig } from '../config/config.ts'
import { migrate } from '../store/sqlite/schema.ts'
import { checkContents } from '../store/sqlite/whole.ts'
import { readSecret } from '../trust/files.ts'
import { type GatewayBackupFile, readGatewayBackup, SMALL_MOST } from './contents.ts'
import { readBackupKey } from './kit.ts'
import { checkSmall, readSmall } from './small.ts'

/** Parameters of a backup. */
export interface BackupGateway {
  /** The gateway's directory. The gateway may run. */
  readonly directory: string
  /** Path of the new backup. */
  readonly file: string
  /** Whether to replace an existing file. Default: false. */
  readonly overwrite?: boolean | undefined
}

/** Facts about the contents of a backup. */
export interface GatewayBackup {
  readonly organisation: string
  /** Time at which the backup was made. Unix milliseconds. */
  readonly createdMs: number
  /** Size of the file. */
  readonly bytes: number
  /** Number of items that wait for the desk. */
  readonly mailbox: number
  readonly outbox: number
}

/**
 * Makes an encrypted backup of a gateway: configuration, store, and keys that match their certificates. The file is complete or does not exist.
 * @throws RexError NOT_FOUND without a recovery kit, ALREADY_EXISTS, STORE_IN_USE if the gateway writes too fast, STORE_FULL, CONFIG_INVALID
 */
export async function backupGateway({ directory, file, overwrite = false }: BackupGateway): Promise<void> {
  const config = await readConfig(directory)
  const { organisation, dataDir } = config
  const about = { organisation, createdMs: Date.now() }
  const key = await readBackupKey(config)
  const small = await readSmall(organisation, async (name) => {
    if (name !== CONFIG_FILE) return await readSecret(join(dataDir, name))
    const path = join(directory, CONFIG_FILE)
    return (await readBounded(path, { path, limit: SMALL_MOST })).toString('utf8')
  })
  await writeBackup(
    file,
    { kind: 'gateway', key, wrapped: 'recovery kit', about, overwrite },
    async (backup) => {
      for (const [name, content] of small) await backup.file(name, Buffer.from(content))
      await backup.database(FILES.store, join(dataDir, FILES.store))
    },
  )
}

/**
 * Checks a backup of a gateway completely: reads every byte, and checks the configuration, the store, the checksum of each envelope's
 * content, and that the keys belong together.
 * @throws RexError MALFORMED if it is damaged or cut off, UNSUPPORTED_VERSION, UNLOCK_FAILED, STORE_TOO_NEW, STORE_FULL
 */
export async function verifyGatewayBackup(options: GatewayBackupFile): Promise<GatewayBackup> {
  using store = await checkedDatabase()
  const { small, ...about } = await readGatewayBackup(options, async () => store.sink)
  checkSmall(about.organisation, small)
  const db = store.open()
  migrate(db)
  try {
    checkContents(db)
  } catch (cause) {
    throw damagedBackup(cause)
  }
  const count = (table: string) =>
    db.prepare<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).get()?.count ?? 0
  const { size } = await stat(options.file)
  return { ...about, bytes: size, mailbox: count('item'), outbox: count('outbox') }
}
