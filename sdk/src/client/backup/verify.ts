// Checks a backup without restoring it: reads all of it and opens every message. docs/guide/rex-desk.md, "Backup and restore"
import { stat } from 'node:fs/promises'
import { checkedDatabase } from '../../backup/check.ts'
import { memorySink } from '../../backup/read.ts'
import { toHex } from '../../core/encoding/encoding.ts'
import { manifestDigest } from '../../core/envelope/digest.ts'
import type { ErasedThread } from '../api/erasure.ts'
import { checkOptions } from '../api/options.ts'
import type { Credential } from '../keys/keystore.ts'
import { readErased } from '../store/keys/erased-file.ts'
import { prepareReads } from '../store/reads.ts'
import { versionOf } from '../store/schema.ts'
import { STORE_FILE } from '../store/sqlite.ts'
import type { DeskReads, ThreadRecord } from '../store/store.ts'
import { attempt, decodeMessage, ThreadRepository } from '../thread/repository/repository.ts'
import { KEYS_FILE, LIST_FILE, LIST_MOST, LOCAL_MOST, readDeskBackup } from './contents.ts'

const PAGE = 256

/** Options of `verifyBackup`. */
export type VerifyBackup = Credential & {
  /** The backup file. */
  readonly file: string
}

/** Contents of a backup. */
export interface DeskBackup {
  readonly organisation: string
  /** Display name of the organisation. */
  readonly name: string
  /** When the backup was made. Unix milliseconds. */
  readonly createdMs: number
  /** Size of the file in bytes. */
  readonly bytes: number
  /** Number of referrals that can be read. */
  readonly referrals: number
  readonly messages: number
  /** Number of erased referrals, which stay erased after a restore. */
  readonly erased: number
  /** Number of referrals that cannot be read because the desk store was damaged when the backup was made. */
  readonly unreadable: number
  /** Number of paired organisations. */
  readonly peers: number
}

/**
 * Checks the whole backup of a desk: reads every byte, checks the databases, and opens every message with the key of
 * its thread.
 * @throws RexError MALFORMED if the backup is damaged or truncated, UNSUPPORTED_VERSION, UNLOCK_FAILED, CONFIG_INVALID,
 * STORE_FULL
 */
export async function verifyBackup(options: VerifyBackup): Promise<DeskBackup> {
  const { file, ...credential } = checkOptions('verifyBackup', options)
  using store = await checkedDatabase()
  using keys = await checkedDatabase()
  let list = ''
  const { about, opened } = await readDeskBackup(file, credential as Credential, async (name) => {
    if (name === STORE_FILE) return store.sink
    if (name === KEYS_FILE) return keys.sink
    if (name !== LIST_FILE) return memorySink(LOCAL_MOST, () => {})
    return memorySink(LIST_MOST, (content) => {
      list = content.toString('latin1')
    })
  })
  const db = store.open()
  versionOf(db)
  const read = prepareReads(db)
  const wrapped = keys.open().prepare<{ key: Uint8Array }>('SELECT key FROM thread_key WHERE slot = ?')
  const { founding } = opened
  const threads = new ThreadRepository(founding.organisation, founding.archiveKey, {
    read,
    keys: { get: (slot) => wrapped.get(slot)?.key, add: () => 0 },
  })
  const listed = readErased(list).map(({ id }) => id)
  const { size } = await stat(file)
  return {
    ...{ organisation: founding.organisation, name: founding.name, createdMs: about.createdMs, bytes: size },
    ...count(read, { threads, listed }),
    peers: read.peers().length,
  }
}

/**
 * Counts the threads and messages that can be read. A thread that was erased after the store was copied is on the list of
 * erased threads, which is copied later.
 */
function count(
  read: DeskReads,
  { threads, listed }: { readonly threads: ThreadRepository; readonly listed: readonly string[] },
): Pick<DeskBackup, 'referrals' | 'messages' | 'erased' | 'unreadable'> {
  const erased = new Set([...listed, ...erasedIn(read)])
  let [referrals, messages, unreadable] = [0, 0, 0]
  for (let page = read.threads(PAGE); page.length > 0; ) {
    for (const record of page.filter(({ id }) => !erased.has(id))) {
      const found = readable(record, read, threads)
      if (found === undefined) unreadable += 1
      else {
        referrals += 1
        messages += found
      }
    }
    const { updatedMs: ms, id } = page.at(-1) as ThreadRecord
    page = read.threads(PAGE, { ms, id })
  }
  return { referrals, messages, erased: erased.size, unreadable }
}

function* erasedIn(read: DeskReads): Generator<string> {
  for (let page = read.erased(PAGE); page.length > 0; ) {
    for (const { id } of page) yield id
    const { erasedMs: ms, id } = page.at(-1) as ErasedThread
    page = read.erased(PAGE, { ms, id })
  }
}

/** Returns the number of messages of a thread, or undefined if any of them cannot be read. */
function readable(record: ThreadRecord, read: DeskReads, threads: ThreadRepository): number | undefined {
  const shell = attempt(() => threads.shell(record))
  if (shell === undefined) return undefined
  const messages = read.messages(record.id)
  const isWhole = messages.every((stored) => {
    const manifest = attempt(() => decodeMessage(shell, stored).evidence.manifest)
    return manifest !== undefined && toHex(manifestDigest(manifest.payload)) === stored.digest
  })
  return isWhole ? messages.length : undefined
}
