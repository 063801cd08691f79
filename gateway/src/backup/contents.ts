// Defines and reads the contents of a gateway's backup. docs/guide/gateway.md, "Backup"
import { memorySink, readBackup, type Sink } from '@rex/sdk/backup'
import { readKit } from '@rex/sdk/core'
import { CONFIG_FILE, FILES } from '../config/config.ts'
import { KEY_FILES } from '../trust/keys.ts'
import { KIT_FILE } from './kit.ts'

const KEYS = [...Object.values(KEY_FILES), KIT_FILE].map((name) => `${FILES.keys}/${name}`)
/** Names of the small files in a backup. */
export const SMALL = [CONFIG_FILE, ...KEYS]
/** Maximum size of a small file in a backup, the same as for configuration and key files that the gateway reads. Bytes. */
export const SMALL_MOST = 1024 * 1024

/** The backup to read, and its key. */
export interface GatewayBackupFile {
  readonly file: string
  /** The 24 words, or the key itself. */
  readonly kit: string | Uint8Array
}

/** Reads the backup of a gateway. Passes the name of each file to `sinkFor`; without it, collects only the small files. */
export async function readGatewayBackup(
  { file, kit }: GatewayBackupFile,
  sinkFor: (name: string) => Promise<Sink> | undefined,
): Promise<{ organisation: string; createdMs: number; small: ReadonlyMap<string, string> }> {
  const key = typeof kit === 'string' ? readKit(kit) : kit
  const small = new Map<string, string>()
  const about = await readBackup(file, {
    kind: 'gateway',
    keyFor: async () => key,
    sinkFor(name) {
      if (!SMALL.includes(name)) return name === FILES.store ? sinkFor(name) : undefined
      return Promise.resolve(
        memorySink(SMALL_MOST, (content) => void small.set(name, content.toString('utf8'))),
      )
    },
  })
  return { ...about, small }
}
