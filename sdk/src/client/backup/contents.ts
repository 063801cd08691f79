// Contents of a desk backup, which never include the rotating keys. docs/guide/desk.md, "Backup"
import { damagedBackup, type Head } from '../../backup/head.ts'
import { readBackup, type Sink } from '../../backup/read.ts'
import type { About } from '../../backup/write.ts'
import { RexError } from '../../core/error.ts'
import { type Credential, type OpenKeystore, unlockKeystore } from '../keys/keystore.ts'
import { LOCAL_FILES } from '../local-config.ts'
import { erasedPathOf } from '../store/keys/erased-file.ts'
import { keysPathOf } from '../store/keys/thread-keys.ts'
import { STORE_FILE } from '../store/sqlite.ts'

/** Names the purpose when the keystore derives the backup key. Each purpose has a separate key. */
export const PURPOSE = 'REX backup'
export const KEYS_FILE = keysPathOf(STORE_FILE)
export const LIST_FILE = erasedPathOf(STORE_FILE)
/** Maximum size of the list of erased threads in bytes, enough for more than a million threads. */
export const LIST_MOST = 128 * 1024 ** 2
/** Maximum size of a local configuration file in bytes. Reading the configuration applies the same limit. */
export const LOCAL_MOST = 262_144
/** Files in a desk backup, apart from the keystore, which is in the head of the backup. */
const FILES: ReadonlySet<string> = new Set([STORE_FILE, KEYS_FILE, LIST_FILE, ...LOCAL_FILES])
/** Files that every desk backup must contain. */
const NEEDED = [STORE_FILE, KEYS_FILE]

/** A backup that has been read completely. */
export interface OpenBackup {
  readonly about: About
  readonly keystore: string
  readonly opened: OpenKeystore
}

/**
 * Reads a desk backup into sinks.
 * @throws RexError MALFORMED, UNSUPPORTED_VERSION, UNLOCK_FAILED, CONFIG_INVALID, STORE_FULL
 */
export async function readDeskBackup(
  path: string,
  credential: Credential,
  sinkFor: (name: string) => Promise<Sink>,
): Promise<OpenBackup> {
  const read: string[] = []
  let keystore: { readonly text: string; readonly opened: OpenKeystore } | undefined
  const about = await readBackup(path, {
    kind: 'desk',
    async keyFor({ wrapped }) {
      const opened = await openHead(wrapped, credential)
      keystore = { text: wrapped, opened }
      return opened.keyFor(PURPOSE)
    },
    sinkFor(name) {
      if (!FILES.has(name)) return undefined
      read.push(name)
      return sinkFor(name)
    },
  })
  if (keystore === undefined || NEEDED.some((name) => !read.includes(name))) throw damagedBackup()
  const { text, opened } = keystore
  if (about.organisation !== opened.founding.organisation) throw damagedBackup()
  return { about, keystore: text, opened }
}

async function openHead(wrapped: Head['wrapped'], credential: Credential): Promise<OpenKeystore> {
  try {
    return await unlockKeystore(wrapped, credential)
  } catch (cause) {
    if (RexError.is(cause, 'STORE_FAILED') || RexError.is(cause, 'MALFORMED')) throw damagedBackup(cause)
    if (!RexError.is(cause, 'UNLOCK_FAILED')) throw cause
    throw new RexError('UNLOCK_FAILED', RexError.from(cause).message, {
      cause,
      hint: 'A backup opens with the passphrase, and also with the recovery kit, that the desk had when it was made.',
    })
  }
}
