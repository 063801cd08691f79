// The recovery kit of a gateway is the key of its backups, as 24 words on paper and as a file next to its keys. docs/guide/gateway.md, "Backup"
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64url, kitWords, RexError, toBase64url } from '@rex/sdk/core'
import { type Config, FILES } from '../config/config.ts'
import { readKey, writeSecret } from '../trust/files.ts'

/** Name of the file with the key, in the key directory. */
export const KIT_FILE = 'backup.key'
const BYTES = 32

const pathOf = ({ dataDir }: Pick<Config, 'dataDir'>) => join(dataDir, FILES.keys, KIT_FILE)

/**
 * Makes the recovery kit of a gateway. `keep` must store or show the 24 words; the key is written only after that. If `replace`
 * (default: false), replaces an existing kit; earlier backups still need the old words.
 * @throws RexError ALREADY_EXISTS, CONFIG_INVALID; errors of `keep`
 */
export async function makeKit(
  config: Pick<Config, 'dataDir'>,
  {
    keep,
    replace = false,
  }: { readonly keep: (words: string[]) => Promise<void>; readonly replace?: boolean },
): Promise<void> {
  const path = pathOf(config)
  const exists = await stat(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT',
  )
  if (exists && !replace)
    throw new RexError('ALREADY_EXISTS', 'This gateway has a recovery kit.', {
      hint: 'To make another one, add --new. Keep the words of the old kit as long as its backups.',
    })
  const key = randomBytes(BYTES)
  await keep(kitWords(key))
  await writeSecret(path, `${toBase64url(key)}\n`)
}

/** Reads the key with which this gateway encrypts backups. @throws RexError NOT_FOUND without a kit, CONFIG_INVALID */
export async function readBackupKey(config: Pick<Config, 'dataDir'>): Promise<Uint8Array> {
  return await readKey(pathOf(config), parseBackupKey).catch((cause: unknown) => {
    if (((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT') throw cause
    throw new RexError('NOT_FOUND', 'This gateway has no recovery kit, so nothing could open its backup.', {
      cause,
      hint: 'Make the kit once, and keep its words on paper: `rex-gateway kit`.',
    })
  })
}

/** Parses the content of the key file. @throws RexError KEY_INVALID */
export function parseBackupKey(text: string): Uint8Array {
  const key = fromBase64url(text.trim(), 'backup key')
  if (key.length !== BYTES) throw new RexError('KEY_INVALID', 'The key of backups has another length.')
  return key
}
