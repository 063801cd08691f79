// Unpacks a backup into a directory. docs/guide/rex-desk.md, "Backup and restore"
import { join } from 'node:path'
import { fileSink } from '../../backup/read.ts'
import { RexError } from '../../core/error.ts'
import { describeSystemError, isSystemError } from '../../core/system-error.ts'
import { readBounded } from '../../process/read-file.ts'
import type { ErasedThread } from '../api/erasure.ts'
import { writeDurably } from '../keys/durable.ts'
import { type Credential, KEYSTORE_FILE } from '../keys/keystore.ts'
import { damagedLine, erasedFile, readErased } from '../store/keys/erased-file.ts'
import { LIST_FILE, LIST_MOST, readDeskBackup } from './contents.ts'

/**
 * Unpacks a backup into an empty directory. `erased`: a newer list of erased threads, which is merged into the list of the backup. When the store is
 * opened, the desk erases every thread on the list again (REX-THR-073).
 * @throws RexError MALFORMED, UNSUPPORTED_VERSION, UNLOCK_FAILED, CONFIG_INVALID, STORE_FULL
 */
export async function unpackBackup(
  file: string,
  credential: Credential,
  { into, erased }: { readonly into: string; readonly erased?: string | undefined },
): Promise<void> {
  const newer = erased === undefined ? [] : await listAt(erased)
  const { keystore } = await readDeskBackup(file, credential, (name) => fileSink(join(into, name)))
  await writeDurably(join(into, KEYSTORE_FILE), keystore)
  if (newer.length === 0) return
  const list = erasedFile(join(into, LIST_FILE))
  const known = list.read()
  const ids = new Set(known.map(({ id }) => id))
  list.write([...known, ...newer.filter(({ id }) => !ids.has(id))])
}

/**
 * Reads a list of erased threads. Rejects a list with any damaged line, because the thread on that line would not be erased
 * again. Also rejects an incomplete last line, which a crash during an erasure leaves, because that erasure would never be
 * completed.
 */
async function listAt(path: string): Promise<ErasedThread[]> {
  const bytes = await readBounded(path, { path, limit: LIST_MOST }).catch((cause: unknown) => {
    if (!isSystemError(cause)) throw cause
    const message = `The list of erased referrals cannot be read. ${describeSystemError(cause)}`
    const hint = 'Give the `desk.db.erased` of the lost desk, or leave this option out.'
    throw new RexError('CONFIG_INVALID', message, { cause, hint })
  })
  const text = bytes.toString('latin1')
  const line = damagedLine(text)
  if (line === undefined) return readErased(text)
  const message = `${path} is no intact list of erased referrals: line ${line} is damaged, and a referral that it names would come back.`
  throw new RexError('CONFIG_INVALID', message, {
    hint: 'Give the `desk.db.erased` of the lost desk. If that is damaged, note the ids in the line (32 characters each), delete the line in a copy, restore with the copy, and erase those referrals again with `rex-desk erase`.',
  })
}
