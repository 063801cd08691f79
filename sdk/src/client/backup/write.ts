// Backs up a desk, even while this or another process has it open. docs/guide/rex-desk.md, "Backup and restore"
import { Buffer } from 'node:buffer'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type BackupWriter, writeBackup } from '../../backup/write.ts'
import { RexError } from '../../core/error.ts'
import { readBounded } from '../../process/read-file.ts'
import type { BackupOptions } from '../api/desk.ts'
import { checkOptions } from '../api/options.ts'
import { type OpenKeystore, readKeystore, unlockKeystore } from '../keys/keystore.ts'
import { decodeFile } from '../keys/keystore-file/file.ts'
import { LOCAL_FILES } from '../local-config.ts'
import { erasedPathOf } from '../store/keys/erased-file.ts'
import { keysPathOf } from '../store/keys/thread-keys.ts'
import { STORE_FILE } from '../store/sqlite.ts'
import { KEYS_FILE, LIST_FILE, LIST_MOST, LOCAL_MOST, PURPOSE } from './contents.ts'

/** A desk directory with its keystore file and the opened keystore. */
export interface BackedUpDesk {
  readonly directory: string
  readonly keystore: string
  readonly opened: OpenKeystore
}

/** Options of `backupDesk`. */
export interface BackupDesk extends BackupOptions {
  /** Desk directory. Another process may have the desk open. */
  readonly directory: string
  readonly passphrase: string
}

/**
 * Backs up a desk, even if another process has it open. The file is either complete or absent.
 * @throws RexError NOT_FOUND, UNLOCK_FAILED, ALREADY_EXISTS, STORE_IN_USE if the desk stores data too fast, STORE_FULL,
 * CONFIG_INVALID, CANCELLED
 */
export async function backupDesk(options: BackupDesk): Promise<{ organisation: string }> {
  const { directory, passphrase, file, ...how } = checkOptions('backupDesk', options)
  const keystore = await readKeystore(directory)
  const opened = await unlockKeystore(keystore, { passphrase })
  await writeDeskBackup(file, { directory, keystore, opened }, how)
  return { organisation: opened.founding.organisation }
}

/**
 * Reads the current keystore file of an open desk, because the passphrase may have changed.
 * @throws RexError UNLOCK_FAILED if the file is now sealed under another key
 */
export async function keystoreNow({
  directory,
  keystore,
}: Pick<BackedUpDesk, 'directory' | 'keystore'>): Promise<string> {
  const now = await readKeystore(directory)
  if (now === keystore || Buffer.from(decodeFile(now).id).equals(decodeFile(keystore).id)) return now
  throw new RexError('UNLOCK_FAILED', 'The keystore was encrypted again while this desk was open.', {
    hint: 'The recovery kit was replaced, or `rex-desk recover` set a new passphrase. Close the desk and open it again, then make the backup; or make it with `rex-desk backup`, which asks for the current passphrase.',
  })
}

/** Writes the backup of a desk. */
export async function writeDeskBackup(
  file: string,
  desk: BackedUpDesk,
  { overwrite = false, signal }: Omit<BackupOptions, 'file'>,
): Promise<void> {
  const { keystore, opened } = desk
  const { organisation } = opened.founding
  await writeBackup(
    file,
    {
      ...{ kind: 'desk', key: opened.keyFor(PURPOSE), wrapped: keystore, overwrite, signal },
      about: { organisation, createdMs: Date.now() },
    },
    async (backup) => {
      for (const add of partsOf(desk)) await add(backup)
    },
  )
}

/**
 * Lists the parts of a backup in the order in which they are copied: store, keys, list of erased threads. Because of this
 * order, the backup contains for every thread in the store either its key or, if the thread was erased in the meantime, its
 * entry on the list.
 */
export function partsOf({
  directory,
}: Pick<BackedUpDesk, 'directory'>): ((backup: BackupWriter) => Promise<void>)[] {
  const store = join(directory, STORE_FILE)
  const small = (name: string, path: string, limit: number) => async (backup: BackupWriter) => {
    const content = await contentOf(path, limit)
    if (content !== undefined) await backup.file(name, content)
  }
  return [
    async (backup) => {
      await checkThere(store)
      await backup.database(STORE_FILE, store)
    },
    (backup) => backup.database(KEYS_FILE, keysPathOf(store)),
    small(LIST_FILE, erasedPathOf(store), LIST_MOST),
    ...LOCAL_FILES.map((name) => small(name, join(directory, name), LOCAL_MOST)),
  ]
}

/**
 * Checks that the store exists. Does not open the file, because closing it would release the locks that this process may have
 * on the store.
 */
async function checkThere(store: string): Promise<void> {
  await stat(store).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new RexError('NOT_FOUND', `There is no desk store at ${store}.`, {
      cause,
      hint: 'A new desk has one after its first command, such as `rex-desk inbox`. If it was lost, restore a backup.',
    })
  })
}

/** Reads a file. Returns undefined if it does not exist. */
async function contentOf(path: string, limit: number): Promise<Uint8Array | undefined> {
  return await readBounded(path, { path, limit }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    return undefined
  })
}
