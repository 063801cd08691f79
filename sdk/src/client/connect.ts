// Opens the desk in a directory. docs/guide/desk.md, "First steps"
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { RexError } from '../core/error.ts'
import { growingLog } from '../sqlite/log.ts'
import type { BackupOptions, ConnectOptions, Desk } from './api/desk.ts'
import { checkOptions } from './api/options.ts'
import { type BackedUpDesk, keystoreNow, writeDeskBackup } from './backup/write.ts'
import { untilAborted } from './clock/clock.ts'
import { type DeskParts, openDesk } from './desk.ts'
import { openLink } from './gateway/link.ts'
import { isReplaced, writeDurably } from './keys/durable.ts'
import { type FoundingKeys, KEYSTORE_FILE, openDirectory } from './keys/keystore.ts'
import { openRotatingKeys, type RotatingKeys, writeRotatingKeys } from './keys/rotating-keys.ts'
import { readNeeds, readPresets, readRetention } from './local-config.ts'
import { startPageCheck } from './maintenance/page-check.ts'
import { restoredIfOlder } from './recovery/older-copy.ts'
import { findUnreadable } from './recovery/unreadable.ts'
import { openSqliteDeskStore, STORE_FILE } from './store/sqlite.ts'
import type { DeskStore } from './store/store.ts'
import { ThreadRepository } from './thread/repository/repository.ts'

/** Opens the desk in a directory. @throws RexError NOT_FOUND, UNLOCK_FAILED, CONFIG_INVALID, STORE_IN_USE, STORE_FULL, STORE_FAILED, CANCELLED */
export async function connect(given: ConnectOptions): Promise<Desk> {
  const { directory, unlock, signal, ...options } = checkOptions('connect', given)
  const passphrase = await untilAborted(unlock(), signal, 'Opening the desk was cancelled.')
  const { keystore, opened } = await openDirectory(directory, passphrase)
  const store = openSqliteDeskStore(join(directory, STORE_FILE))
  const opening = openWith(store, { directory, keystore, opened, options })
  const desk = await opening.catch(async (error: unknown) => {
    await store[Symbol.asyncDispose]()
    throw error
  })
  return signal === undefined ? desk : closedBy(signal, desk)
}

/** Reads the current keys while holding the store's lock, so that no other process can change them meanwhile. */
async function openWith(
  store: DeskStore,
  at: BackedUpDesk & { readonly options: Pick<DeskParts, 'takeOver' | 'log'> },
): Promise<Desk> {
  const { directory, opened } = at
  const { founding } = opened
  const { archiveKey } = founding
  const keep = (current: RotatingKeys) => writeRotatingKeys(directory, current, archiveKey)
  const found = { ...founding, ...(await openRotatingKeys(directory, archiveKey)) }
  const link = openLink(found)
  const { takeOver } = at.options
  const { organisation } = founding
  const threads = new ThreadRepository(organisation, archiveKey, store)
  const unreadable = findUnreadable(store, { organisation, threads, nowMs: Date.now() })
  const keys = await restoredIfOlder(store, found, { link, takeOver, unreadable, keep, now: Date.now })
  const needs = await readNeeds(directory)
  const rules = await readRetention(directory)
  const presets = () => readPresets(directory)
  const desk = await openDesk({
    ...at.options,
    keys,
    keep,
    store,
    needs,
    presets,
    rules,
    link,
    free: () => freeBytes(directory),
    growing: () => growingLog(join(directory, STORE_FILE)),
    keepFounding: (founding, backup) => keepFounding(at, founding, backup),
    backup: async ({ file, ...how }) => {
      const keystore = await keystoreNow(at)
      await writeDeskBackup(file, { directory, keystore, opened }, how)
    },
  })
  startPageCheck(store)
  return desk
}

/**
 * Saves new founding keys. Writes the backup first, because once the new identity is published, the gateway refuses the
 * identity in older backups.
 */
async function keepFounding(
  at: BackedUpDesk,
  founding: FoundingKeys,
  { file, ...how }: BackupOptions,
): Promise<void> {
  const { directory, opened } = at
  const before = await keystoreNow(at)
  const keystore = opened.sealedAgain(before, founding)
  await writeDeskBackup(file, { directory, keystore, opened }, how)
  await writeDurably(join(directory, KEYSTORE_FILE), keystore, { replaces: before }).catch(async (cause) => {
    // The keystore already has the new key, and this backup has the only other copy of that key, so the backup must stay.
    if (isReplaced(cause)) return
    await rm(file, { force: true })
    throw cause
  })
}

/** Closes the desk when the signal aborts; if it has already aborted, closes the desk immediately and throws. @throws RexError CANCELLED */
async function closedBy(signal: AbortSignal, desk: Desk): Promise<Desk> {
  if (signal.aborted) {
    await desk[Symbol.asyncDispose]()
    throw new RexError('CANCELLED', 'Opening the desk was cancelled.')
  }
  signal.addEventListener('abort', () => void desk[Symbol.asyncDispose](), { once: true })
  return desk
}

async function freeBytes(directory: string): Promise<number | undefined> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}
